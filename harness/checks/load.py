"""The traffic that was promised really flowed, and on time; otherwise the run was easier than it says."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, isfinite, log, sqrt
from typing import Any, ClassVar

from harness.checks.client_log import read_client
from harness.checks.reading import Reader, Speaker
from harness.checks.spans import Span, spans
from harness.errors import EvidenceError, UsageError
from harness.measures import Measure
from harness.model import Finding, FindingKind, LoadProfile, Record, Verdict
from harness.shapes import Shape, Steady, shape

# How far Poisson arrivals may stray: one good run in about a million is doubted for it.
POISSON_DEVIATIONS = 5.0
GAP_ODDS = 1e6
# A generator that waits for a processor for that share of the time is late by it, and people are told.
WAITED_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadKept:
    """Doubts the run when the load generator ran late, dropped arrivals, or sent another load than the plan asks for.

    It never fails the subject: a generator that ran late has measured itself.

    Args:
        lateness_p99_ms: the latest that the 99th percentile of requests may leave after they were due.
        min_completed: the fewest answered requests from which anything may be concluded.
    """

    lateness_p99_ms: float = 50.0
    min_completed: int = 50
    kind: ClassVar[FindingKind] = FindingKind.LOAD

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a promise of the generator."""
        speaker = Speaker(check="LoadKept", kind=self.kind)
        reader = Reader(record.history)
        client = reader.once(read_client)
        if (summary := client.summary) is None:
            return speaker.doubts(reader.damage)
        due = sorted(request.due_s for request in client.requests.values() if request.sent_line)
        plan = _Plan.of(record.expected.load, summary)
        flowed = _flowed(due, plan, spans(record), speaker)
        return [*speaker.doubts(reader.damage), *self._of_summary(summary, speaker), *flowed]

    def _of_summary(self, summary: Mapping[str, Any], speaker: Speaker) -> Iterable[Finding]:
        try:
            scheduled, sent, dropped = (int(summary[name]) for name in ("scheduled", "sent", "dropped"))
            completed, late_ms = int(summary["completed"]), float(summary["lateness_ms"]["p99"])
        except (KeyError, TypeError, ValueError) as damage:
            raise EvidenceError(f"the summary of client.jsonl cannot be read ({damage!r})") from damage
        return [
            _held(speaker, "requests were dropped instead of sent", dropped, at_most=0),
            _held(speaker, "requests that were due were not sent", scheduled - sent, at_most=0),
            self._lateness(summary, late_ms, speaker),
            _held(speaker, "requests were answered", completed, at_least=self.min_completed),
            *_latencies(summary, speaker),
        ]

    def _lateness(self, summary: Mapping[str, Any], late_ms: float, speaker: Speaker) -> Finding:
        what = "ms after its due time the 99th percentile left"
        found = replace(_held(speaker, what, late_ms, at_most=self.lateness_p99_ms), measure=Measure.LATENESS_P99_MS)
        waited = summary.get("waited_share")
        if found.verdict is Verdict.PASS or not isinstance(waited, int | float) or waited < WAITED_SHARE:
            return found
        why = f" It waited for a processor {waited:.0%} of the time: others on this machine, or in its control group."
        return replace(found, message=found.message + why)


