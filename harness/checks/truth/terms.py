"""Who held the lead when, and how often it changed, by the record that decides it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.checks.truth.beside import NAME, Right, alone, newest
from harness.checks.truth.facts import Facts, Row
from harness.checks.truth.levels import Way, of_field
from harness.checks.truth.looks import Look, Value
from harness.checks.truth.promise import Compared
from harness.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where terms stand: rows of a kind, each with a number that grows, a holder, and the time when it began."""

    rows: str
    number: str
    holder: str
    from_s: str = "from_s"

    def of(self, facts: Facts) -> list[Row]:
        """All terms, in the order in which they began.

        Raises:
            EvidenceError: there is none.
        """
        found = facts.once(self, lambda: sorted(facts.rows(self.rows), key=lambda row: row.number(self.from_s)))
        if not found:
            raise EvidenceError(f"final.jsonl has no row of {self.rows}: nobody ever held it")
        return found

    def during(self, from_s: float, until_s: float, facts: Facts) -> Sequence[Row]:
        """The terms that were the newest at some moment of a window."""
        rows = self.of(facts)
        starts = [row.number(self.from_s) for row in rows]
        return rows[max(0, bisect_right(starts, from_s) - 1) : bisect_right(starts, until_s)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderNamed:
    """A panel names who holds it; two names while it passes from one to the other are both right.

    Args:
        board, panel, ref: which query.
        terms: who held it when.
        way: how it gets onto the panel.
        label: the label that names the holder, "name" for the series' own name.
        field: in a table of fields and values, which field; empty for a panel of series.
        unless: as every promise has it.
    """

    board: str
    panel: str
    terms: Terms
    way: Way
    ref: str = "A"
    label: str = NAME
    field: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Each name that is shown beside those that were right."""
        if self.field:
            fields, values = look.columns.get("Field"), look.columns.get("Value")
            lines = dict(zip(fields.first, values.first, strict=False)) if fields and values else {}
            yield self._beside(lines.get(self.field, "nothing"), None, look, facts)
            return
        for value in look.values:
            shown = value.name if self.label == NAME else value.labels.get(self.label, "nothing")
            yield self._beside(shown, value, look, facts)

    def _beside(self, shown: str, value: Value | None, look: Look, facts: Facts) -> Compared:
        rows = self.terms.during(*self.way.window(look, value, facts), facts)
        names = tuple(dict.fromkeys(row.word(self.terms.holder) for row in rows))
        return Compared(shown=shown, allowed=names, by=", ".join(row.place for row in rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class TermNumber:
    """A panel shows the number of the term.

    Args:
        board, panel, ref: which query.
        terms: which term was when.
        way: how it gets onto the panel.
        field: in a table of fields and values, which field; empty for a panel of one number.
        unless: as every promise has it.
    """

    board: str
    panel: str
    terms: Terms
    way: Way
    ref: str = "A"
    field: str = ""
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The number beside those of the window in which it was read."""

        def right(value: Value | None) -> Right:
            rows = self.terms.during(*self.way.window(look, value, facts), facts)
            numbers = [row.number(self.terms.number) for row in rows]
            return Right(
                lower=min(numbers, default=None),
                upper=max(numbers, default=None),
                by=", ".join(row.place for row in rows),
            )

        return of_field(look, self.field, right(None)) if self.field else alone(look, right, newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsGained:
    """How many terms began in a window before the moment, as those who look at the record each scrape can see.

    What began before the first scrape was never seen to change.

    Args:
        board, panel, ref: which query.
        terms: which term was when.
        window_s: how far the panel looks back, real s.
        way: how it gets onto the panel.
        unless: as every promise has it.
    """

    board: str
    panel: str
    terms: Terms
    window_s: float
    way: Way
    ref: str = "A"
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """The number beside the difference of the terms at both ends."""

        def right(value: Value) -> Right:
            from_s, until_s = self.way.window(look, value, facts)
            length_s = until_s - from_s
            scrapes = [facts.scrapes(name)[0] for name in facts.record.expected.services if facts.scrapes(name)]
            seen_s = max(until_s - self.window_s, min(scrapes, default=until_s))
            last = [row.number(self.terms.number) for row in self.terms.during(from_s, until_s, facts)]
            rows = self.terms.of(facts)
            first = [
                row.number(self.terms.number)
                for row in self.terms.during(seen_s - length_s, seen_s + length_s, facts) or rows[:1]
            ]
            least, most = min(last, default=0.0) - max(first), max(last, default=0.0) - min(first)
            return Right(lower=max(0.0, least), upper=max(0.0, most), by=f"final.jsonl ({self.terms.rows})")

        return alone(look, right, newest)
