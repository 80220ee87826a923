"""When a leader can no longer act, another one takes the lead, and soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.epochs import read_terms
from harness.checks.reading import Reader, Speaker, act_window, fault_of
from harness.measures import Measure
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import RuleTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """After a fault that a leader cannot survive a new term begins within the bound.

    The opposite of `LeaderUnchanged`: a system that never elects anew would otherwise look calm.

    Args:
        within_s: from the confirmed fault until the new term begins, production s.
        fault: which of the scenario's faults, from 0.
    """

    within_s: float
    fault: int = 0
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """FAIL without a new term in time, UNKNOWN where the terms are not known."""
        speaker = Speaker(check="TakenOver", kind=self.kind)
        fault = fault_of(self.fault, "TakenOver", record)
        if fault.confirmed_s is None:
            message = f"The {fault.kind} of {fault.target} was not seen: nobody had to take over."
            return [speaker.says(Verdict.UNKNOWN, message)]
        reader = Reader(record.history)
        terms = reader.once(read_terms).terms
        until_s = act_window(fault, record)[1]
        new = next((term for term in terms if fault.asked_s < term.from_s < until_s), None)
        bound_s = self.within_s / record.time_scale
        doubts = speaker.doubts([*reader.damage, *(() if terms else ("final.jsonl tells of no leadership term",))])
        if new is None and doubts:
            return doubts
        took_s = None if new is None else new.from_s - fault.confirmed_s
        late = took_s is None or took_s > bound_s
        words = "nobody took over" if new is None or took_s is None else f"{new.leader} took over after {took_s:.2f} s"
        finding = speaker.says(
            Verdict.FAIL if late else Verdict.PASS,
            f"With the {fault.kind} of {fault.target} on, {words}; due within {bound_s:.2f} s.",
            upper=round(bound_s, 3),
            observed=None if took_s is None else round(took_s, 3),
            measure=None if took_s is None else Measure.TIME_TO_LEAD_S,
            evidence="final.jsonl" if new is None else new.place,
        )
        return [finding, *doubts]

    def promises(self, rules: tuple[RuleTiming, ...], time_scale: float) -> Iterable[str]:
        """The bound, for people; real s."""
        del rules
        yield f"another leader within {self.within_s / time_scale:.2f} s"
