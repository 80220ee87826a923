"""A gate report as JSON and back: `gate.json` is the source from which the other pages derive."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from harness.errors import EvidenceError
from harness.evidence import read_json
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import FaultWindow, Phase
from harness.report.fields import Fields
from harness.report.text import iso_ms
from harness.results import (
    NOTHING,
    AlertCell,
    Change,
    GateReport,
    MistakeResult,
    PanelCell,
    PartResult,
    RequirementResult,
    ScenarioResult,
    Since,
    StackEntry,
)

T = TypeVar("T")

SCHEMA_VERSION = 1


def to_json(report: GateReport) -> dict[str, Any]:
    """The report as plain JSON values; times are ISO-8601 in UTC with milliseconds, durations are s."""
    return {
        "schema_version": report.schema_version,
        "verdict": report.verdict.word,
        "exit_code": int(report.exit_code),
        "run_id": report.run_id,
        "seed": report.seed,
        "profile": report.profile,
        "time_scale": report.time_scale,
        "started_at": report.started_at,
        "duration_s": _duration_s(report.duration_s),
        "subject": _finite(dict(report.subject)),
        "notes": list(report.notes),
        "stack": _own(report.stack),
        "scenarios": [_scenario(scenario) for scenario in report.scenarios],
        "requirements": _own(report.requirements),
        "mistakes": _own(report.mistakes),
        "parts": [_part(part) for part in report.parts],
        "not_looked_at": list(report.not_looked_at),
        "since": _own(report.since),
    }


def load(path: Path) -> GateReport:
    """Read a `gate.json`.

    Raises:
        EvidenceError: it is missing, damaged, of another schema, or contradicts itself; names file and field.
    """
    return from_json(read_json(path), str(path))


def from_json(value: Mapping[str, Any], name: str = "gate.json") -> GateReport:
    """The report that the JSON values tell of.

    Args:
        value: what `to_json` gave.
        name: what an error calls the place the values came from.

    Raises:
        EvidenceError: a field is missing, is of the wrong type, or contradicts another.
    """
    top = Fields(value, name)
    version = top.integer("schema_version")
    if version != SCHEMA_VERSION:
        raise EvidenceError(f"{name} has schema_version {version}; this version reads {SCHEMA_VERSION}")
    verdict = _verdict(top)
    if top.integer("exit_code") != verdict.exit_code:
        raise EvidenceError(f"{name}: exit_code {top.integer('exit_code')} is not that of '{verdict.word}'")
    return GateReport(
        schema_version=version,
        verdict=verdict,
        run_id=top.text("run_id"),
        seed=top.integer("seed"),
        profile=top.text("profile"),
        time_scale=top.figure("time_scale"),
        started_at=top.text("started_at"),
        duration_s=top.figure("duration_s"),
        subject=top.mapping("subject"),
        stack=_all_own(StackEntry, top, "stack"),
        scenarios=tuple(_read_scenario(each) for each in top.parts("scenarios")),
        requirements=_all_own(RequirementResult, top, "requirements"),
        notes=top.texts("notes") if "notes" in value else (),
        mistakes=_all_own(MistakeResult, top, "mistakes") if "mistakes" in value else (),
        parts=tuple(_read_part(each) for each in top.parts("parts")) if "parts" in value else (),
        not_looked_at=top.texts("not_looked_at") if "not_looked_at" in value else (),
        since=_read_own(Since, top.part("since")) if "since" in value else NOTHING,
    )


def _own(value: Any) -> Any:
    """A value whose fields are called alike in the file: by their names, a verdict by its word, several as a list."""
    if isinstance(value, Verdict):
        return value.word
    if isinstance(value, tuple):
        return [_own(each) for each in value]
    if dataclasses.is_dataclass(value):
        return {one.name: _own(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value


def _scenario(scenario: ScenarioResult) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "hypothesis": scenario.hypothesis,
        "covers": list(scenario.covers),
        "verdict": scenario.verdict.word,
        "phases": [
            {"name": phase.name, "started_at": _at(phase.started_s), "duration_s": _duration_s(phase.duration_s)}
            for phase in scenario.phases
        ],
        "faults": [_fault(fault) for fault in scenario.faults],
        "findings": [_finding(finding) for finding in scenario.findings],
        "alerts": [{**_own(cell), "nearest": _bound(cell.nearest)} for cell in scenario.alerts],
        "panels": _own(scenario.panels),
        **({"nobody_looks": scenario.nobody_looks} if scenario.nobody_looks else {}),
        **({"conditions": list(scenario.conditions)} if scenario.conditions else {}),
    }


def _fault(fault: FaultWindow) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "target": fault.target,
        "act": fault.act,
        "asked_at": _at(fault.asked_s),
        "confirmed_at": _moment(fault.confirmed_s),
        "healed_at": _moment(fault.healed_s),
        "confirmed_healed_at": _moment(fault.confirmed_healed_s),
        "evidence": fault.evidence,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "kind": finding.kind.value,
        "subject": finding.subject,
        "verdict": finding.verdict.word,
        "message": finding.message,
        "lower": _bound(finding.lower),
        "upper": _bound(finding.upper),
        "observed": _finite(finding.observed),
        "evidence": finding.evidence,
        **({"stories": list(finding.stories)} if finding.stories else {}),
        **({"measure": finding.measure.value} if finding.measure else {}),
    }


def _part(part: PartResult) -> dict[str, Any]:
    findings = [_finding(finding) for finding in part.findings]
    return {"name": part.name, "verdict": part.verdict.word, "findings": findings}


def _moment(wall_s: float | None) -> str | None:
    return None if wall_s is None else _at(wall_s)


def _at(wall_s: float) -> str:
    """ISO-8601; the epoch for what no calendar holds, as damaged evidence must not cost the run its report."""
    try:
        return iso_ms(wall_s)
    except (OverflowError, ValueError):
        return iso_ms(0)


def _duration_s(duration_s: float) -> float:
    return duration_s if math.isfinite(duration_s) else 0.0


def _bound(value: float | None) -> float | None:
    """An infinite bound is an open one; JSON has no word for it."""
    return value if value is not None and math.isfinite(value) else None


def _finite(value: Any) -> Any:
    """The value with what JSON has no number for (NaN, infinities) as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def _verdict(fields: Fields, key: str = "verdict") -> Verdict:
    return fields.converted(key, Verdict.from_word)


