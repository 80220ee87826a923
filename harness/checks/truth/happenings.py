"""Things that happened and were counted: each between two times, as nobody sees a commit from outside."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import inf

from harness.checks.truth.facts import CLIENT, Facts, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Happenings:
    """Which rows tell of them, and when each happened.

    Args:
        rows: a kind of the final stream, or "client" for accepted requests.
        at: the field with the time before which it did not happen; wall clock s.
        seen_by: fields with times by which it surely had happened; the earliest that is there counts.
        late_s: how much later than that others may have seen it.
        only: fields that must have these values.
        by: the field with the instance that did it.
        amount: the field that is summed; empty to count.
    """

    rows: str
    at: str = "at_s"
    seen_by: tuple[str, ...] = ()
    late_s: float = 0.0
    only: tuple[tuple[str, str], ...] = ()
    by: str = "by"
    amount: str = ""

    @property
    def told_by(self) -> str:
        """The stream that tells of them."""
        return "client.jsonl" if self.rows == CLIENT else f"final.jsonl ({self.rows})"

    def of(self, facts: Facts) -> list[Happened]:
        """All of them, in the order of `at`.

        Raises:
            EvidenceError: rows or fields are missing.
        """
        return facts.once(self, lambda: self._of(facts))

    def _of(self, facts: Facts) -> list[Happened]:
        rows = (row for row in facts.rows(self.rows) if all(row.word(name) == value for name, value in self.only))
        return sorted((self._one(row) for row in rows), key=lambda one: one.from_s)

    def _one(self, row: Row) -> Happened:
        at_s = row.number(self.at)
        known = (name for name in self.seen_by if row.known(name))
        by_s = min((row.number(name) for name in known), default=inf) + self.late_s
        # The two times may be of two clocks, each a little behind the other.
        return Happened(
            from_s=at_s, by_s=max(at_s, by_s), amount=row.number(self.amount) if self.amount else 1.0, row=row
        )

    def course(self, facts: Facts) -> Course:
        """All of them with their running sums."""
        return facts.once((self, "course"), lambda: Course.of(self.of(facts)))

    def times(self, facts: Facts, instance: str) -> Times:
        """Those of one instance, to be counted."""
        return facts.once((self, instance), lambda: self._times(facts, instance))

    def _times(self, facts: Facts, instance: str) -> Times:
        own = [one for one in self.of(facts) if one.row.word(self.by) == instance]
        return Times(starts=tuple(one.from_s for one in own), ends=tuple(sorted(one.by_s for one in own)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One of them: not before `from_s`, surely by `by_s`; wall clock s."""

    from_s: float
    by_s: float
    amount: float
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Both times of many, each sorted."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]

    def count(self, from_s: float, until_s: float) -> tuple[int, int]:
        """The least and the most that there can have been by `until_s` and had not been by `from_s`."""
        return max(0, self.least(until_s) - self.most(from_s)), max(0, self.most(until_s) - self.least(from_s))

    def least(self, at_s: float) -> int:
        """How many there surely were."""
        return bisect_right(self.ends, at_s)

    def most(self, at_s: float) -> int:
        """How many there can have been."""
        return bisect_right(self.starts, at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Many in their order, with their running sums: at each moment those that happened are the first so many."""

    happened: tuple[Happened, ...]
    starts: tuple[float, ...]
    surely: tuple[float, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, happened: list[Happened]) -> Course:
        """The course of these, which are in the order of their earliest times."""
        return cls(
            happened=tuple(happened),
            starts=tuple(one.from_s for one in happened),
            surely=tuple(accumulate((one.by_s for one in happened), max)),
            sums=tuple(accumulate((one.amount for one in happened), initial=0.0)),
        )

    def lengths(self, from_s: float, until_s: float) -> tuple[int, int]:
        """The fewest and the most that can have happened at one moment of a window."""
        most = bisect_right(self.starts, until_s)
        return min(bisect_right(self.surely, from_s), most), most

    def between(self, from_s: float, until_s: float) -> tuple[float, float]:
        """The least and the most that their amounts can have summed up to at one moment of a window."""
        fewest, most = self.lengths(from_s, until_s)
        return min(self.sums[fewest : most + 1]), max(self.sums[fewest : most + 1])

    def within(self, from_s: float, until_s: float) -> tuple[Happened, ...]:
        """Those whose earliest time is in a window."""
        return self.happened[bisect_left(self.starts, from_s) : bisect_right(self.starts, until_s)]
