"""Means, extremes and sums of what happened in a time range, where it is not quite known what was in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor

from harness.checks.truth.beside import Right, alone, named, newest, strangers, total
from harness.checks.truth.facts import Facts
from harness.checks.truth.happenings import Happened, Happenings
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.promise import Compared

MEAN, GREATEST, SUM = "mean", "greatest", "sum"
END_S = 1e-6  # what happened at an interval's end belongs to the next one; databases count in microseconds


def bounds(how: str, sure: Sequence[float], maybe: Sequence[float]) -> tuple[float, float] | None:
    """The least and the most that a figure of all of `sure` and any of `maybe` can be; None where it can be of nothing.

    The greatest mean takes what may be in it from the greatest down, as long as that raises it.
    """
    if how == SUM:
        return sum(sure) + sum(min(0.0, one) for one in maybe), sum(sure) + sum(max(0.0, one) for one in maybe)
    if not sure and not maybe:
        return None
    if how == GREATEST:
        return max(sure) if sure else min(maybe), max([*sure, *maybe])
    return -_greatest_mean([-one for one in sure], [-one for one in maybe]), _greatest_mean(sure, maybe)


def _greatest_mean(sure: Sequence[float], maybe: Sequence[float]) -> float:
    sum_of, count = sum(sure), len(sure)
    for one in sorted(maybe, reverse=True):
        if count and one * count <= sum_of:
            break
        sum_of, count = sum_of + one, count + 1
    return sum_of / count


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRange:
    """A figure of all that a table holds of the board's time range, or of its newest interval.

    What happened on the edges of the range, or was not surely in the table yet, may be in the figure or not.

    Args:
        board, panel, ref: which query.
        of: what happened, with its amount.
        how: "mean", "greatest" or "sum".
        newest_interval: only the interval of the newest point; else the whole range, of a series the sum of its points.
        grain_s: the table keeps times, and is asked for times, cut to so much; 0 where it knows them as well as we do.
        group: the field whose values tell series apart; empty for one series.
        label: the series' label with that value, "name" for its own name.
        series: which of several series; empty for the only one, or for all with a `group`.
        unless: as every promise has it.
    """

    board: str
    panel: str
    of: Happenings
    how: str
    ref: str = "A"
    newest_interval: bool = False
    grain_s: float = 0.0
    group: str = ""
    label: str = "name"
    series: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Each series beside what can be right for it."""
        number = newest if self.newest_interval or self.how == MEAN else total
        if self.series:
            own = next((value for value in look.values if value.name == self.series), None)
            found = self._right(look, own, facts, "") if own else self._nothing
            return named(look, {(self.series,): found} if found else {}, ("name",), number)
        if not self.group:
            return alone(look, lambda value: self._right(look, value, facts, ""), number)
        known = frozenset((one.row.word(self.group),) for one in self.of.of(facts))
        rights: dict[tuple[str, ...], Right] = {}
        for value in look.values:
            key = (value.name if self.label == "name" else value.labels.get(self.label, ""),)
            if key in known and (right := self._right(look, value, facts, key[0])):
                rights[key] = right
        if not self.newest_interval:
            owed = ((name,) for name in self._owed(look, facts))
            rights |= {key: self._nothing for key in owed if key not in rights}
        return [*named(look, rights, (self.label,), number), *strangers(look, known, (self.label,))]

    def _owed(self, look: Look, facts: Facts) -> set[str]:
        """The groups of which something surely is in the range."""
        from_s, to_s = self._range(look)
        sure, _ = self._split(self.of.course(facts).within(from_s, to_s), look)
        return {one.row.word(self.group) for one in sure}

    def _right(self, look: Look, value: Value, facts: Facts, group: str) -> Right | None:
        if self.newest_interval and look.moment_s(value) < look.range_s[0]:
            return None  # the range cuts it, at a place that only the panel knows
        from_s, to_s = self._span(look, value)
        course = self.of.course(facts)
        near = [one for one in course.within(from_s, to_s) if not group or one.row.word(self.group) == group]
        sure, maybe = self._split(near, look)
        found = bounds(self.how, [one.amount for one in sure], [one.amount for one in maybe])
        by = f"{self.of.told_by}: {near[0].row.place} to {near[-1].row.place}" if near else self.of.told_by
        return Right(lower=found[0], upper=found[1], by=by) if found else self._nothing

    @property
    def _nothing(self) -> Right:
        return Right(lower=None, upper=None, by=self.of.told_by)

    def _span(self, look: Look, value: Value) -> tuple[float, float]:
        if not self.newest_interval:
            return self._range(look)
        at_s = look.moment_s(value)
        return at_s, at_s + look.load.interval_s - END_S

    def _range(self, look: Look) -> tuple[float, float]:
        """The board's range as the table knows times: with whole seconds all of its first and of its last one."""
        from_s, to_s = look.range_s
        if not self.grain_s:
            return from_s, to_s
        return floor(from_s / self.grain_s) * self.grain_s, (floor(to_s / self.grain_s) + 1) * self.grain_s - END_S

    @staticmethod
    def _split(near: Iterable[Happened], look: Look) -> tuple[list[Happened], list[Happened]]:
        """Those that surely were in the table, and those that may have been."""
        sure = [one for one in near if one.by_s <= look.began_s]
        return sure, [one for one in near if one.by_s > look.began_s and one.from_s <= look.ended_s]
