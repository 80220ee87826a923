"""A quantile of a histogram as Prometheus recorded its buckets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from harness.checks.truth.beside import Right, alone, newest
from harness.checks.truth.counters import rate_window_s
from harness.checks.truth.facts import SCRAPE_DURATION, Facts, Samples
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.prometheus import gained, scale, windows
from harness.checks.truth.promise import Compared

Counts = Mapping[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapedQuantile:
    """`histogram_quantile` of the rates of all instances' buckets, over Grafana's rate interval before the point.

    Args:
        board, panel, ref: which query.
        metric: the buckets.
        share: which quantile, 0 to 1.
        unless: as every promise has it.
    """

    board: str
    panel: str
    metric: str
    share: float
    ref: str = "A"
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return (SCRAPE_DURATION, self.metric)

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The newest value beside what follows from the samples."""
        return alone(look, lambda value: self._right(look, value, facts), newest)

    def _right(self, look: Look, value: Value, facts: Facts) -> Right | None:
        at_s, length_s = look.moment_s(value), rate_window_s(look, facts)
        instances: dict[str, list[Samples]] = defaultdict(list)
        for one in facts.samples(self.metric):
            instances[one.labels.get("instance", "")].append(one)
        choices = [
            list(_counts(buckets, at_s, length_s, facts.stored_s(buckets[0].labels, look.began_s))) or [{}]
            for buckets in instances.values()
        ]
        found = [told for chosen in product(*choices) if (told := quantile(self.share, chosen)) is not None]
        return Right(lower=min(found), upper=max(found), by="series.jsonl") if found else None


def _counts(buckets: list[Samples], at_s: float, length_s: float, surely_s: float) -> Iterator[Counts]:
    """What each bucket of one instance can have grown by; all of its buckets are of the same scrapes."""
    for first, last in windows(buckets[0].times, at_s, length_s, surely_s):
        if last - first < 2:
            continue
        from_s, to_s = buckets[0].times[first], buckets[0].times[last - 1]
        yield {float(one.labels["le"]): _grown(one, from_s, to_s, at_s, length_s) for one in buckets}


def _grown(one: Samples, from_s: float, to_s: float, at_s: float, length_s: float) -> float:
    inside = [at for at, time_s in enumerate(one.times) if from_s <= time_s <= to_s]
    times, values = [one.times[at] for at in inside], [one.values[at] for at in inside]
    if len(times) < 2:
        return 0.0
    grown = gained(values)
    return grown * scale(times, at_s, length_s, values[0], grown)[0]


def quantile(share: float, counts: Iterable[Counts]) -> float | None:
    """The quantile of buckets summed up; None of nothing.

    Source: bucketQuantile in promql/quantile.go of Prometheus 2.53: linear within the bucket, whose lower bound is 0
    for the first, and the last finite bound for whatever is longer.
    """
    summed: dict[float, float] = defaultdict(float)
    for one in counts:
        for bound, count in one.items():
            summed[bound] += count
    bounds = sorted(summed)
    if len(bounds) < 2 or not summed[bounds[-1]]:
        return None
    upto = [summed[bound] for bound in bounds]
    rank = share * upto[-1]
    at = next(index for index, count in enumerate(upto) if count >= rank)
    if at == len(bounds) - 1:
        return bounds[-2]
    low, before = (bounds[at - 1], upto[at - 1]) if at else (0.0, 0.0)
    return low + (bounds[at] - low) * (rank - before) / (upto[at] - before)
