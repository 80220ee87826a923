"""Quantiles of a histogram: in which bucket they have to lie, by durations that are known one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from harness.checks.truth.beside import Right, alone, newest
from harness.checks.truth.counters import COUNTED_S, READS, rate_window_s
from harness.checks.truth.facts import Facts
from harness.checks.truth.happenings import Happenings
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.prometheus import FURTHEST_STEPS, windows
from harness.checks.truth.promise import Compared

# A counter that counted this many ranges long is not young any more.
_OLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """What one instance did between the scrapes that a range can have held, and before them."""

    instance: str
    steps: int  # between its scrapes
    before: Sequence[float]
    sure: Sequence[float]
    maybe: Sequence[float]


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
        found = [one for name in facts.record.expected.services for one in self._of(name, look, value, facts)]
        # Where several executed, each one's part is extrapolated for itself: nobody knows their weights.
        if not found or len({one.instance for one in found}) > 1:
            return None
        places = [(one, place) for one in found if (place := self.places(one.sure, one.maybe))]
        if not places or any(self._young(one, place[0]) for one, place in places):
            return None
        edges = (0.0, *self.buckets, self.buckets[-1])  # what is longer than the last bound is shown as the last bound
        low, high = min(low for _, (low, _) in places), max(high for _, (_, high) in places)
        return Right(lower=edges[low], upper=edges[high + 1], by=self.of.told_by)

    def _of(self, instance: str, look: Look, value: Value, facts: Facts) -> Iterable[_Window]:
        at_s, length_s = look.moment_s(value), rate_window_s(look, facts)
        scrapes, ends = facts.scrapes(instance), facts.scrape_ends(instance)
        for first, last in windows(scrapes, at_s, length_s, facts.stored_s({"instance": instance}, look.began_s)):
            first_s, last_s = scrapes[first] - COUNTED_S, scrapes[last - 1] - COUNTED_S
            # What is further back does not make the counters any less young.
            since_s = max(facts.failed_before_s(instance, first_s), first_s - _OLD * length_s)
            near = self.of.course(facts).within(since_s - self._longest_s(facts), ends[last - 1])
            own = [one for one in near if one.row.word(self.of.by) == instance]
            sure = [one.amount for one in own if one.from_s > ends[first] and one.by_s <= last_s]
            maybe = [
                one.amount
                for one in own
                if one.by_s >= first_s and not (one.from_s > ends[first] and one.by_s <= last_s)
            ]
            before = [one.amount for one in own if one.from_s > since_s and one.by_s < first_s]
            if sure or maybe:
                yield _Window(instance=instance, steps=last - first - 1, before=before, sure=sure, maybe=maybe)

    def _young(self, window: _Window, low: int) -> bool:
        """Whether a bucket's counter may be so near to its beginning that Prometheus extends it less than others.

        It extends no counter to where it was below 0 (see `scale`), and each bucket is a counter of its own: then the
        quantile is one of weights that nobody knows. Buckets below the lowest place can only become lighter.
        """
        number = len(self.buckets) + 1
        before = list(accumulate(self._counts(window.before, number)))
        grown = list(accumulate(self._counts([*window.sure, *window.maybe], number)))
        return any(before[at] * window.steps < FURTHEST_STEPS * grown[at] for at in range(low, number))

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
