"""Quantiles of a histogram: in which bucket they have to lie, by durations that are known one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.checks.truth.beside import Right, alone, newest
from harness.checks.truth.counters import COUNTED_S, READS, rate_window_s
from harness.checks.truth.facts import Facts
from harness.checks.truth.happenings import Happenings
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.prometheus import windows
from harness.checks.truth.promise import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile of how long things took, over Grafana's rate interval before the point.

    `histogram_quantile` knows buckets only, so the value lies somewhere in the bucket of the true one.

    Args:
        board, panel, ref: which query.
        of: what happened; its amount is how long it took.
        share: which quantile, 0 to 1.
        buckets: their upper bounds.
        unless: as every promise has it.
    """

    board: str
    panel: str
    of: Happenings
    share: float
    buckets: tuple[float, ...]
    ref: str = "A"
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return READS

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The newest value beside the buckets in which it can lie."""
        return alone(look, lambda value: self._right(look, value, facts), newest)

    def _right(self, look: Look, value: Value, facts: Facts) -> Right | None:
        found = [window for name in facts.record.expected.services for window in self._of(name, look, value, facts)]
        # Where several executed, each one's part is extrapolated for itself: nobody knows their weights.
        if not found or len({name for name, _, _ in found}) > 1:
            return None
        places = [place for _, sure, maybe in found if (place := self.places(sure, maybe))]
        if not places:
            return None
        edges = (0.0, *self.buckets, self.buckets[-1])  # what is longer than the last bound is shown as the last bound
        low, high = min(low for low, _ in places), max(high for _, high in places)
        return Right(lower=edges[low], upper=edges[high + 1], by=self.of.told_by)

    def _of(
        self, instance: str, look: Look, value: Value, facts: Facts
    ) -> Iterable[tuple[str, list[float], list[float]]]:
        at_s, length_s = look.moment_s(value), rate_window_s(look, facts)
        scrapes, ends = facts.scrapes(instance), facts.scrape_ends(instance)
        for first, last in windows(scrapes, at_s, length_s, look.began_s - facts.allowance_s):
            first_s, last_s = scrapes[first] - COUNTED_S, scrapes[last - 1] - COUNTED_S
            near = self.of.course(facts).within(first_s - self._longest_s(facts), ends[last - 1])
            own = [one for one in near if one.row.word(self.of.by) == instance and one.by_s >= first_s]
            inside = [one.from_s > ends[first] and one.by_s <= last_s for one in own]
            sure = [one.amount for one, surely in zip(own, inside, strict=True) if surely]
            maybe = [one.amount for one, surely in zip(own, inside, strict=True) if not surely]
            if sure or maybe:
                yield instance, sure, maybe

    def _longest_s(self, facts: Facts) -> float:
        return facts.once((self.of, "longest"), lambda: max((o.by_s - o.from_s for o in self.of.of(facts)), default=0))

    def places(self, sure: Sequence[float], maybe: Sequence[float]) -> tuple[int, int] | None:
        """The first and the last bucket in which the quantile of `sure` and any of `maybe` can lie; None of nothing.

        It lies in a bucket or below with all of `maybe` up to there and none above, or else never; and in it or above
        with all from there on and none below.
        """
        number = len(self.buckets) + 1
        here, more = self._counts(sure, number), self._counts(maybe, number)
        if not sum(here) + sum(more):
            return None
        lower = next(
            at
            for at in range(number)
            if sum(here[: at + 1]) + sum(more[: at + 1]) >= self.share * (sum(here) + sum(more[: at + 1]))
            and sum(here) + sum(more[: at + 1])
        )
        upper = next(
            at
            for at in reversed(range(number))
            if sum(here[:at]) < self.share * (sum(here) + sum(more[at:])) and sum(here) + sum(more[at:])
        )
        return lower, upper

    def _counts(self, durations: Sequence[float], number: int) -> list[int]:
        counts = [0] * number
        for duration in durations:
            counts[bisect_left(self.buckets, duration)] += 1
        return counts
