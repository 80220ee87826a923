"""Reading evidence for a judgement: damage is remembered, what stands before it still counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Any, Protocol, TypeVar, cast, runtime_checkable

import msgspec

from harness.errors import EvidenceError
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow, History, Observation, Phase, RuleTiming, Stream, act_phase
from harness.timing import MEASURED

# s since the epoch; a number that no clock shows is damage.
Moment = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
T = TypeVar("T")


@runtime_checkable
class Sharing(Protocol):
    """A history that no longer grows, whose readers share what they made of it: by function, with its damage."""

    @property
    def views(self) -> dict[Callable[[Reader], Any], tuple[Any, tuple[str, ...]]]:
        """What was made of it so far."""
        ...


@dataclass(slots=True)
class Reader:
    """Reads streams up to their first damage, and remembers the damage.

    A breach that can be seen in what is left is still a breach; a PASS needs `whole`.
    """

    history: History
    damage: list[str] = field(default_factory=list)

    def lines(self, stream: Stream) -> Iterator[Observation]:
        """The readable observations of a stream."""
        try:
            yield from self.history.read(stream)
        except EvidenceError as damage:
            self.damage.append(str(damage))

    def numbered(self, stream: Stream) -> Iterator[tuple[str, Observation]]:
        """The readable observations, each with where it stands, as "client.jsonl:17"."""
        for number, seen in enumerate(self.lines(stream), start=1):
            yield f"{stream.value}.jsonl:{number}", seen

    def only(self, stream: Stream, *kinds: str) -> Iterator[tuple[str, Observation]]:
        """The readable observations of some kinds, each with where it stands."""
        return ((place, seen) for place, seen in self.numbered(stream) if seen.kind in kinds)

    def once(self, view: Callable[[Reader], T]) -> T:
        """What a function makes of the history, with the damage that it met.

        Where the history shares, it is made once for all checks of a judgement: nobody may alter it.
        """
        views = self.history.views if isinstance(self.history, Sharing) else {}
        if view not in views:
            own = Reader(self.history)
            views[view] = (view(own), tuple(own.damage))
        made, damage = views[view]
        self.damage += damage
        return cast("T", made)

    @property
    def whole(self) -> bool:
        """True when nothing read so far was damaged or missing."""
        return not self.damage


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Makes the findings of one check about one subject."""

    check: str
    kind: FindingKind
    subject: str = ""

    def says(  # noqa: D417 - the rest are a finding's own fields
        self,
        verdict: Verdict,
        message: str,
        *,
        lower: float | None = None,
        upper: float | None = None,
        observed: float | str | None = None,
        evidence: str = "",
        subject: str | None = None,
        stories: tuple[str, ...] = (),
        measure: Measure | None = None,
        timed: bool = True,
    ) -> Finding:
        """A finding with this verdict.

        Args:
            verdict: the judgement.
            message: one sentence a trader understands.
        """
        return Finding(
            check=self.check,
            kind=self.kind,
            verdict=verdict,
            message=message,
            lower=lower,
            upper=upper,
            observed=observed,
            evidence=evidence,
            subject=self.subject if subject is None else subject,
            stories=stories,
            measure=measure,
            timed=timed,
        )

    def doubts(self, problems: Sequence[str]) -> list[Finding]:
        """An UNKNOWN for each problem."""
        return [self.says(Verdict.UNKNOWN, problem) for problem in dict.fromkeys(problems)]


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 signal", "2 signals"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def finite(value: Any, what: str, *, at_least: float = -math.inf) -> float:
    """A figure of the evidence that may be reckoned with.

    Raises:
        EvidenceError: it is no number, not finite, or less than it can be.
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as damage:
        raise EvidenceError(f"{what} is {value!r}, which is no number: the evidence is damaged") from damage
    if not math.isfinite(number) or number < at_least:
        raise EvidenceError(f"{what} is {value!r}, which cannot be: the evidence is damaged")
    return number


def watched(record: Record) -> tuple[float, float]:
    """From the start of the baseline to the end of the last phase, s since the epoch.

    Raises:
        EvidenceError: phases of the plan are missing, or the faults' times do not fit them.
    """
    problems = [*missing_phases(record), *(problem for fault in record.faults for problem in misplaced(fault, record))]
    if problems:
        raise EvidenceError(problems[0])
    return _phase_start(record, "baseline"), max(phase.ended_s for phase in record.phases)


def act_window(fault: FaultWindow, record: Record) -> tuple[float, float]:
    """What is told of a fault's act: from the heal of the act before, or the baseline, until the next act begins.

    Raises:
        EvidenceError: as `watched`.
    """
    from_s, until_s = watched(record)
    before = [one.confirmed_healed_s for one in record.faults if one.act < fault.act]
    after = [one.asked_s for one in record.faults if one.act > fault.act]
    return max([from_s, *(at for at in before if at is not None)]), min([until_s, *after])


def fault_of(number: int, alert: str, record: Record) -> FaultWindow:
    """The fault that a check of an alert is about.

    Raises:
        EvidenceError: the run has no fault of that number.
    """
    if not 0 <= number < len(record.faults):
        raise EvidenceError(f"{alert} waits for fault {number}, and the run has {len(record.faults)}")
    return record.faults[number]


def rule_of(alert: str, labels: Mapping[str, str], record: Record) -> RuleTiming | None:
    """The loaded rule of an alert whose own labels do not contradict these; None where there is none.

    Raises:
        EvidenceError: several rules are called so, and nothing tells which is meant.
    """
    named = [rule for rule in record.rules if rule.alert == alert]
    fitting = [rule for rule in named if all(rule.labels.get(name, value) == value for name, value in labels.items())]
    if len(fitting) > 1:
        raise EvidenceError(
            f"{len(fitting)} rules are called {alert}: the check has to name labels that tell them apart"
        )
    return fitting[0] if fitting else None


def traffic_until(record: Record) -> float:
    """When the traffic was stopped, s since the epoch: the begin of the last phase.

    Raises:
        EvidenceError: the run did not get so far.
    """
    return _phase_start(record, "quiesce")


def missing_phases(record: Record) -> list[str]:
    """A sentence where phases that the plan implies were not recorded."""
    acts = {fault.act for fault in record.faults} or ({1} if record.expected.faults else set())
    faulty = (act_phase(name, act) for act in sorted(acts) for name in ("inject", "hold", "heal"))
    needed = ("baseline", *faulty, "recover", "quiesce")
    missing = [name for name in needed if record.phase(name) is None]
    return [f"the run has no {', '.join(missing)} phase: it cannot be told what happened when"] if missing else []


def misplaced(fault: FaultWindow, record: Record) -> list[str]:
    """A sentence where a fault's times are out of order, or outside the phases in which faults are on."""
    what = f"the {fault.kind} of {fault.target}"
    times = [fault.asked_s, fault.confirmed_s, fault.healed_s, fault.confirmed_healed_s]
    seen = [at for at in times if at is not None]
    if any(later < earlier for earlier, later in pairwise(seen)):
        return [f"the times of {what} are not in their order: what happened when cannot be told"]
    inject, heal = (record.phase(act_phase(name, fault.act)) for name in ("inject", "heal"))
    if inject is None or heal is None:
        return [f"there is no phase for {what}: it cannot be told when it was on"]
    if fault.timed:
        inject = heal = Phase(name="", started_s=inject.started_s, duration_s=heal.ended_s - inject.started_s)
    steps = ((inject, times[:2]), (heal, times[2:]))
    if any(at is not None and not _during(phase, at) for phase, moments in steps for at in moments):
        return [f"the times of {what} lie outside the phases in which it was struck and healed"]
    return []


def _during(phase: Phase, moment_s: float) -> bool:
    slack_s = MEASURED.clock_s  # phases are as long as the monotonic clock says, faults are on the wall clock
    return phase.started_s - slack_s <= moment_s <= phase.ended_s + slack_s


def _phase_start(record: Record, name: str) -> float:
    phase = record.phase(name)
    if phase is None:
        raise EvidenceError(f"the run has no {name} phase: it ended before it could be judged")
    return phase.started_s


def fault_at(record: Record, moment_s: float) -> str:
    """Which faults were on at a moment, in words."""
    on = [
        f"{fault.kind} of {fault.target}"
        for fault in record.faults
        if fault.asked_s <= moment_s and (fault.confirmed_healed_s is None or moment_s <= fault.confirmed_healed_s)
    ]
    return " and ".join(on) or "no fault"