def _read_own(kind: type[T], fields: Fields) -> T:
    """What `_own` wrote: each field as the type that it declares."""
    return kind(**{name: _OWN[hint](fields, name) for name, hint in get_type_hints(kind).items()})


def _all_own(kind: type[T], fields: Fields, key: str) -> tuple[T, ...]:
    return tuple(_read_own(kind, each) for each in fields.parts(key))


_OWN: Mapping[Any, Callable[[Fields, str], Any]] = {
    str: Fields.text,
    int: Fields.integer,
    float: Fields.figure,
    float | None: Fields.figure_or_none,
    bool: lambda fields, key: bool(fields.flag_or_none(key)),
    bool | None: Fields.flag_or_none,
    tuple[str, ...]: Fields.texts,
    tuple[Change, ...]: lambda fields, key: _all_own(Change, fields, key),
    Verdict: _verdict,
}


def _read_scenario(fields: Fields) -> ScenarioResult:
    return ScenarioResult(
        name=fields.text("name"),
        hypothesis=fields.text("hypothesis"),
        covers=fields.texts("covers"),
        verdict=_verdict(fields),
        phases=tuple(_read_phase(each) for each in fields.parts("phases")),
        faults=tuple(_read_fault(each) for each in fields.parts("faults")),
        findings=tuple(_read_finding(each) for each in fields.parts("findings")),
        alerts=_all_own(AlertCell, fields, "alerts") if "alerts" in fields.values else (),
        panels=_all_own(PanelCell, fields, "panels") if "panels" in fields.values else (),
        nobody_looks=fields.text_or_empty("nobody_looks"),
        conditions=fields.texts("conditions") if "conditions" in fields.values else (),
    )


def _read_phase(fields: Fields) -> Phase:
    return Phase(
        name=fields.text("name"),
        started_s=fields.moment("started_at"),
        duration_s=fields.figure("duration_s"),
    )


def _read_fault(fields: Fields) -> FaultWindow:
    return FaultWindow(
        kind=fields.text("kind"),
        target=fields.text("target"),
        asked_s=fields.moment("asked_at"),
        confirmed_s=fields.moment_or_none("confirmed_at"),
        healed_s=fields.moment_or_none("healed_at"),
        confirmed_healed_s=fields.moment_or_none("confirmed_healed_at"),
        evidence=fields.text_or_empty("evidence"),
        act=fields.integer("act") if "act" in fields.values else 1,
    )


def _read_finding(fields: Fields) -> Finding:
    return Finding(
        check=fields.text("check"),
        kind=fields.converted("kind", FindingKind),
        verdict=_verdict(fields),
        message=fields.text("message"),
        lower=fields.figure_or_none("lower"),
        upper=fields.figure_or_none("upper"),
        observed=fields.figure_or_text("observed"),
        evidence=fields.text_or_empty("evidence"),
        subject=fields.text_or_empty("subject"),
        stories=fields.texts("stories") if "stories" in fields.values else (),
        measure=fields.converted("measure", Measure) if "measure" in fields.values else None,
    )


def _read_part(fields: Fields) -> PartResult:
    part = PartResult(
        name=fields.text("name"), findings=tuple(_read_finding(each) for each in fields.parts("findings"))
    )
    if _verdict(fields) is not part.verdict:
        raise EvidenceError(f"{fields.name}: verdict is not that of its findings, which is '{part.verdict.word}'")
    return part
