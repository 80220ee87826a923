"""As Prometheus recorded it: a panel shows what the service told, whether or not anybody knows that to be true."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from harness.checks.truth.beside import FOLDS, Right, alone, by_labels, named, newest, strangers
from harness.checks.truth.counters import rate_window_s
from harness.checks.truth.facts import SCRAPE_DURATION, Facts, Samples
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.prometheus import gained, scale, windows
from harness.checks.truth.promise import Compared

NOW, AGE, BEHIND, INCREASE, RATE, CHANGES = "now", "age", "behind", "increase", "rate", "changes"
Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """What follows from the samples of one metric that Prometheus recorded.

    A sample may have been missing when the panel asked, if its scrape had not ended: then the one before counts.

    Args:
        board, panel, ref: which query.
        metric: whose samples.
        how: "now" (the newest), "age" (the time less it), "behind" (its own time less it), "increase" and "changes"
            (over the board's range), "rate" (over Grafana's rate interval).
        only: labels that the series must have.
        by: labels by which the panel tells series apart; none for one series of all.
        fold: what all series of the same labels are folded to: "sum", "max" or "min".
        share_of: for a share, the labels that its part of the metric has; `only` is then the whole.
        unless: as every promise has it.
    """

    board: str
    panel: str
    metric: str
    how: str = NOW
    ref: str = "A"
    only: tuple[tuple[str, str], ...] = ()
    by: tuple[str, ...] = ()
    fold: str = "sum"
    share_of: tuple[tuple[str, str], ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """What has to be recorded."""
        return ("up", SCRAPE_DURATION, self.metric)

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Each series beside what follows from its samples."""
        if not self.by:
            return alone(look, lambda value: self._folded(look, value, facts).get(()), newest)
        if not look.values:
            return []
        # What a series has to show follows from its own newest point, which there have to be from the newest of all.
        rights = dict(self._folded(look, max(look.values, key=look.moment_s), facts))
        for key, value in by_labels(look, self.by):
            own = self._folded(look, value, facts).get(key)
            if own is not None:
                rights[key] = own
            else:
                rights.pop(key, None)
        known = frozenset(tuple(one.labels.get(name, "") for name in self.by) for one in self._series(facts))
        return [*named(look, rights, self.by, newest), *strangers(look, known, self.by)]

    def _series(self, facts: Facts) -> list[Samples]:
        found = facts.samples(self.metric)
        return [one for one in found if all(one.labels.get(name) == value for name, value in self.only)]

    def _folded(self, look: Look, value: Value, facts: Facts) -> Mapping[tuple[str, ...], Right]:
        """What is right for each combination of labels; one that nobody can tell is left out."""
        groups: dict[tuple[str, ...], list[Bounds]] = defaultdict(list)
        parts: list[Bounds] = []
        for one in self._series(facts):
            found = list(self._of(one, look, look.moment_s(value), facts))
            key = tuple(one.labels.get(name, "") for name in self.by)
            groups[key] += [_hull([each for each in found if each])] if any(found) else []
            if None in found and any(found):
                return {}  # it may have been stale or not
            if any(found) and self.share_of and all(one.labels.get(name) == own for name, own in self.share_of):
                parts.append(groups[key][-1])
        rights = {key: self._fold(bounds) for key, bounds in groups.items() if bounds}
        if self.share_of:
            rights = {key: _share(self._fold(parts), whole) for key, whole in rights.items() if whole[0] > 0}
        return {key: Right(lower=low, upper=high, by="series.jsonl") for key, (low, high) in rights.items()}

    def _fold(self, bounds: list[Bounds]) -> Bounds:
        fold = FOLDS[self.fold]
        return (fold([low for low, _ in bounds]), fold([high for _, high in bounds])) if bounds else (0.0, 0.0)

    def _of(self, one: Samples, look: Look, at_s: float, facts: Facts) -> Iterator[Bounds | None]:
        """All that a series can have shown; None where it can have shown nothing."""
        surely_s = facts.stored_s(one.labels, look.began_s)
        if self.how in (NOW, AGE, BEHIND):
            yield from self._newest(one, at_s, min(at_s, surely_s), facts)
            return
        from_s, to_s = look.range_s
        length_s = rate_window_s(look, facts) if self.how == RATE else to_s - from_s
        yield from self._over(one, at_s, length_s, surely_s)

    def _newest(self, one: Samples, at_s: float, surely_s: float, facts: Facts) -> Iterator[Bounds | None]:
        """What its target's newest scrape can have brought: that which surely had ended, and each one after it."""
        asked = sorted(at for up in facts.samples("up") if _same_target(up, one) for at in up.times)
        newest = bisect_right(asked, at_s)
        told = dict(zip(one.times, one.values, strict=True))
        for sampled_s in asked[max(0, bisect_right(asked, surely_s) - 1) : newest]:
            if (number := told.get(sampled_s)) is None:
                yield None
                continue
            shown = {NOW: number, AGE: at_s - number, BEHIND: sampled_s - number}[self.how]
            yield shown, shown

    def _over(self, one: Samples, at_s: float, length_s: float, surely_s: float) -> Iterator[Bounds]:
        for first, last in windows(one.times, at_s, length_s, surely_s):
            times, values = one.times[first:last], one.values[first:last]
            if self.how == CHANGES:
                count = float(sum(after != before for before, after in pairwise(values)))
                yield count, count
            elif len(times) > 1:
                grown = gained(values)
                low, high = scale(times, at_s, length_s, values[0], grown)
                per_s = length_s if self.how == RATE else 1.0
                yield grown * low / per_s, grown * high / per_s


def _same_target(up: Samples, one: Samples) -> bool:
    return all(one.labels.get(name) == value for name, value in up.labels.items())


def _hull(bounds: list[Bounds]) -> Bounds:
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _share(part: Bounds, whole: Bounds) -> Bounds:
    return part[0] / whole[1], part[1] / whole[0]
