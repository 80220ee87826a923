"""From a run folder to a judged report: only what lies in the folder counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.checks.faults import FaultsTookEffect
from harness.errors import EvidenceError, UsageError
from harness.evidence import FolderHistory, broken_seals, read_json
from harness.model import (
    Check,
    Expected,
    ExpectedPanel,
    FaultWindow,
    Finding,
    FindingKind,
    GateReport,
    LoadProfile,
    Phase,
    Record,
    RequirementResult,
    RuleTiming,
    ScenarioResult,
    StackEntry,
    Stream,
    Verdict,
)
from harness.restore import check_name, from_data

SCHEMA_VERSION = 1
RUN_FILE, PLAN_FILE, LOADED_FILE = "run.json", "plan.json", "loaded.json"


def judge_run(folder: Path) -> GateReport:
    """Judge a run folder.

    Args:
        folder: reports/<run id>.

    Raises:
        UsageError: the folder is missing, empty, or not the folder of a run.
        EvidenceError: `run.json` is damaged.
    """
    run = _run(folder)
    scenarios = tuple(judge_scenario(folder / "scenarios" / name) for name in run["scenarios"])
    return GateReport(
        schema_version=SCHEMA_VERSION,
        verdict=Verdict.worst(scenario.verdict for scenario in scenarios),
        run_id=run["run_id"],
        seed=run["seed"],
        profile=run["profile"],
        time_scale=run["time_scale"],
        started_at=run["started_at"],
        duration_s=_duration_s(run, scenarios),
        subject=run["subject"],
        stack=tuple(StackEntry(**entry) for entry in run["stack"]),
        scenarios=scenarios,
        requirements=_requirements(run["requirements"], scenarios),
        notes=tuple(run.get("notes", ())),
    )


def judge_scenario(folder: Path) -> ScenarioResult:
    """Judge one scenario's folder; whatever is wrong with it becomes an UNKNOWN finding."""
    try:
        plan = read_json(folder / PLAN_FILE)
    except EvidenceError as missing:
        return _unjudged(folder.name, str(missing))
    problems = [_evidence_finding(problem) for problem in broken_seals(folder)]
    try:
        record = read_record(folder, plan)
    except EvidenceError as damage:
        return _result(plan, None, [*problems, _evidence_finding(str(damage))])
    checks: list[Check] = [FaultsTookEffect(expected=len(plan["faults"]))]
    for data in plan["checks"]:
        try:
            checks.append(from_data(data, str(folder / PLAN_FILE)))
        except EvidenceError as unknown:
            problems.append(_evidence_finding(str(unknown)))
    if not plan["checks"]:
        problems.append(_evidence_finding("the scenario lists no check, so nothing was judged"))
    findings = [finding for check in checks for finding in apply(check, record)]
    return _result(plan, record, [*problems, *findings])


def apply(check: Check, record: Record) -> Sequence[Finding]:
    """The findings of one check; one that says nothing, or breaks, is UNKNOWN."""
    name = check_name(check)
    try:
        findings = tuple(check.judge(record))
    except EvidenceError as missing:
        return (_finding(name, check.kind, str(missing)),)
    except Exception as broken:
        return (_finding(name, check.kind, f"the check broke: {type(broken).__name__}: {broken}"),)
    return findings or (_finding(name, check.kind, "the check found nothing to judge"),)


def read_record(folder: Path, plan: Mapping[str, Any]) -> Record:
    """What the checks may look at.

    Raises:
        EvidenceError: the phases, the faults' times or the loaded rules cannot be read.
    """
    history = FolderHistory(folder=folder)
    loaded = read_json(folder / LOADED_FILE)
    try:
        rules = tuple(_rule(rule) for rule in loaded["rules"])
        settings = {name: float(value) for name, value in plan["settings"].items()}
    except (KeyError, TypeError, ValueError) as damage:
        raise EvidenceError(f"{folder}: the plan or the loaded rules are damaged ({damage!r})") from damage
    return Record(
        scenario=plan["name"],
        time_scale=float(plan["time_scale"]),
        rules=rules,
        phases=_phases(history),
        faults=_faults(history, plan["faults"]),
        settings=settings,
        history=history,
        expected=_expected(plan),
    )


def _expected(plan: Mapping[str, Any]) -> Expected:
    owed = plan["expected"]
    return Expected(
        load=LoadProfile(**plan["load"]),
        services=tuple(owed["services"]),
        panels=tuple(ExpectedPanel(**{**panel, "refs": tuple(panel["refs"])}) for panel in owed["panels"]),
        rules=tuple(owed["rules"]),
        finals=tuple(owed["finals"]),
        faults=len(plan["faults"]),
    )


