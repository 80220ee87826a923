"""What stands at a moment: a sum so far, how many things are held, how many wait."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from harness.checks.truth.beside import Right, alone, newest
from harness.checks.truth.facts import Facts
from harness.checks.truth.happenings import Happenings
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.promise import Compared

# A quantity that is as small is the rest of a sum of floats.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a state gets from the database onto a panel, and so how old what is shown can be.

    Args:
        settings: timings of the run that lie in between, for example how often the state is written.
        scraped: whether Prometheus is in between; then up to a scrape interval more, and the time is the point's own.
    """

    settings: tuple[str, ...] = ()
    scraped: bool = False

    def window(self, look: Look, value: Value | None, facts: Facts) -> tuple[float, float]:
        """From when until when the state can have been read that is shown, wall clock s."""
        lag_s = sum(facts.setting(name) for name in self.settings) + facts.allowance_s
        if not self.scraped or value is None:
            return look.began_s - lag_s, look.ended_s
        at_s = look.moment_s(value)
        return at_s - facts.scrape_s - lag_s, at_s + facts.allowance_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SumSoFar:
    """The sum of all that happened so far: a profit, a count.

    Args:
        board, panel, ref: which query.
        of: what happened.
        way: how it gets onto the panel.
        field: in a table of fields and values, which field; empty for a panel of one number.
        unless: as every promise has it.
    """

    board: str
    panel: str
    of: Happenings
    way: Way
    ref: str = "A"
    field: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The value beside every sum of the window in which it was read."""

        def right(value: Value | None) -> Right:
            least, most = self.of.course(facts).between(*self.way.window(look, value, facts))
            return Right(lower=least, upper=most, by=self.of.told_by)

        return of_field(look, self.field, right(None)) if self.field else alone(look, right, newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """In how many groups the sum so far is not zero: open positions.

    Args:
        board, panel, ref: which query.
        of: what happened; its amount is what is held.
        group: the field that tells groups apart.
        way, field, unless: as of `SumSoFar`.
    """

    board: str
    panel: str
    of: Happenings
    group: str
    way: Way
    ref: str = "A"
    field: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The value beside every count of the window in which it was read."""
        counts = facts.once((self.of, self.group), lambda: self._counts(facts))

        def right(value: Value | None) -> Right:
            fewest, most = self.of.course(facts).lengths(*self.way.window(look, value, facts))
            seen = counts[fewest : most + 1]
            return Right(lower=min(seen), upper=max(seen), by=self.of.told_by)

        return of_field(look, self.field, right(None)) if self.field else alone(look, right, newest)

    def _counts(self, facts: Facts) -> list[int]:
        """How many groups hold something after the first so many."""
        held: dict[str, float] = defaultdict(float)
        counts = [0]
        for one in self.of.of(facts):
            held[one.row.word(self.group)] += one.amount
            counts.append(sum(abs(amount) > NOTHING for amount in held.values()))
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many came and have not gone: a queue.

    Args:
        board, panel, ref: which query.
        came, gone: what happened; both tell of the same things by the field `id`.
        key: the field by which they are the same.
        way, field, unless: as of `SumSoFar`.
    """

    board: str
    panel: str
    came: Happenings
    gone: Happenings
    way: Way
    key: str = "id"
    ref: str = "A"
    field: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The value beside every length of the queue in the window in which it was read."""
        stays = facts.once((self.came, self.gone, self.key), lambda: self._stays(facts))

        def right(value: Value | None) -> Right:
            least, most = stays.between(*self.way.window(look, value, facts))
            return Right(lower=least, upper=most, by=f"{self.came.told_by}, {self.gone.told_by}")

        return of_field(look, self.field, right(None)) if self.field else alone(look, right, newest)

    def _stays(self, facts: Facts) -> Stays:
        gone = {one.row.word(self.key): one for one in self.gone.of(facts)}
        least, most = Counter[float](), Counter[float]()
        for one in self.came.of(facts):
            left = gone.get(one.row.word(self.key))
            most[one.from_s] += 1
            least[one.by_s] += 1
            if left is not None:
                # What goes has come: the earliest that it can have gone ends the least, the latest the most.
                least[max(left.from_s, one.by_s)] -= 1
                most[left.by_s] -= 1
        return Stays(least=Steps.of(least), most=Steps.of(most))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A number that changes at known times; wall clock s."""

    times: tuple[float, ...]
    levels: tuple[float, ...]

    @classmethod
    def of(cls, changes: Counter[float]) -> Steps:
        """From by how much it changes when."""
        times = sorted(changes)
        return cls(times=tuple(times), levels=(0.0, *accumulate(float(changes[at]) for at in times)))

    def during(self, from_s: float, until_s: float) -> tuple[float, ...]:
        """Every level of a window, with that at its beginning."""
        return self.levels[bisect_right(self.times, from_s) : bisect_right(self.times, until_s) + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """The least and the most that can have waited at each moment."""

    least: Steps
    most: Steps

    def between(self, from_s: float, until_s: float) -> tuple[float, float]:
        """The least and the most at any moment of a window."""
        return max(0.0, min(self.least.during(from_s, until_s))), max(self.most.during(from_s, until_s))


def of_field(look: Look, name: str, right: Right) -> Iterable[Compared]:
    """One line of a table of fields and values, as Redis' hashes are shown."""
    fields, values = look.columns.get("Field"), look.columns.get("Value")
    lines = dict(zip(fields.first, values.first, strict=False)) if fields and values else {}
    if name not in lines:
        return [Compared(shown="nothing", allowed=("a value",), series=name, by=right.by)]
    try:
        number = float(lines[name])
    except ValueError:
        return [Compared(shown=lines[name], allowed=("a number",), series=name, by=right.by)]
    return [Compared(shown=number, lower=right.lower, upper=right.upper, series=name, by=right.by)]