def _latencies(summary: Mapping[str, Any], speaker: Speaker) -> Iterable[Finding]:
    """How long answers took, where the generator says: measured here, and limited by the objectives of a gate."""
    latency_ms = summary.get("latency_ms")
    for name, measure in (("p50", Measure.LATENCY_P50_MS), ("p99", Measure.LATENCY_P99_MS)):
        took_ms = latency_ms.get(name) if isinstance(latency_ms, Mapping) else None
        if isinstance(took_ms, int | float) and not isinstance(took_ms, bool):
            message = f"{took_ms:g} ms after they were due {name[1:]} % of the requests were answered."
            evidence = "client.jsonl, last line"
            yield speaker.says(Verdict.PASS, message, observed=float(took_ms), evidence=evidence, measure=measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The load that was asked for: a rate, its shape, and when that began, s since the epoch."""

    rate_per_s: float
    form: Shape
    start_s: float

    @classmethod
    def of(cls, load: LoadProfile, summary: Mapping[str, Any]) -> _Plan:
        """The plan's load, placed in time by what the generator noted."""
        try:
            form = shape(load.arrivals)
        except UsageError as wrong:
            raise EvidenceError(f"the plan's load cannot be judged: {wrong}") from wrong
        start_s = summary.get("start_s")
        if isinstance(form, Steady):  # the same at any time
            start_s = 0.0
        if not isinstance(start_s, int | float) or not isfinite(start_s):
            raise EvidenceError(f"client.jsonl does not say when the schedule began, and {load.arrivals} depends on it")
        return cls(rate_per_s=load.signals_per_s, form=form, start_s=start_s)

    def upto(self, at_s: float) -> float:
        """Arrivals expected until this moment, s since the epoch."""
        return self.rate_per_s * self.form.upto(at_s - self.start_s)


def _flowed(due: Sequence[float], plan: _Plan, parts: Sequence[Span], speaker: Speaker) -> Iterable[Finding]:
    """Whether as much was due in each span as the plan asked for, without a lull."""
    from_s, until_s = parts[0].from_s, parts[-1].until_s
    if plan.rate_per_s <= 0 or until_s <= from_s:
        raise EvidenceError("the plan asks for no traffic, so none can be judged")
    for part in parts:
        first, last = bisect_left(due, part.from_s), bisect_left(due, part.until_s)
        least, most = _band(plan, part)
        yield _held(speaker, f"requests were due {part.name}", last - first, at_least=least, at_most=most)
    inside = due[bisect_left(due, from_s) : bisect_left(due, until_s)]
    # Where the rate changes, time is stretched until it does not: a second in a burst of ten counts as ten.
    expected = [plan.upto(at_s) for at_s in (from_s, *inside, until_s)]
    lull_s = max(after - before for before, after in pairwise(expected)) / plan.rate_per_s
    longest_s = _longest_lull_s(plan, expected[-1] - expected[0])
    at_rate = "" if isinstance(plan.form, Steady) else f" (at {plan.rate_per_s:g} a second)"
    what = f"s was the longest time without a request due{at_rate}"
    yield _held(speaker, what, lull_s, at_most=longest_s)


def _band(plan: _Plan, part: Span) -> tuple[float, float]:
    """How many arrivals a span may have."""
    mean = max(0.0, plan.upto(part.until_s) - plan.upto(part.from_s))
    # A constant grid has one arrival more or less at either end; few Poisson arrivals stray further than by their root.
    stray = 2.0 if plan.form.even else POISSON_DEVIATIONS * sqrt(mean) + 2.0
    return max(0.0, float(ceil(mean - stray))), float(floor(mean + stray))


def _longest_lull_s(plan: _Plan, mean: float) -> float:
    """The longest time without an arrival that is not a wonder: n gaps, each over t with exp(-rate t)."""
    if plan.form.even:
        return 2.0 / plan.rate_per_s
    return log(max(mean, 1.0) * GAP_ODDS) / plan.rate_per_s


def _held(
    speaker: Speaker, what: str, value: float, *, at_most: float | None = None, at_least: float | None = None
) -> Finding:
    held = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    bounds = [f"at {word} {bound:g}" for word, bound in (("least", at_least), ("most", at_most)) if bound is not None]
    bound = ", ".join(bounds)
    return speaker.says(
        Verdict.PASS if held else Verdict.UNKNOWN,
        f"{value:g} {what} ({bound}{'' if held else '; the run was not the load it says'}).",
        lower=at_least,
        upper=at_most,
        observed=value,
        evidence="client.jsonl, last line",
    )
