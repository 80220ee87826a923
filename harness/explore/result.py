"""What a random campaign found, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.explore.bounds import rule_of_three, upper_bound
from harness.explore.schedule import Schedule
from harness.model import FindingKind, Verdict
from harness.recorded import FaultWindow
from harness.results import ScenarioResult

DRAWN, AGAIN, SHRINKING = "drawn", "run again", "shrinking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run of one schedule, judged.

    Args:
        name: of its folder among the scenarios.
        why: drawn, run again, or shrinking.
        schedule: what was planned.
        result: the judgement.
        acting: share of the seconds with faults in which something was executed; None where that is not known.
    """

    name: str
    why: str
    schedule: Schedule
    result: ScenarioResult
    acting: float | None = None

    @property
    def broken(self) -> frozenset[str]:
        """The checks that failed."""
        return frozenset(one.check for one in self.result.findings if one.verdict is Verdict.FAIL)

    @property
    def unsafe(self) -> bool:
        """Whether a check of safety failed: one history is proof enough."""
        return any(one.verdict is Verdict.FAIL and one.kind is FindingKind.SAFETY for one in self.result.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure that was looked into.

    Args:
        found: the drawn run that failed first.
        again: how often the whole schedule failed when it was run again.
        runs: how often it was.
        confirmed: whether that was often enough.
        shrunk: what is left of the schedule; the whole where it was not cut down.
        tried: candidates on the way.
        minimal: nothing more can be left out.
        shrunk_again, shrunk_runs: how often what is left failed, of how many runs.
        rarer: smaller parts that failed once and then not often enough: faults, failures, runs.
        bundle: folder of the repro bundle, below the run's; empty without.
    """

    found: Trial
    again: int
    runs: int
    confirmed: bool
    shrunk: Schedule
    tried: int = 0
    minimal: bool = False
    shrunk_again: int = 0
    shrunk_runs: int = 0
    rarer: tuple[tuple[int, int, int], ...] = ()
    bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """How faults of one kind fared in the drawn runs.

    Args:
        kind: of the fault.
        planned: drawn and run.
        skipped: their target was broken by another, or nobody played their role.
        confirmed: seen to take effect; the rest was struck and not seen to.
        overlapped: confirmed, and on together with another one that was.
    """

    kind: str
    planned: int
    skipped: int
    confirmed: int
    overlapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """A whole campaign.

    Args:
        seed: of the schedules.
        trials: every run, in its order.
        failures: those that were looked into.
        duration_s: of the campaign, real s.
        ended: "" or why it was broken off.
    """

    seed: int
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...]
    duration_s: float
    ended: str = ""

    @property
    def drawn(self) -> tuple[Trial, ...]:
        """The runs of drawn schedules: what the bound is made of."""
        return tuple(trial for trial in self.trials if trial.why == DRAWN)

    def count(self, verdict: Verdict) -> int:
        """How many drawn schedules were judged so."""
        return sum(trial.result.verdict is verdict for trial in self.drawn)

    @property
    def verdict(self) -> Verdict:
        """FAIL where safety was broken or a failure confirmed; UNKNOWN where anything drawn is open; else PASS."""
        if any(trial.unsafe for trial in self.trials) or any(failure.confirmed for failure in self.failures):
            return Verdict.FAIL
        if self.ended or not self.drawn or self.count(Verdict.PASS) < len(self.drawn):
            return Verdict.UNKNOWN
        return Verdict.PASS

    @property
    def worth(self) -> str:
        """What the campaign says of schedules that were not run."""
        clean, failed = self.count(Verdict.PASS), self.count(Verdict.FAIL)
        if failed or not clean:
            return f"{failed} of {len(self.drawn)} drawn schedules failed: there is no bound to give."
        return (
            f"0 failures in {clean} runs: with 95 % confidence fewer than {upper_bound(clean):.1%} of such schedules "
            f"fail (rule of three: {rule_of_three(clean):.1%})."
        )

    @property
    def struck(self) -> tuple[Struck, ...]:
        """How the faults fared, by kind."""
        return tally([(trial.schedule, trial.result.faults) for trial in self.drawn])

    @property
    def acting(self) -> float | None:
        """Share of the seconds with faults in which something was executed, over the drawn runs where it is known."""
        known = [trial.acting for trial in self.drawn if trial.acting is not None]
        return sum(known) / len(known) if known else None

    @property
    def overlaps(self) -> int:
        """Pairs of faults that were seen to be on together."""
        return sum(len(_pairs(trial.result.faults)) for trial in self.drawn)


def tally(runs: Sequence[tuple[Schedule, Sequence[FaultWindow]]]) -> tuple[Struck, ...]:
    """How the faults of each kind fared: what was planned, beside what was seen."""
    counts: Mapping[str, Counter[str]] = {name: Counter() for name in ("planned", "struck", "confirmed", "overlapped")}
    for schedule, windows in runs:
        together = {at for pair in _pairs(windows) for at in pair}
        counts["planned"].update(one.fault.kind for one in schedule.faults)
        counts["struck"].update(one.kind for one in windows)
        counts["confirmed"].update(one.kind for one in windows if one.confirmed_s is not None)
        counts["overlapped"].update(windows[at].kind for at in together)
    return tuple(
        Struck(
            kind=kind,
            planned=planned,
            skipped=planned - counts["struck"][kind],
            confirmed=counts["confirmed"][kind],
            overlapped=counts["overlapped"][kind],
        )
        for kind, planned in sorted(counts["planned"].items())
    )


def _pairs(windows: Sequence[FaultWindow]) -> list[tuple[int, int]]:
    """Faults that were on together, by their places; from the confirmed effect to the begin of the healing."""
    on = [
        (at, one.confirmed_s, one.healed_s)
        for at, one in enumerate(windows)
        if one.confirmed_s is not None and one.healed_s is not None
    ]
    return [(a[0], b[0]) for a, b in combinations(on, 2) if a[1] < b[2] and b[1] < a[2]]
