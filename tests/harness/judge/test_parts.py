"""What a gate judges beside its scenarios: each part can pass, fail and stay unknown; nothing is left out silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.compare import Baseline
from harness.evidence import write_json
from harness.judge.parts import Parts, judge_parts
from harness.judge.stored import Run
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.objectives import DEFAULT
from harness.results import Change, ScenarioResult
from tests.harness.compare.pasts import MACHINE, past

OFFLINE: dict[str, Any] = {
    "checks": {
        "rules": {"amount": {"files": 1, "alerts": 20}, "problems": [], "took_s": 1.0},
        "boards": {"amount": {"boards": 5, "panels": 64}, "problems": [], "took_s": 1.0},
        "mutants": {"amount": {"mutants": 532}, "problems": [], "survived": ["m1: > to >="], "score": 0.97},
    },
    "left_out": {},
}
LIMITS = """
[[limits]]
measure = "panel_slowest_s"
at_most = 3.0
why = "people wait no longer"
[[limits]]
measure = "time_to_detect_s"
at_most = 180.0
scenarios = ["redis-outage"]
why = "it is money"
[[limits]]
measure = "lateness_p99_ms"
at_most = 50.0
why = "it measures itself"
[[limits]]
measure = "mutation_score"
at_least = 0.95
why = "tests that notice nothing are none"
"""
HEAD, _, REST = DEFAULT.read_text(encoding="utf-8").partition("[[limits]]")
TEXT = f"{HEAD}{LIMITS}[comparison]{REST.partition('[comparison]')[2]}"


@dataclass(frozen=True, slots=True)
class Folder:
    """A run's folder whose parts all pass, and what may be changed of it."""

    path: Path

    def judged(self, profile: str = "full", figures: dict[Measure, dict[str, float]] | None = None) -> Parts:
        """The parts, with some figures measured otherwise."""
        return judge_parts(self.path, run_of(profile), (scenario({**FIGURES, **(figures or {})}),), ())

    def objectives(self, was: str, becomes: str) -> None:
        """Change the text of the objectives."""
        path = self.path / "gate.toml"
        assert was in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(was, becomes), encoding="utf-8")

    def baseline(self, **changes: Any) -> None:
        """Another history."""
        earlier = Baseline(runs=tuple(past(number) for number in range(1, 7)), last=past(6))
        write_json(self.path / "baseline.json", msgspec.to_builtins(msgspec.structs.replace(earlier, **changes)))

    def offline(self, name: str, **changes: Any) -> None:
        """Another outcome of an offline check."""
        checks = {**OFFLINE["checks"], name: {**OFFLINE["checks"][name], **changes}}
        write_json(self.path / "offline.json", {**OFFLINE, "checks": checks})


FIGURES: dict[Measure, dict[str, float]] = {
    Measure.PANEL_SLOWEST_S: {f"panel {each}": 1.0 for each in range(5)},
    Measure.TIME_TO_DETECT_S: {"SignalLoss": 8.0},
    Measure.LATENESS_P99_MS: {"": 12.0},
}


def run_of(profile: str = "full", **changes: Any) -> Run:
    """The order of a gate."""
    order = Run(
        run_id="run-9", seed=1, profile=profile, time_scale=15.0, started_at="", subject={"git_sha": "abd"},
        stack=(), scenarios=("redis-outage",), requirements=(), machine=MACHINE, gate=True,
    )  # fmt: skip
    return replace(order, **changes)


def scenario(figures: dict[Measure, dict[str, float]]) -> ScenarioResult:
    """A scenario that passed, and measured these."""
    findings = tuple(
        Finding(
            check="Some", kind=FindingKind.LOAD, verdict=Verdict.PASS, message="", subject=place, observed=value,
            measure=measure,
        )
        for measure, places in figures.items()
        for place, value in places.items()
    )  # fmt: skip
    return ScenarioResult(
        name="redis-outage", hypothesis="", covers=(), verdict=Verdict.PASS, phases=(), faults=(), findings=findings
    )


