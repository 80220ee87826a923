"""The whole search on a model of a system: a failure is confirmed, cut down and kept, within its time."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.explore.hunt import Hunt
from harness.explore.result import AGAIN, DRAWN, Explored, Failure, Trial, tally
from harness.explore.schedule import Schedule, draw
from harness.explore.vocabulary import vocabulary_of
from harness.model import Finding, FindingKind, Verdict
from harness.progress import silent
from harness.recorded import FaultWindow
from harness.results import ScenarioResult

VOCABULARY = vocabulary_of("stack.topology")
WHOLE = draw(VOCABULARY, 3, 1)


def judged(name: str, *broken: str, kind: FindingKind = FindingKind.SAFETY) -> ScenarioResult:
    """A run that failed these checks."""
    verdict = Verdict.FAIL if broken else Verdict.PASS
    findings = tuple(Finding(check=one, kind=kind, verdict=Verdict.FAIL, message="m") for one in broken)
    return ScenarioResult(name=name, hypothesis="", covers=(), verdict=verdict, phases=(), faults=(), findings=findings)


@dataclass
class Model:
    """A system that breaks when some kinds of fault on some targets are in the schedule.

    Args:
        needed: these, all of them.
        misses: it does not break in the first of each so many times; 0 for always.
        rare_below: schedules of fewer faults break only when they are candidates, as luck would have it.
        check: what it breaks.
    """

    needed: frozenset[tuple[str, str]]
    misses: int = 0
    rare_below: int = 0
    check: str = "ExactlyOnce"
    ran: list[Trial] = field(default_factory=list)
    chances: int = 0

    def run(self, name: str, why: str, schedule: Schedule) -> Trial:
        """As the explorer runs one."""
        there = {(one.fault.kind, one.fault.target) for one in schedule.faults}
        breaks = self.needed <= there
        self.chances += breaks
        missed = self.misses and self.chances % self.misses == 1
        missed = missed or (len(schedule.faults) < self.rare_below and why == AGAIN)
        broken = (self.check,) if breaks and not missed else ()
        trial = Trial(name=name, why=why, schedule=schedule, result=judged(name, *broken))
        self.ran.append(trial)
        return trial


FOUND = Trial(name="draw-001", why=DRAWN, schedule=WHOLE, result=judged("draw-001", "ExactlyOnce"))
TWO = frozenset((one.fault.kind, one.fault.target) for one in (WHOLE.faults[4], WHOLE.faults[11]))


def hunt(model: Model, *, until_s: float = float("inf"), moment_s: float | None = None, lanes: int = 1) -> Failure:
    """What the search finds."""
    return Hunt(
        found=FOUND,
        run=model.run,
        moment_s=moment_s,
        runs=3,
        least=2,
        until_s=until_s,
        lanes=lanes,
        progress=silent,
    ).look_into()


def test_a_failure_is_cut_down_to_the_faults_that_it_needs() -> None:
    """Two of more than twenty, seen again afterwards; with one lane and with two."""
    assert len(WHOLE.faults) >= 20
    for lanes in (1, 2):
        failure = hunt(Model(TWO), lanes=lanes)
        assert (failure.confirmed, failure.minimal) == (True, True)
        assert {(one.fault.kind, one.fault.target) for one in failure.shrunk.faults} == TWO
        assert failure.shrunk_again >= 2


def test_no_more_runs_than_it_takes_to_confirm() -> None:
    """Two failures of three decide; the third is not run."""
    model = Model(TWO)
    failure = hunt(model)
    assert (failure.again, failure.runs) == (2, 2)
    assert [trial.why for trial in model.ran][:3] == [AGAIN, AGAIN, "shrinking"]


def test_what_does_not_come_again_is_not_cut_down() -> None:
    """A failure that was seen once: two clean runs of three decide."""
    model = Model(frozenset({("no", "such")}))
    failure = hunt(model)
    assert (failure.confirmed, failure.again, failure.runs) == (False, 0, 2)
    assert failure.shrunk == WHOLE
    assert len(model.ran) == 2


def test_another_failure_is_another_failure() -> None:
    """What breaks another check than when it was found confirms nothing."""
    assert not hunt(Model(TWO, check="EpochsGrow")).confirmed


def test_what_fails_now_and_then_gets_a_second_chance() -> None:
    """A candidate that passed once is tried again when not every run of the whole failed."""
    failure = hunt(Model(TWO, misses=3))
    assert (failure.confirmed, failure.again, failure.runs) == (True, 2, 3)
    assert {(one.fault.kind, one.fault.target) for one in failure.shrunk.faults} == TWO


def test_what_is_left_has_to_come_again() -> None:
    """A part that failed once by luck is not kept; the next larger one on the way to it is."""
    failure = hunt(Model(TWO, rare_below=5))
    assert 5 <= len(failure.shrunk.faults) < len(WHOLE.faults)
    assert {(one.fault.kind, one.fault.target) for one in failure.shrunk.faults} >= TWO
    assert (failure.minimal, failure.shrunk_again) == (False, 2)
    assert failure.rarer[0] == (2, 0, 2)
    none = hunt(Model(TWO, rare_below=len(WHOLE.faults)))
    assert none.shrunk == WHOLE
    assert not none.minimal


def test_the_time_is_kept() -> None:
    """Without time nothing is begun, and nothing is claimed."""
    model = Model(TWO)
    failure = hunt(model, until_s=0.0)
    assert (failure.confirmed, failure.minimal, failure.runs) == (False, False, 0)
    assert model.ran == []


def window(kind: str, confirmed_s: float | None, healed_s: float = 0.0) -> FaultWindow:
    """A fault that was on for a while."""
    return FaultWindow(kind=kind, target="x", asked_s=1.0, confirmed_s=confirmed_s, healed_s=healed_s, timed=True)


def test_the_tally_counts_what_was_seen() -> None:
    """Planned, without room, seen, and on together: from the evidence, not from the plan."""
    kinds = [one.fault.kind for one in WHOLE.faults]
    first = kinds[0]
    told = {one.kind: one for one in tally([(WHOLE, ())])}
    assert {kind: told[kind].skipped for kind in told} == {kind: kinds.count(kind) for kind in kinds}
    windows = [window(first, 10.0, 20.0), window("other", 15.0, 30.0), window("other", None, 40.0)]
    told = {one.kind: one for one in tally([(WHOLE, windows)])}
    assert (told[first].confirmed, told[first].overlapped) == (1, 1)
    assert told[first].skipped == kinds.count(first) - 1
    apart = {one.kind: one for one in tally([(WHOLE, [window(first, 10.0, 20.0), window(first, 21.0, 30.0)])])}
    assert (apart[first].confirmed, apart[first].overlapped) == (2, 0)


def explored(
    *results: ScenarioResult, why: str = DRAWN, failures: tuple[Failure, ...] = (), ended: str = ""
) -> Explored:
    """A campaign of these runs."""
    trials = tuple(Trial(name=one.name, why=why, schedule=WHOLE, result=one) for one in results)
    return Explored(seed=1, trials=trials, failures=failures, duration_s=1.0, ended=ended)


def test_the_verdict_of_a_campaign() -> None:
    """Clean is only what was run and judged to the end; safety broken once is broken; the rest has to be confirmed."""
    good, bad = judged("a"), judged("b", "ExactlyOnce")
    late = judged("c", "Recovered", kind=FindingKind.LIVENESS)
    once = Failure(found=FOUND, again=0, runs=2, confirmed=False, shrunk=WHOLE)
    often = Failure(found=FOUND, again=2, runs=2, confirmed=True, shrunk=WHOLE)
    assert explored().verdict is Verdict.UNKNOWN
    assert explored(good, good).verdict is Verdict.PASS
    assert explored(good, ended="interrupted").verdict is Verdict.UNKNOWN
    assert explored(good, bad).verdict is Verdict.FAIL
    assert explored(good, late, failures=(once,)).verdict is Verdict.UNKNOWN
    assert explored(good, late, failures=(often,)).verdict is Verdict.FAIL


def test_a_bound_is_given_only_for_clean_runs() -> None:
    """A failed one, or none at all, has none."""
    assert "fewer than 77.6% of such schedules" in explored(judged("a"), judged("b")).worth
    assert "no bound" in explored(judged("a"), judged("b", "ExactlyOnce")).worth
    assert "no bound" in explored().worth