def _run(folder: Path) -> Mapping[str, Any]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name one under reports/")
    if not (folder / RUN_FILE).is_file():
        raise UsageError(f"{folder} is not the folder of a run: it has no {RUN_FILE}")
    run: Mapping[str, Any] = read_json(folder / RUN_FILE)
    needed = (
        "run_id",
        "seed",
        "profile",
        "time_scale",
        "started_at",
        "subject",
        "stack",
        "scenarios",
        "requirements",
    )
    if missing := [name for name in needed if name not in run]:
        raise EvidenceError(f"{folder / RUN_FILE} has no {', '.join(missing)}")
    if run.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{folder / RUN_FILE} has schema_version {run.get('schema_version')!r}, not {SCHEMA_VERSION}")
    return run


def _rule(data: Mapping[str, Any]) -> RuleTiming:
    return RuleTiming(**{**data, "receivers": tuple(data["receivers"])})


def _phases(history: FolderHistory) -> tuple[Phase, ...]:
    begun: dict[str, tuple[float, float]] = {}
    phases = []
    for seen in history.read(Stream.PHASES):
        name = seen.data["name"]
        if seen.kind == "start":
            begun[name] = (seen.wall_s, seen.mono_s)
        elif name in begun:
            wall_s, mono_s = begun.pop(name)
            phases.append(Phase(name=name, started_s=wall_s, duration_s=seen.mono_s - mono_s))
    return tuple(phases)


def _faults(history: FolderHistory, planned: Sequence[Mapping[str, Any]]) -> tuple[FaultWindow, ...]:
    if not planned:
        return ()
    times: dict[int, dict[str, float]] = {number: {} for number in range(len(planned))}
    details: dict[int, list[str]] = {number: [] for number in range(len(planned))}
    for seen in history.read(Stream.FAULTS):
        if seen.kind == "planned":
            continue
        number = seen.data["fault"]
        times.setdefault(number, {}).setdefault(seen.kind, seen.wall_s)
        details.setdefault(number, []).append(f"{seen.kind}: {seen.data['detail']}")
    return tuple(_window(fault, times[number], details[number]) for number, fault in enumerate(planned))


def _window(fault: Mapping[str, Any], times: Mapping[str, float], details: Sequence[str]) -> FaultWindow:
    return FaultWindow(
        kind=fault["kind"],
        target=fault["target"],
        asked_s=times.get("asked", 0.0),
        confirmed_s=times.get("confirmed"),
        healed_s=times.get("healing"),
        confirmed_healed_s=times.get("confirmed_healed"),
        evidence="; ".join(details),
    )


def _result(plan: Mapping[str, Any], record: Record | None, findings: Sequence[Finding]) -> ScenarioResult:
    return ScenarioResult(
        name=plan["name"],
        hypothesis=plan["hypothesis"],
        covers=tuple(plan["covers"]),
        verdict=Verdict.worst(finding.verdict for finding in findings),
        phases=record.phases if record else (),
        faults=record.faults if record else (),
        findings=tuple(findings),
    )


def _unjudged(name: str, why: str) -> ScenarioResult:
    return ScenarioResult(
        name=name,
        hypothesis="",
        covers=(),
        verdict=Verdict.UNKNOWN,
        phases=(),
        faults=(),
        findings=(_evidence_finding(why),),
    )


def _evidence_finding(problem: str) -> Finding:
    return _finding("Evidence", FindingKind.SAFETY, problem)


def _finding(check: str, kind: FindingKind, message: str) -> Finding:
    return Finding(check=check, kind=kind, verdict=Verdict.UNKNOWN, message=message)


def _requirements(
    rows: Sequence[Mapping[str, str]], scenarios: Iterable[ScenarioResult]
) -> tuple[RequirementResult, ...]:
    results = []
    scenarios = tuple(scenarios)
    for row in rows:
        covering = [scenario for scenario in scenarios if row["id"] in scenario.covers]
        verdict = Verdict.worst(scenario.verdict for scenario in covering).word if covering else "not covered"
        results.append(
            RequirementResult(
                id=row["id"], row=row["row"], verdict=verdict, covered_by=tuple(one.name for one in covering)
            )
        )
    return tuple(results)


def _duration_s(run: Mapping[str, Any], scenarios: Iterable[ScenarioResult]) -> float:
    """The run's own figure, else the sum of the phases that were recorded."""
    if "duration_s" in run:
        return float(run["duration_s"])
    return sum(phase.duration_s for scenario in scenarios for phase in scenario.phases)