def places(value: float) -> dict[Measure, dict[str, float]]:
    """Every panel takes so long."""
    return {Measure.PANEL_SLOWEST_S: {f"panel {each}": value for each in range(5)}}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Objectives, offline checks and six earlier runs; the earlier ones have measured the same places."""
    (tmp_path / "gate.toml").write_text(TEXT, encoding="utf-8")
    write_json(tmp_path / "offline.json", OFFLINE)
    made = Folder(tmp_path)
    names = {f"redis-outage · Some · panel {each}": 1.0 for each in range(5)}
    runs = [
        past(number, measures={Measure.PANEL_SLOWEST_S: dict.fromkeys(names, 1 + number % 3 / 50)})
        for number in range(1, 7)
    ]
    made.baseline(runs=tuple(runs), last=runs[-1])
    return made


def verdicts(parts: Parts) -> dict[str, str]:
    """The verdict of each part."""
    return {part.name: part.verdict.word for part in parts.parts}


def told(parts: Parts) -> str:
    """Every sentence that is no pass."""
    return "\n".join(one.message for part in parts.parts for one in part.findings if one.verdict is not Verdict.PASS)


def test_a_run_that_keeps_everything_passes(folder: Folder) -> None:
    """All three parts were judged."""
    judged = folder.judged()
    assert verdicts(judged) == {"offline checks": "pass", "objectives": "pass", "comparison with earlier runs": "pass"}


def test_what_the_profile_leaves_out_is_listed(folder: Folder) -> None:
    """The quick profile tries no mutant, so neither is their score limited."""
    unseen = "\n".join(folder.judged("quick").not_looked_at)
    assert "harness alerts mutate" in unseen
    assert "the limit of mutation_score: no mutant was tried" in unseen


@pytest.mark.parametrize(
    ("change", "part", "verdict", "sentence"),
    [
        (lambda f: f.offline("boards", problems=["a.json: two panels in one place"]), 0, "fail", "two panels"),
        (lambda f: f.offline("rules", problems=["r.yml: it has no runbook_url"]), 0, "fail", "no runbook_url"),
        (lambda f: f.offline("rules", amount={"files": 0}), 0, "unknown", "nothing to look at"),
        (lambda f: f.offline("boards", amount={"boards": 5, "panels": 0}), 0, "unknown", "nothing to look at: 5"),
        (lambda f: f.offline("rules", problems="none"), 0, "unknown", "does not say what was found"),
        (lambda f: f.offline("mutants", score=None), 0, "unknown", "does not say what was found"),
        (lambda f: (f.path / "offline.json").unlink(), 0, "unknown", "offline.json"),
        (lambda f: f.offline("mutants", score=0.949), 1, "fail", "mutation_score: 1 of 1 are beyond at least 0.95"),
        (lambda f: f.objectives("at_most = 180.0", "at_most = 100.0"), 1, "fail", "120 s (redis-outage"),
        (lambda f: f.objectives('"panel_slowest_s"\nat_most = 3.0', '"panel_error_s"\nat_most = 3.0'), 1, "unknown",
         "Nothing measured panel_error_s"),
        (lambda f: f.baseline(problems=("history.jsonl:3 cannot be read",)), 2, "unknown", "history.jsonl:3"),
        (lambda f: (f.path / "baseline.json").write_text('{"runs": [{}]}'), 2, "unknown", "baseline.json is damaged"),
        (lambda f: (f.path / "baseline.json").unlink(), 2, "unknown", "baseline.json"),
    ],
)  # fmt: skip
def test_each_part_can_fail_and_be_unknown(
    folder: Folder, change: Callable[[Folder], object], part: int, verdict: str, sentence: str
) -> None:
    """Known-bad boards, rules, tests, figures; damaged or missing evidence."""
    change(folder)
    judged = folder.judged()
    assert judged.parts[part].verdict.word == verdict
    assert sentence in told(judged)


@pytest.mark.parametrize("damage", ["schema = 2", "", "nonsense ["])
def test_objectives_that_cannot_be_read_leave_everything_unknown(folder: Folder, damage: str) -> None:
    """What was to be kept is not known then."""
    (folder.path / "gate.toml").write_text(damage, encoding="utf-8")
    assert verdicts(folder.judged()) == {"objectives": "unknown"}
    (folder.path / "gate.toml").unlink()
    assert verdicts(folder.judged()) == {"objectives": "unknown"}


def test_a_limit_names_the_worst_places(folder: Folder) -> None:
    """A panel that took 3.1 s once."""
    figures = places(1.0)
    figures[Measure.PANEL_SLOWEST_S]["panel 3"] = 3.1
    judged = folder.judged(figures=figures)
    assert verdicts(judged)["objectives"] == "fail"
    assert "1 of 5 are beyond at most 3 s: 3.1 s (redis-outage · Some · panel 3)" in told(judged)


def test_a_late_load_generator_doubts_the_run(folder: Folder) -> None:
    """It has measured itself: no failure of the application."""
    assert verdicts(folder.judged(figures={Measure.LATENESS_P99_MS: {"": 51.0}}))["objectives"] == "unknown"


def test_a_slow_run_against_its_baseline_fails(folder: Folder) -> None:
    """Within every limit, and half as slow again as the six runs before it."""
    judged = folder.judged(figures=places(1.5))
    assert verdicts(judged)["objectives"] == "pass"
    assert verdicts(judged)["comparison with earlier runs"] == "fail"
    assert "panel_slowest_s: +4" in told(judged)
    assert Change(what="panel_slowest_s", before="", now="+46 %") in judged.since.changes


def test_on_a_machine_that_stood_still_nothing_slow_is_proven(folder: Folder) -> None:
    """Beyond every limit and half as slow again: UNKNOWN and no failure of the application, and no pass."""
    slow = replace(scenario({**FIGURES, **places(4.0)}), stood_still="the machine stood still")
    judged = judge_parts(folder.path, run_of(), (slow,), ())
    assert verdicts(judged)["objectives"] == "unknown"
    assert verdicts(judged)["comparison with earlier runs"] == "unknown"
    assert "It proves nothing, as the machine stood still." in told(judged)


def test_what_an_open_finding_measured_proves_nothing(folder: Folder) -> None:
    """As slow, by a check that is UNKNOWN itself."""
    slow = scenario({**FIGURES, **places(4.0)})
    findings = tuple(
        replace(one, verdict=Verdict.UNKNOWN) if one.measure is Measure.PANEL_SLOWEST_S else one
        for one in slow.findings
    )
    judged = judge_parts(folder.path, run_of(), (replace(slow, findings=findings),), ())
    assert verdicts(judged)["objectives"] == "unknown"
    assert verdicts(judged)["comparison with earlier runs"] == "unknown"
    assert "It proves nothing, as the check that measured it is UNKNOWN itself (redis-outage)." in told(judged)


def test_one_scenario_that_stood_still_does_not_excuse_another(folder: Folder) -> None:
    """Slow in both; one machine had the time."""
    slow = scenario({**FIGURES, **places(4.0)})
    other = replace(slow, name="bench", stood_still="the machine stood still")
    assert verdicts(judge_parts(folder.path, run_of(), (other, slow), ()))["objectives"] == "fail"


def test_what_was_kept_on_a_machine_that_stood_still_is_kept(folder: Folder) -> None:
    """Within each limit although it stood still; only the comparison with better days is open."""
    kept = replace(scenario(FIGURES), stood_still="the machine stood still")
    judged = verdicts(judge_parts(folder.path, run_of(), (kept,), ()))
    assert judged["objectives"] == "pass"
    assert judged["comparison with earlier runs"] == "unknown"


@pytest.mark.parametrize(("value", "least"), [(1.2, "1.25"), (1.5, "1.6")])
def test_a_shift_that_matters_to_nobody_passes(folder: Folder, value: float, least: str) -> None:
    """Beyond the noise, and below the ratio that the objectives call practical."""
    folder.objectives("least_ratio = 1.25", f"least_ratio = {least}")
    assert verdicts(folder.judged(figures=places(value)))["comparison with earlier runs"] == "pass"


def test_a_shift_in_too_few_places_is_doubted(folder: Folder) -> None:
    """One noisy number alone is no failure, and no pass either."""
    folder.objectives("least_subjects = 3", "least_subjects = 6")
    assert verdicts(folder.judged(figures=places(1.5)))["comparison with earlier runs"] == "unknown"


def test_what_is_no_longer_measured_is_unknown(folder: Folder) -> None:
    """A check that was taken out must not make a regression invisible."""
    judged = folder.judged(figures={Measure.PANEL_SLOWEST_S: {}})
    assert verdicts(judged)["comparison with earlier runs"] == "unknown"
    assert "was measured in 6 earlier runs, and nowhere in this one" in told(judged)


def test_what_only_a_few_places_still_measure_is_unknown(folder: Folder) -> None:
    """Two of five are left: what has become slow may be what is gone. With three of five the rest is listed."""
    few, most = ({f"panel {each}": 1.0 for each in range(left)} for left in (2, 3))
    judged = folder.judged(figures={Measure.PANEL_SLOWEST_S: few})
    assert verdicts(judged)["comparison with earlier runs"] == "unknown"
    assert "in 2 places beyond doubt, and not in 3 where at least 3 earlier runs measured it" in told(judged)
    judged = folder.judged(figures={Measure.PANEL_SLOWEST_S: most})
    assert verdicts(judged)["comparison with earlier runs"] == "pass"
    assert any("in 2 of 5 places, the first redis-outage · Some · panel 3" in one for one in judged.not_looked_at)


def test_without_enough_earlier_runs_there_is_no_comparison_yet(folder: Folder) -> None:
    """Said among what was not looked at, with what there is; the part is not there at all."""
    folder.baseline(runs=(past(1), past(2)), left_out={"did not pass": 4})
    judged = folder.judged()
    assert "comparison with earlier runs" not in verdicts(judged)
    assert any("2 earlier runs" in one and "4 did not pass" in one for one in judged.not_looked_at)


def test_since_the_last_pass(folder: Folder) -> None:
    """Commit and scenarios that came and went."""
    changes = folder.judged().since.changes
    assert Change(what="commit", before="abc", now="abd") in changes
    assert Change(what="bench", before="pass", now="not run") in changes
    assert Change(what="redis-outage", before="not run", now="pass") in changes


def test_what_was_stopped_by_an_offline_check_is_listed(folder: Folder) -> None:
    """The check failed, no scenario was started, and each is named; doubts of the run are told here then."""
    folder.offline("boards", problems=["a.json: it has no title"])
    order = run_of(scenarios=(), not_run=("redis-outage", "split-brain"))
    judged = judge_parts(folder.path, order, (), ("run.json is not as it was recorded",))
    assert verdicts(judged) == {"offline checks": "fail"}
    assert "run.json is not as it was recorded" in told(judged)
    assert sum("stood against starting" in one for one in judged.not_looked_at) == 2


def test_a_run_that_is_no_gate_says_so(folder: Folder) -> None:
    """`harness run` looks at none of it."""
    judged = judge_parts(folder.path, run_of(gate=False), (scenario(FIGURES),), ())
    assert judged.parts == ()
    assert len(judged.not_looked_at) == 1
