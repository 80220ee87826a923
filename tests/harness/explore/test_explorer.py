"""A whole campaign on a model of a system: what it runs, when it ends, what it leaves on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import InfrastructureError, Interrupted
from harness.explore.bundle import read_bundle
from harness.explore.explorer import Explorer, Wish
from harness.explore.pages import summary_lines
from harness.explore.result import DRAWN, Explored
from harness.explore.schedule import draw
from harness.explore.vocabulary import vocabulary_of
from harness.model import Finding, FindingKind, Scenario, Verdict
from harness.recorded import FaultWindow, Phase
from harness.results import GateReport, ScenarioResult, StackEntry
from harness.run.campaign import Campaign

VOCABULARY = vocabulary_of("stack.topology")


@dataclass
class Model:
    """Runs nothing: breaks when one kind of fault on one target is in the schedule.

    Args:
        folder: of the run.
        needed: kind and target of the fault that breaks it.
        open_runs: names that cannot be judged.
        ends_at: the run in which `ends` is raised.
    """

    folder: Path
    needed: tuple[str, str] = ("", "")
    open_runs: tuple[str, ...] = ()
    ends_at: int = 0
    ends: BaseException | None = None
    ran: list[Scenario] = field(default_factory=list)
    results: list[ScenarioResult] = field(default_factory=list)
    run_id: str = "20260101-000000-abcdef"
    entries: tuple[StackEntry, ...] = (
        StackEntry(service="redis", image="r", digest="sha256:1", version="7", source="built"),
    )

    @property
    def order(self) -> Any:
        """As much of one as is asked for."""
        return SimpleNamespace(lanes=1, time_scale=15.0, stack="stack.topology", known_bad=("fence-off",))

    def run_one(self, scenario: Scenario, seed: int | None = None) -> None:
        """Remember it."""
        assert seed is not None
        self.ran.append(scenario)
        if self.ends is not None and len(self.ran) == self.ends_at:
            raise self.ends
        (self.folder / "scenarios" / scenario.name).mkdir(parents=True)

    def judge_one(self, scenario: Scenario) -> ScenarioResult:
        """By what is in it; every fault was seen, one after the other."""
        timed = [one for act in scenario.acts for one in act.timed]
        breaks = self.needed in {(one.fault.kind, one.fault.target) for one in timed}
        verdict = Verdict.UNKNOWN if scenario.name in self.open_runs else Verdict.FAIL if breaks else Verdict.PASS
        found = Finding(
            check="ExactlyOnce", kind=FindingKind.SAFETY, verdict=verdict, message="1 signal was <b>executed</b> twice."
        )
        faults = tuple(
            FaultWindow(
                kind=one.fault.kind,
                target=one.fault.target,
                asked_s=1000 + one.at_s,
                confirmed_s=1000 + one.at_s,
                healed_s=1000 + one.until_s,
                confirmed_healed_s=1000 + one.until_s,
                timed=True,
            )
            for one in timed
        )
        result = ScenarioResult(
            name=scenario.name,
            hypothesis=scenario.hypothesis,
            covers=(),
            verdict=verdict,
            phases=(Phase(name="hold", started_s=1000.0, duration_s=20.0),),
            faults=faults,
            findings=(found,),
        )
        self.results.append(result)
        return result

    def finish(self) -> GateReport:
        """All of it."""
        return GateReport(
            schema_version=1,
            verdict=Verdict.worst(one.verdict for one in self.results),
            run_id=self.run_id,
            seed=1,
            profile="explore",
            time_scale=15.0,
            started_at="2026-01-01T00:00:00.000+00:00",
            duration_s=1.0,
            subject={"known_bad": ["fence-off"]},
            stack=self.entries,
            scenarios=tuple(self.results),
            requirements=(),
        )


def explore(model: Model, **wish: Any) -> Explored:
    """A campaign of at most three schedules on the model."""
    asked = Wish(**{"seed": 3, "minutes": 5.0, "most_runs": 3, **wish})
    return Explorer(cast("Campaign", model), VOCABULARY, asked).run()


def page(model: Model) -> dict[str, Any]:
    """What explore.json says."""
    told: dict[str, Any] = json.loads((model.folder / "explore.json").read_text(encoding="utf-8"))
    return told


def test_a_clean_campaign_is_green_and_says_what_it_is_worth(tmp_path: Path) -> None:
    """Every schedule is another one, of at least 20 faults; the bound is that of three runs."""
    model = Model(tmp_path)
    explored = explore(model)
    assert explored.verdict is Verdict.PASS
    assert [one.acts[0].timed for one in model.ran] == [draw(VOCABULARY, 3, number).faults for number in (1, 2, 3)]
    told = page(model)
    assert told["bound_95"] == {"holds": True, "exact": 0.6316, "rule_of_three": 1.0}
    assert sum(one["confirmed"] for one in told["faults"]) == sum(len(one.acts[0].timed) for one in model.ran)
    assert "0 failures in 3 runs" in "\n".join(summary_lines(explored, tmp_path))
    assert "0 failures in 3 runs" in (tmp_path / "explore.md").read_text(encoding="utf-8")


def test_a_failure_leaves_a_bundle_of_the_one_fault_that_it_needs(tmp_path: Path) -> None:
    """Of more than twenty; exit code 1; the pages name it, and nothing of the run's text is markup on them."""
    needed = draw(VOCABULARY, 3, 1).faults[7].fault
    model = Model(tmp_path, needed=(needed.kind, needed.target))
    explored = explore(model)
    assert explored.verdict is Verdict.FAIL
    failure = explored.failures[0]
    assert len(failure.found.schedule.faults) >= 20
    bundle = read_bundle(tmp_path / failure.bundle)
    assert [one.fault for one in bundle.schedule.faults] == [needed]
    assert bundle.images == {"redis": "sha256:1"}
    assert bundle.known_bad == ("fence-off",)
    assert read_bundle(tmp_path / failure.bundle / "whole.json").schedule == failure.found.schedule
    assert page(model)["failures"][0]["minimal"] is True
    html = (tmp_path / "explore.html").read_text(encoding="utf-8")
    assert "<b>executed</b>" not in html
    assert "harness run reports/" in html


