"""In a rush beyond its capacity the system says no at once, and yes to as much as it can keep in time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, isfinite
from typing import ClassVar

from harness.checks.backlog import Backlog
from harness.checks.client_log import FAIL, OK, ClientLog, Request, read_client
from harness.checks.final_log import FinalLog, read_final
from harness.checks.reading import Reader, Speaker
from harness.checks.spans import Span, spans
from harness.errors import EvidenceError, UsageError
from harness.model import Finding, FindingKind, Record, Verdict
from harness.shapes import Burst, shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """Rushes are refused in part, quickly and clearly; what is let in is answered and executed in time.

    Judged are the rushes of a load in bursts, in each steady span of the run by itself: before the faults, with them
    on, after them. All durations are real, and latencies count from when a request was due. A request that could not
    be sent, as its instance was gone, was not refused by anybody and is left out. After a heal there may be no
    rush before everything is over: a time shorter than from rush to rush owes none. Less than half of one says nothing.

    Args:
        refusal_p99_ms: the 99th percentile of refusals. A no that comes late is as bad as none.
        ok_p99_ms: the 99th percentile of acknowledgements.
        max_unclear_share: most requests of a rush of which nobody knows what became of them.
        min_goodput: least rate of acknowledgements in a rush, as a multiple of the load between rushes: a system that
            does less because more is asked of it has collapsed.
        executed_within_s: what is acknowledged in a rush is executed so soon after.
        min_executed_share: least share of it that is.
        min_calm_ok_share: least share of the requests between rushes that is acknowledged: the rush is then over.
        settled_s: how long after a rush its backlog may last, and after a fault took effect or healed the change
            itself: an instance that is back in the middle of a rush has not caught up yet.
        min_refused: fewest refusals in a span's rushes from which follows that they were beyond the capacity.
        full_at: so many acknowledged signals may wait to be executed; while as many do, as after a rush into the time
            without a leader, a refusal between rushes is right, and one in a rush without a leader is not held
            against the goodput. 0 where no number is promised.
    """

    refusal_p99_ms: float = 250.0
    ok_p99_ms: float = 2500.0
    max_unclear_share: float = 0.02
    min_goodput: float = 1.0
    executed_within_s: float = 5.0
    min_executed_share: float = 0.99
    min_calm_ok_share: float = 0.95
    settled_s: float = 1.0
    min_refused: int = 50
    full_at: int = 0
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a steady span; UNKNOWN where no rush was beyond the capacity."""
        speaker = Speaker(check="Overload", kind=self.kind)
        reader = Reader(record.history)
        client, final = reader.once(read_client), reader.once(read_final)
        rushes = _Rushes.of(record, client)
        parts = _settled(spans(record), self.settled_s)
        counts = _counts(client, final, parts, rushes, self)
        executions_known = final.claimed is not None
        steady = [(part, count) for part, count in zip(parts, counts, strict=True) if part.steady]
        findings = [(part, self._of_span(part, count, rushes, executions_known, speaker)) for part, count in steady]
        told = [one for part, one in findings if one.verdict is not Verdict.UNKNOWN or rushes.owed(part)]
        return [*told, *speaker.doubts(reader.damage)]

    def _of_span(self, part: Span, count: _Count, rushes: _Rushes, known: bool, speaker: Speaker) -> Finding:
        rush_s = rushes.length_s(part.from_s, part.until_s)
        told = (
            f"{part.name.capitalize()} {count.asked} signals were sent in {rush_s:.1f} s of rush: {len(count.ok_s)} "
            f"acknowledged (p99 {_p99_ms(count.ok_s):.0f} ms), {len(count.refused_s)} refused "
            f"(p99 {_p99_ms(count.refused_s):.0f} ms), {count.unclear} unclear"
        )
        broken = (one for one in self._limits(count, rush_s * rushes.base_per_s, known) if one.broken)
        refused, least_s = len(count.refused_s), rushes.form.for_s / 2
        limit = _Limit(words="refused", observed=refused, lower=self.min_refused)
        if rush_s < least_s:
            limit = _Limit(words="rush, s", observed=rush_s, lower=least_s)
            verdict, words = Verdict.UNKNOWN, "; less than half a rush says nothing"
        elif found := next(broken, None):
            limit, verdict, words = found, Verdict.FAIL, f": {found.words}"
        elif limit.broken:
            few = f"too few were refused to call it overload (at least {self.min_refused})"
            verdict, words = Verdict.UNKNOWN, f"; {few}: more has to be sent"
        else:
            verdict, words = Verdict.PASS, ""
        return speaker.says(
            verdict,
            f"{told}{words}.",
            lower=limit.lower,
            upper=limit.upper,
            observed=round(limit.observed, 4),
            evidence="client.jsonl, final.jsonl",
            subject=part.name,
        )

    def _limits(self, count: _Count, base: float, known: bool) -> Iterator[_Limit]:
        """What must hold, the gravest first; `base` is how many signals the load between rushes would have been."""
        if not count.asked:
            return
        unclear = count.unclear / count.asked
        words = f"of {unclear:.2%} nobody knows what became, at most {self.max_unclear_share:.0%} may be so"
        yield _Limit(words=words, observed=unclear, upper=self.max_unclear_share)
        yield _late("acknowledgements", count.ok_s, self.ok_p99_ms)
        yield _late("refusals", count.refused_s, self.refusal_p99_ms)
        if count.asked > count.no_room:
            goodput = len(count.ok_s) / (base * (count.asked - count.no_room) / count.due)
            words = f"{goodput:.2f} times as much was acknowledged as between rushes, "
            words += f"due is at least {self.min_goodput:g}"
            yield _Limit(words=words, observed=goodput, lower=self.min_goodput)
        if known and count.ok_s:
            soon = count.soon / len(count.ok_s)
            words = f"{soon:.2%} of these were executed within {self.executed_within_s:g} s"
            yield _Limit(words=words, observed=soon, lower=self.min_executed_share)
        if count.calm:
            calm = count.calm_ok / count.calm
            words = f"between rushes {count.calm_ok} of {count.calm} were acknowledged, the rush was not over"
            yield _Limit(words=words, observed=calm, lower=self.min_calm_ok_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """One promise: what was observed, and its bound."""

    words: str
    observed: float
    lower: float | None = None
    upper: float | None = None

    @property
    def broken(self) -> bool:
        return (self.lower is not None and self.observed < self.lower) or (
            self.upper is not None and self.observed > self.upper
        )


@dataclass(slots=True)
class _Count:
    """What became of the signals of one span: of its rushes, and of the calm between them.

    `due` counts all of the rushes, `asked` those that reached an instance, `no_room` the refused while
    the queue was full and nobody led; latencies are seconds from the due time.
    """

    due: int = 0
    asked: int = 0
    ok_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    no_room: int = 0
    unclear: int = 0
    soon: int = 0
    calm: int = 0
    calm_ok: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rushes:
    """The bursts of the plan's load, placed in time by what the generator noted; wall clock s."""

    form: Burst
    base_per_s: float
    start_s: float

    @classmethod
    def of(cls, record: Record, client: ClientLog) -> _Rushes:
        """The rushes of a run.

        Raises:
            EvidenceError: its load has none, or when they were is not on record.
        """
        load = record.expected.load
        try:
            form = shape(load.arrivals)
        except UsageError as wrong:
            raise EvidenceError(f"the plan's load cannot be judged: {wrong}") from wrong
        if not isinstance(form, Burst) or form.times <= 1 or load.signals_per_s <= 0:
            raise EvidenceError(f"the plan's load ({load.arrivals}) has no rush, so none can be judged")
        start_s = (client.summary or {}).get("start_s")
        if not isinstance(start_s, int | float) or not isfinite(start_s):
            raise EvidenceError("client.jsonl does not say when the schedule began, and so not when there was a rush")
        return cls(form=form, base_per_s=load.signals_per_s, start_s=start_s)

    def since_s(self, at_s: float) -> float | None:
        """How long ago the last rush began; None before the first."""
        inside_s = at_s - self.start_s - self.form.first_s
        return inside_s % self.form.every_s if inside_s >= 0 else None

    def owed(self, part: Span) -> bool:
        """Whether there has to be one in a span."""
        return not part.after_heal or part.length_s >= self.form.every_s

    def length_s(self, from_s: float, until_s: float) -> float:
        """How much of a stretch was rush: what was due beyond the base rate, by how far a rush exceeds it."""
        due = self.form.upto(until_s - self.start_s) - self.form.upto(from_s - self.start_s)
        return (due - (until_s - from_s)) / (self.form.times - 1)


def _settled(parts: Sequence[Span], settled_s: float) -> list[Span]:
    """The spans, those that follow a change beginning a little later: what is due until then is of the change."""
    return [
        replace(part, from_s=min(part.from_s + settled_s, part.until_s)) if part.steady and number else part
        for number, part in enumerate(parts)
    ]


def _counts(
    client: ClientLog, final: FinalLog, parts: Sequence[Span], rushes: _Rushes, bounds: Overload
) -> list[_Count]:
    """Sort the requests by span; one whose outcome was lost is damage, and not held against the system."""
    counts, starts = [_Count() for _ in parts], [part.from_s for part in parts]
    executed_s = _executed_s(final)
    backlog = Backlog.of(client, executed_s, final.effects, bounds.full_at)
    for one, request in client.requests.items():
        at = bisect_right(starts, request.due_s) - 1
        if at < 0 or request.due_s >= parts[-1].until_s or not (request.sent_line and request.answered_line):
            continue
        since_s, done_s = rushes.since_s(request.due_s), executed_s.get(one)
        if since_s is not None and since_s < rushes.form.for_s:
            soon = done_s is not None and done_s - request.answered_s <= bounds.executed_within_s
            _add(counts[at], request, soon=soon, rightly_refused=backlog.stands(request.answered_s))
            continue
        settled = since_s is None or since_s >= rushes.form.for_s + bounds.settled_s
        rightly_refused = request.outcome != OK and backlog.is_full(request.answered_s)
        if settled and not (request.unreached or rightly_refused):
            counts[at].calm += 1
            counts[at].calm_ok += request.outcome == OK
    return counts


def _add(count: _Count, request: Request, *, soon: bool, rightly_refused: bool) -> None:
    """One request of a rush."""
    count.due += 1
    if request.unreached:
        return
    count.asked += 1
    took_s = request.answered_s - request.due_s
    if request.outcome == OK:
        count.ok_s.append(took_s)
        count.soon += soon
    elif request.outcome == FAIL:
        count.refused_s.append(took_s)
        count.no_room += rightly_refused
    else:
        count.unclear += 1


def _executed_s(log: FinalLog) -> dict[str, float]:
    """When each signal was first executed."""
    first: dict[str, float] = {}
    for row in log.effects:
        first[row.id] = min(row.at_s, first.get(row.id, row.at_s))
    return first


def _late(what: str, took_s: Sequence[float], bound_ms: float) -> _Limit:
    p99_ms = _p99_ms(took_s)
    words = f"the 99th percentile of {what} took {p99_ms:.0f} ms, due is at most {bound_ms:g}"
    return _Limit(words=words, observed=p99_ms, upper=bound_ms)


def _p99_ms(took_s: Sequence[float]) -> float:
    """The smallest that at least 99 % do not exceed, ms; 0 of none."""
    return 1e3 * sorted(took_s)[ceil(0.99 * len(took_s)) - 1] if took_s else 0.0
