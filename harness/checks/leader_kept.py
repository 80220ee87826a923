"""A fault that the leader can bear does not cost it the lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.checks.epochs import read_terms
from harness.checks.final_log import Term
from harness.checks.reading import Reader, Speaker, act_window, counted, fault_of
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow, RuleTiming


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderKept:
    """From one fault on, until the next act begins, no new term begins.

    `LeaderUnchanged` for a part of the run, where another part has elections of its own.

    Args:
        fault: which of the scenario's faults, from 0.
        min_effects: the fewest signals executed in that time from which may be concluded that anybody led.
    """

    fault: int = 0
    min_effects: int = 10
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """FAIL with a new term, UNKNOWN where nobody knows, or nobody was seen to lead."""
        speaker = Speaker(check="LeaderKept", kind=self.kind)
        fault = fault_of(self.fault, "LeaderKept", record)
        if fault.confirmed_s is None:
            message = f"The {fault.kind} of {fault.target} was not seen: there was nothing to bear."
            return [speaker.says(Verdict.UNKNOWN, message)]
        reader = Reader(record.history)
        seen = reader.once(read_terms)
        from_s, until_s = fault.asked_s, act_window(fault, record)[1]
        during = [term for term in seen.terms if from_s <= term.from_s < until_s]
        if during:
            return [_elected(during, fault, speaker), *speaker.doubts(reader.damage)]
        before = max((term for term in seen.terms if term.from_s < from_s), key=lambda term: term.from_s, default=None)
        acts = sum(from_s <= effect.at_s < until_s for effect in seen.effects)
        doubts = [*reader.damage]
        if acts < self.min_effects:
            few = f"{counted(acts, 'signal')} executed from the {fault.kind} of {fault.target} on are too few"
            doubts.append(f"{few} to say that anybody led ({self.min_effects} needed)")
        if before is None or doubts:
            return speaker.doubts([*doubts, *([] if before else [f"no leader is known from before the {fault.kind}"])])
        kept = f"{before.leader} led on as epoch {before.epoch} with the {fault.kind} of {fault.target}."
        return [speaker.says(Verdict.PASS, kept, upper=0.0, observed=0.0, evidence=before.place)]

    def promises(self, rules: tuple[RuleTiming, ...], time_scale: float) -> Iterable[str]:
        """The promise, for people."""
        del rules, time_scale
        yield "the same leader all the time"


def _elected(during: list[Term], fault: FaultWindow, speaker: Speaker) -> Finding:
    new = min(during, key=lambda term: term.from_s)
    # As LeaderUnchanged: nobody acts twice by an election; that it came says that a lease was not renewed in time.
    return replace(speaker, kind=FindingKind.LIVENESS).says(
        Verdict.FAIL,
        f"With the {fault.kind} of {fault.target}, {new.leader} took the lead as epoch {new.epoch} "
        f"{new.from_s - fault.asked_s:.2f} s after it was asked for; nobody had to.",
        upper=0.0,
        observed=float(len(during)),
        evidence=new.place,
    )
