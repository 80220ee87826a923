"""Reading evidence for a judgement: damage is remembered, what stands before it still counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, History, Observation, Record, Stream, Verdict


@runtime_checkable
class Selective(Protocol):
    """A history that can leave out kinds without reading them."""

    def select(self, stream: Stream, kinds: frozenset[str]) -> Iterator[tuple[int, Observation]]:
        """The observations of these kinds with their line numbers."""
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
        """The readable observations of some kinds, each with where it stands; quick on long streams."""
        wanted = frozenset(kinds)
        if not isinstance(self.history, Selective):
            yield from ((place, seen) for place, seen in self.numbered(stream) if seen.kind in wanted)
            return
        try:
            for number, seen in self.history.select(stream, wanted):
                yield f"{stream.value}.jsonl:{number}", seen
        except EvidenceError as damage:
            self.damage.append(str(damage))

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
        )

    def doubts(self, problems: Sequence[str]) -> list[Finding]:
        """An UNKNOWN for each problem."""
        return [self.says(Verdict.UNKNOWN, problem) for problem in dict.fromkeys(problems)]


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 signal", "2 signals"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def watched(record: Record) -> tuple[float, float]:
    """From the start of the baseline to the end of the last phase, s since the epoch.

    Raises:
        EvidenceError: the run had no baseline.
    """
    baseline = record.phase("baseline")
    if baseline is None:
        raise EvidenceError("the run has no baseline phase: it ended before anything could be judged")
    return baseline.started_s, max(phase.ended_s for phase in record.phases)


def fault_at(record: Record, moment_s: float) -> str:
    """Which faults were on at a moment, in words."""
    on = [
        f"{fault.kind} of {fault.target}"
        for fault in record.faults
        if fault.asked_s <= moment_s and (fault.confirmed_healed_s is None or moment_s <= fault.confirmed_healed_s)
    ]
    return " and ".join(on) or "no fault"
