"""Rates and increases: what Prometheus can make of happenings that are known, at scrapes that are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from harness.checks.truth.beside import Right, alone, newest
from harness.checks.truth.facts import SCRAPE_DURATION, Facts
from harness.checks.truth.happenings import Happenings, Times
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.prometheus import scale, windows
from harness.checks.truth.promise import Compared

RATE_SCRAPES = 4
# From an answer or a commit into the counter beside it: a few turns of one event loop.
COUNTED_S = 0.1
READS = ("up", SCRAPE_DURATION)


def rate_window_s(look: Look, facts: Facts) -> float:
    """Grafana's $__rate_interval, s. Source: calculateRateInterval in pkg/tsdb/prometheus/models/query.go, 10.4.0."""
    return max(look.load.interval_s + facts.scrape_s, RATE_SCRAPES * facts.scrape_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gained:
    """How much the counters of all instances grew, by what happened between their scrapes.

    A scrape shows what had happened when it read, between its beginning and its end. So the least is what surely
    happened after the first scrape had ended and before the last began, the most what can have happened between the
    beginning of the first and the end of the last. PromQL then extends the difference to the range's ends.
    """

    of: Happenings
    facts: Facts

    def over(self, at_s: float, length_s: float, asked_s: float) -> tuple[float, float]:
        """The least and the most of a sum of increases over a range that ends at `at_s`, asked for at `asked_s`."""
        least = most = 0.0
        for instance in self.facts.record.expected.services:
            low, high = self._of(instance, at_s, length_s, asked_s)
            least, most = least + low, most + high
        return least, most

    def _of(self, instance: str, at_s: float, length_s: float, asked_s: float) -> tuple[float, float]:
        times, scrapes = self.of.times(self.facts, instance), self.facts.scrapes(instance)
        ends = self.facts.scrape_ends(instance)
        found = [
            self._between(times, scrapes[first:last], (ends[first], ends[last - 1]), at_s, length_s)
            for first, last in windows(scrapes, at_s, length_s, self.facts.stored_s({"instance": instance}, asked_s))
            if last - first > 1
        ]
        return min((low for low, _ in found), default=0.0), max((high for _, high in found), default=0.0)

    def _between(
        self, times: Times, scrapes: tuple[float, ...], ends: tuple[float, float], at_s: float, length_s: float
    ) -> tuple[float, float]:
        least = max(0, times.least(scrapes[-1] - COUNTED_S) - times.most(ends[0]))
        most = max(0, times.most(ends[1]) - times.least(scrapes[0] - COUNTED_S))
        # A counter that began anew after a restart may have been at any height below what happened in all.
        low, _ = scale(scrapes, at_s, length_s, 0.0, float(most))
        _, high = scale(scrapes, at_s, length_s, inf, float(most))
        return least * low, most * high


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """How many happened in the board's time range, all instances, as `increase()` tells it.

    Args:
        board, panel, ref: which query.
        of: what happened.
        unless: as every promise has it.
    """

    board: str
    panel: str
    of: Happenings
    ref: str = "A"
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return READS

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The one value beside what can be right."""
        from_s, to_s = look.range_s
        counted = Gained(of=self.of, facts=facts)

        def right(value: Value) -> Right:
            least, most = counted.over(look.moment_s(value), to_s - from_s, look.began_s)
            return Right(lower=least, upper=most, by=f"{self.of.told_by}, series.jsonl")

        return alone(look, right, newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many happened per second, all instances, over Grafana's rate interval before the point.

    Args:
        board, panel, ref: which query.
        of: what happened.
        unless: as every promise has it.
    """

    board: str
    panel: str
    of: Happenings
    ref: str = "A"
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return READS

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The newest value beside what can be right."""
        length_s = rate_window_s(look, facts)
        counted = Gained(of=self.of, facts=facts)

        def right(value: Value) -> Right:
            least, most = counted.over(look.moment_s(value), length_s, look.began_s)
            return Right(lower=least / length_s, upper=most / length_s, by=f"{self.of.told_by}, series.jsonl")

        return alone(look, right, newest)