def test_after_a_failure_no_other_schedule_is_drawn(tmp_path: Path) -> None:
    """The time is better spent on cutting it down."""
    needed = draw(VOCABULARY, 3, 1).faults[7].fault
    explored = explore(Model(tmp_path, needed=(needed.kind, needed.target)))
    assert [trial.name for trial in explored.trials if trial.why == DRAWN] == ["draw-001"]


def test_a_run_that_could_not_be_judged_makes_it_unknown(tmp_path: Path) -> None:
    """The others passed; nobody knows of that one."""
    explored = explore(Model(tmp_path, open_runs=("draw-002",)))
    assert explored.verdict is Verdict.UNKNOWN
    assert "1 of 3 runs could not be judged" in next(summary_lines(explored, tmp_path))


def test_without_time_nothing_is_run_and_nothing_is_known(tmp_path: Path) -> None:
    """Exit code 3, not 0."""
    model = Model(tmp_path)
    explored = explore(model, minutes=0.0)
    assert (explored.verdict, model.ran) == (Verdict.UNKNOWN, [])
    assert page(model)["bound_95"]["holds"] is False


@pytest.mark.parametrize("ends", [Interrupted("interrupted by SIGINT"), InfrastructureError("the engine is gone")])
def test_what_was_found_is_kept_when_it_is_broken_off(ends: BaseException, tmp_path: Path) -> None:
    """In the second run: the first is on the pages, and no verdict is made of it."""
    model = Model(tmp_path, ends=ends, ends_at=2)
    with pytest.raises(type(ends)):
        explore(model)
    assert page(model)["verdict"] == "unknown"
    assert page(model)["ended"] == str(ends)
    assert page(model)["runs"]["passed"] == 1


def test_a_search_that_is_broken_off_keeps_the_bundle(tmp_path: Path) -> None:
    """The failure was seen: it is red, and can be run again as it was found."""
    needed = draw(VOCABULARY, 3, 1).faults[7].fault
    model = Model(tmp_path, needed=(needed.kind, needed.target), ends=Interrupted("interrupted by SIGINT"), ends_at=4)
    with pytest.raises(Interrupted):
        explore(model)
    told = page(model)
    assert told["verdict"] == "fail"
    assert len(read_bundle(tmp_path / told["failures"][0]["bundle"]).schedule.faults) >= 20
