"""A fault that the leader can bear does not cost it the lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.epochs import read_terms
from harness.checks.reading import Reader, Speaker, act_window, counted, fault_of
from harness.model import Finding, FindingKind, Record, RuleTiming, Verdict


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
        seen = read_terms(reader)
        from_s, until_s = fault.asked_s, act_window(fault, record)[1]
        terms = sorted(seen.terms, key=lambda term: term.from_s)
        during = [term for term in terms if from_s <= term.from_s < until_s]
        if during:
            new = during[0]
            message = f"With the {fault.kind} of {fault.target}, {new.leader} took the lead as epoch {new.epoch}"
            message += f" {new.from_s - from_s:.2f} s after it was asked for; nobody had to."
            return [
                speaker.says(Verdict.FAIL, message, upper=0.0, observed=float(len(during)), evidence=new.place),
                *speaker.doubts(reader.damage),
            ]
        before = [term for term in terms if term.from_s < from_s]
        acts = sum(from_s <= effect[0] < until_s for effect in seen.effects)
        doubts = [*reader.damage]
        if not before:
            doubts.append(f"no leader is known from before the {fault.kind}")
        if acts < self.min_effects:
            few = f"{counted(acts, 'signal')} executed with the {fault.kind} of {fault.target} and after it are too few"
            doubts.append(f"{few} to say that anybody led ({self.min_effects} needed)")
        if doubts:
            return speaker.doubts(doubts)
        kept = f"{before[-1].leader} led on as epoch {before[-1].epoch} with the {fault.kind} of {fault.target}."
        return [speaker.says(Verdict.PASS, kept, upper=0.0, observed=0.0, evidence=before[-1].place)]

    def promises(self, rules: tuple[RuleTiming, ...], time_scale: float) -> Iterable[str]:
        """The promise, for people."""
        del rules, time_scale
        yield "the same leader all the time"
