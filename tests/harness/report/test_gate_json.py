"""gate.json: the exact fields, there and back, and nothing foreign taken for a report."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import FaultWindow, Phase
from harness.report import from_json, load, to_json
from harness.results import GateReport, MistakeResult, RequirementResult, ScenarioResult, StackEntry
from tests.harness.report.conftest import Sample
from tests.harness.report.rich_report import RICH

_words = st.text(max_size=20)
_figures = st.floats(allow_nan=False, allow_infinity=False)
_moments = st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000)  # the file keeps milliseconds
_verdicts = st.sampled_from(Verdict)


def _tuples(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(each, max_size=3).map(tuple)


_findings = st.builds(
    Finding,
    check=_words,
    kind=st.sampled_from(FindingKind),
    verdict=_verdicts,
    message=_words,
    lower=st.none() | _figures,
    upper=st.none() | _figures,
    observed=st.none() | _figures | _words,
    evidence=_words,
    subject=_words,
    stories=_tuples(_words),
)
_faults = st.builds(
    FaultWindow,
    kind=_words,
    target=_words,
    asked_s=_moments,
    confirmed_s=st.none() | _moments,
    healed_s=st.none() | _moments,
    confirmed_healed_s=st.none() | _moments,
    evidence=_words,
)
_scenarios = st.builds(
    ScenarioResult,
    name=_words,
    hypothesis=_words,
    covers=_tuples(_words),
    verdict=_verdicts,
    phases=_tuples(st.builds(Phase, name=_words, started_s=_moments, duration_s=_figures)),
    faults=_tuples(_faults),
    findings=_tuples(_findings),
    conditions=_tuples(_words),
)
_reports = st.builds(
    GateReport,
    schema_version=st.just(1),
    verdict=_verdicts,
    run_id=_words,
    seed=st.integers(),
    profile=_words,
    time_scale=_figures,
    started_at=_words,
    duration_s=_figures,
    subject=st.dictionaries(_words, st.none() | st.booleans() | _words | _figures, max_size=3),
    stack=_tuples(st.builds(StackEntry, service=_words, image=_words, digest=_words, version=_words, source=_words)),
    scenarios=_tuples(_scenarios),
    requirements=_tuples(
        st.builds(RequirementResult, id=_words, row=_words, verdict=_words, covered_by=_tuples(_words))
    ),
    notes=_tuples(_words),
    mistakes=_tuples(
        st.builds(
            MistakeResult,
            name=_words,
            switches=_tuples(_words),
            scenario=_words,
            caught_by=_tuples(_words),
            verdict=_verdicts,
            runs=st.integers(0, 99),
            seen_by=_words,
            message=_words,
        )
    ),
)


# Time is not what is promised, and a busy machine is slow to make examples.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_reports)
def test_round_trip(report: GateReport) -> None:
    """Whatever a run found is the same after it was written and read again."""
    assert report == from_json(json.loads(json.dumps(to_json(report), allow_nan=False)))


def test_the_file_is_the_same_to_the_letter() -> None:
    """Scripts read it, and earlier runs hold it: a field that goes, comes or is called otherwise is a new schema."""
    written = json.dumps(to_json(RICH), indent=1, allow_nan=False) + "\n"
    assert written == Path(__file__).with_name("rich_gate.json").read_text(encoding="utf-8")
    assert to_json(from_json(json.loads(written))) == json.loads(written)


def test_fields_are_named_as_promised(failed: Sample) -> None:
    """Scripts may rely on the names of the fields."""
    report, folder = failed
    written = json.loads((folder / "gate.json").read_text())
    assert set(written) >= {
        "schema_version", "verdict", "exit_code", "run_id", "seed", "profile", "time_scale", "started_at",
        "duration_s", "subject", "stack", "scenarios", "requirements",
    }  # fmt: skip
    assert (written["verdict"], written["exit_code"]) == ("fail", 1)
    assert set(written["subject"]) >= {"image", "digest", "git_sha", "known_bad"}
    assert set(written["stack"][0]) == {"service", "image", "digest", "version", "source"}
    assert set(written["requirements"][0]) == {"id", "row", "verdict", "covered_by"}
    scenario = written["scenarios"][1]
    assert set(scenario) == {
        "name", "hypothesis", "covers", "verdict", "phases", "faults", "findings", "alerts", "panels",
    }  # fmt: skip
    assert set(scenario["phases"][0]) == {"name", "started_at", "duration_s"}
    assert set(scenario["faults"][0]) >= {
        "kind", "target", "act", "asked_at", "confirmed_at", "healed_at", "confirmed_healed_at",
    }  # fmt: skip
    assert set(scenario["findings"][0]) >= {
        "check", "kind", "verdict", "message", "lower", "upper", "observed", "evidence",
    }  # fmt: skip
    assert report == load(folder / "gate.json")


def test_times_are_utc_with_milliseconds(healthy: Sample) -> None:
    """Times read the same everywhere, to the millisecond."""
    report, _ = healthy
    phase = to_json(report)["scenarios"][0]["phases"][1]
    assert phase["started_at"] == "2026-03-14T02:00:45.000Z"


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.pop(key)


def _with(key: str, other: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update({key: other})


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (_without("verdict"), "verdict"),
        (_without("scenarios"), "scenarios"),
        (_with("verdict", "green"), "green"),
        (_with("exit_code", 0), "exit_code"),
        (_with("schema_version", 2), "schema_version 2"),
        (_with("seed", "seven"), "seed"),
        (_with("seed", True), "seed"),
        (_with("duration_s", math.nan), "duration_s"),
        (_with("stack", {}), "stack"),
        (_with("notes", [1]), "notes"),
        (lambda value: value["scenarios"][1]["faults"][0].update(asked_at="yesterday"), "scenarios[1]: faults[0]"),
        (lambda value: value["scenarios"][1]["faults"][0].update(asked_at="2026-03-14T02:00:00"), "asked_at"),
        (lambda value: value["scenarios"][0]["findings"][0].update(kind="mood"), "mood"),
        (lambda value: value["scenarios"][0]["findings"][0].update(lower="low"), "lower"),
        (lambda value: value["stack"][2].pop("digest"), "stack[2] has no digest"),
        (lambda value: value["requirements"][1].update(covered_by=[1]), "requirements[1]: covered_by"),
    ],
)
def test_foreign_or_damaged(
    failed: Sample, tmp_path: Path, damage: Callable[[dict[str, Any]], None], named: str
) -> None:
    """A file that is not a whole report is refused in a sentence that names the file and the field."""
    value = copy.deepcopy(to_json(failed[0]))
    damage(value)
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(value))
    with pytest.raises(EvidenceError) as refusal:
        load(path)
    assert named in str(refusal.value)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "not json", '{"verdict": "pa'])
def test_no_report_at_all(tmp_path: Path, content: str) -> None:
    """A file with anything else in it is refused by name."""
    path = tmp_path / "gate.json"
    path.write_text(content)
    with pytest.raises(EvidenceError, match=r"gate\.json"):
        load(path)


def test_figures_that_json_cannot_hold(healthy: Sample) -> None:
    """A bound without end is an open bound, and an observed figure that is none is kept as text."""
    report, _ = healthy
    odd = Finding(
        check="Odd", kind=FindingKind.LOAD, verdict=Verdict.UNKNOWN, message="", upper=math.inf, observed=math.nan
    )
    scenario = replace(
        report.scenarios[0],
        findings=(odd,),
        phases=(Phase(name="damaged", started_s=math.inf, duration_s=math.nan),),
    )
    finding = (
        from_json(json.loads(json.dumps(to_json(replace(report, scenarios=(scenario,))), allow_nan=False)))
        .scenarios[0]
        .findings[0]
    )
    assert finding.upper is None
    assert finding.observed == "nan"
