"""Trading goes on: signals are taken and executed soon, before the fault, with it on, and after."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checks.client_log import OK, ClientLog, read_client
from harness.checks.final_log import FILLED, FinalLog, read_final
from harness.checks.reading import Reader, Speaker
from harness.checks.spans import Span, spans
from harness.model import Finding, FindingKind, Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepsTrading:
    """Nearly every signal that was due is acknowledged, and executed soon after.

    A system that refuses everything loses nothing and executes nothing twice; it is of no use all the same.

    Args:
        min_ok_share: least share of the signals due in a steady span that is acknowledged.
        min_ok_share_between: the same while a fault takes effect or heals, both spans together.
        executed_within_s: an acknowledged signal is executed so soon after its answer, real s.
        min_executed_share: least share of the acknowledged signals that is executed so soon.
        min_filled_share: least share of the executed signals whose order was filled, not rejected.
        min_arrivals: fewest signals in a steady span from which anything may be concluded.
        only_reached: signals that could not be sent, as their instance was gone, do not count: where a share of the
            instances is dead on purpose, what is owed is owed by the others.
    """

    min_ok_share: float = 0.99
    min_ok_share_between: float = 0.9
    executed_within_s: float = 2.0
    min_executed_share: float = 0.99
    min_filled_share: float = 0.5
    min_arrivals: int = 30
    only_reached: bool = False
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a steady span, and one for the time between them."""
        speaker = Speaker(check="KeepsTrading", kind=self.kind)
        reader = Reader(record.history)
        parts = spans(record)
        client, executions = reader.once(read_client), _executions(reader.once(read_final))
        counts = _counts(client, executions, parts, self)
        between = _Count()
        for part, count in zip(parts, counts, strict=True):
            if not part.steady:
                between.add(count)
        steady = [(part, count) for part, count in zip(parts, counts, strict=True) if part.steady]
        findings = [self._of_span(part.name, count, executions.known, speaker) for part, count in steady]
        if between.due:
            findings.append(self._between(between, speaker))
        return [*findings, *speaker.doubts(reader.damage)]

    def _of_span(self, name: str, count: _Count, known: bool, speaker: Speaker) -> Finding:
        told = (
            f"{name.capitalize()} {count.ok} of {count.due} signals were acknowledged, {count.soon} of these executed "
            f"within {self.executed_within_s:g} s, and {count.filled} of {count.executed} orders filled"
        )
        verdict, words, lower, observed = self._verdict(count, known)
        return speaker.says(
            verdict,
            f"{told}{words}.",
            lower=lower,
            observed=observed,
            evidence="client.jsonl, final.jsonl",
            subject=name,
        )

    def _verdict(self, count: _Count, known: bool) -> tuple[Verdict, str, float, float]:
        """What is to be said of a steady span, with the share that decides; without all executions only the first."""
        if count.due < self.min_arrivals:
            few = f"; {self.min_arrivals} have to be due to conclude from"
            return Verdict.UNKNOWN, few, float(self.min_arrivals), float(count.due)
        shares = (
            ("acknowledged", self.min_ok_share, count.ok / count.due),
            ("executed in time", self.min_executed_share, count.soon / count.ok if count.ok else 0.0),
            ("filled", self.min_filled_share, count.filled / count.executed if count.executed else 0.0),
        )
        for what, least, share in shares if known else shares[:1]:
            if share < least:
                return Verdict.FAIL, f": {share:.2%} {what}, due are at least {least:.0%}", least, round(share, 4)
        return Verdict.PASS, "", self.min_ok_share, round(count.ok / count.due, 4)

    def _between(self, count: _Count, speaker: Speaker) -> Finding:
        share = count.ok / count.due
        held = share >= self.min_ok_share_between
        return speaker.says(
            Verdict.PASS if held else Verdict.FAIL,
            f"While the fault took effect and healed {count.ok} of {count.due} signals were acknowledged; "
            f"due are at least {self.min_ok_share_between:.0%}.",
            lower=self.min_ok_share_between,
            observed=round(share, 4),
            evidence="client.jsonl",
            subject="between",
        )


@dataclass(slots=True)
class _Count:
    """What became of the signals of one span."""

    due: int = 0
    ok: int = 0
    soon: int = 0
    executed: int = 0
    filled: int = 0

    def add(self, other: _Count) -> None:
        self.due += other.due
        self.ok += other.ok
        self.soon += other.soon
        self.executed += other.executed
        self.filled += other.filled


@dataclass(slots=True)
class _Executions:
    """When each signal was first executed (wall clock s), which were filled, and whether all of them are known."""

    first: dict[str, float] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    known: bool = False


def _counts(client: ClientLog, executions: _Executions, parts: Sequence[Span], bounds: KeepsTrading) -> list[_Count]:
    """What became of the requests; one whose outcome was lost is damage, and not held against the system."""
    first, filled = executions.first, executions.filled
    counts, starts = [_Count() for _ in parts], [part.from_s for part in parts]
    for one, request in client.requests.items():
        at = bisect_right(starts, request.due_s) - 1
        if at < 0 or request.due_s >= parts[-1].until_s or not (request.sent_line and request.answered_line):
            continue
        if bounds.only_reached and request.unreached:
            continue
        count, done_s, is_ok = counts[at], first.get(one), request.outcome == OK
        count.due += 1
        count.ok += is_ok
        count.executed += done_s is not None
        count.filled += one in filled
        count.soon += is_ok and done_s is not None and done_s - request.answered_s <= bounds.executed_within_s
    return counts


def _executions(log: FinalLog) -> _Executions:
    found = _Executions(known=log.claimed is not None)
    for row in log.effects:
        found.first[row.id] = min(row.at_s, found.first.get(row.id, row.at_s))
        if row.status == FILLED:
            found.filled.add(row.id)
    return found
