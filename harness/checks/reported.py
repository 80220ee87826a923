"""What a service says of itself is what it ought to say: at first, or after it came back from a fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.checks.reading import Reader, Speaker, act_window, fault_of, finite, watched
from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A figure of a service's own health report lies within bounds, or is a certain word, in each sample.

    Args:
        figure: where it stands in the report, for example ("recovery", "positions").
        fault: the fault that the service has come back from, asked from its confirmed heal until the next act; None
            for every service from the baseline until the first fault.
        at_least, at_most: the bounds, in the figure's own unit; None where open.
        word: what it has to say instead, where it is no number.
    """

    figure: tuple[str, ...]
    fault: int | None = None
    at_least: float | None = None
    at_most: float | None = None
    word: str = ""
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a service."""
        if not self.word and self.at_least is None and self.at_most is None:
            raise EvidenceError(f"the check of {self._name} has no bound: nothing can be judged")
        speaker = Speaker(check="Reported", kind=self.kind)
        services, (from_s, until_s) = self._asked(record)
        reader = Reader(record.history)
        said: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for place, seen in reader.only(Stream.HEALTH, "sample"):
            service = str(seen.data.get("service"))
            if service in services and from_s <= seen.wall_s <= until_s and seen.data.get("ok"):
                said[service].append((place, self._of(seen.data.get("body"))))
        findings = [self._judged(service, said[service], speaker) for service in services]
        return [*findings, *speaker.doubts(reader.damage)]

    @property
    def _name(self) -> str:
        return ".".join(self.figure)

    def _asked(self, record: Record) -> tuple[tuple[str, ...], tuple[float, float]]:
        from_s, until_s = watched(record)
        if self.fault is None:
            if not record.expected.services:
                raise EvidenceError("the plan names no service whose health is owed")
            return record.expected.services, (from_s, min([until_s, *(fault.asked_s for fault in record.faults)]))
        fault = fault_of(self.fault, f"the check of {self._name}", record)
        if fault.target not in record.expected.services:
            raise EvidenceError(f"{fault.target} is no service whose health is owed")
        if fault.confirmed_healed_s is None:
            raise EvidenceError(f"the {fault.kind} of {fault.target} was not seen to heal: nobody came back from it")
        return (fault.target,), (fault.confirmed_healed_s, act_window(fault, record)[1])

    def _of(self, body: Any) -> Any:
        for step in self.figure:
            body = body.get(step) if isinstance(body, Mapping) else None
        return body

    def _judged(self, service: str, said: list[tuple[str, Any]], speaker: Speaker) -> Finding:
        missing = next((place for place, value in said if value is None), "" if said else "health.jsonl")
        if missing:
            message = f"{service} did not say its {self._name}, so it cannot be judged."
            return speaker.says(Verdict.UNKNOWN, message, subject=service, evidence=missing)
        wrong = next(((place, value) for place, value in said if not self._holds(value, place)), None)
        place, value = wrong or said[-1]
        return speaker.says(
            Verdict.PASS if wrong is None else Verdict.FAIL,
            f"{service} says {self._name} {value}, due is {self._due}.",
            lower=self.at_least,
            upper=self.at_most,
            observed=value,
            evidence=place,
            subject=service,
        )

    def _holds(self, value: Any, place: str) -> bool:
        if self.word:
            return bool(value == self.word)
        number = finite(value, f"{self._name} ({place})")
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)

    @property
    def _due(self) -> str:
        if self.word:
            return self.word
        bounds = (("at least", self.at_least), ("at most", self.at_most))
        return " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
