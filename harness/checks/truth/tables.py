"""Tables of the newest rows: each is one that was written, the newest comes first, and none between is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.checks.truth.facts import Facts
from harness.checks.truth.happenings import Happened, Happenings
from harness.checks.truth.looks import Look
from harness.checks.truth.promise import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Which rows a table can show: what happened, the field with the name that the table shows, and its order."""

    of: Happenings
    name: str
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestFirst:
    """A table shows the newest rows, newest first.

    What surely was written before it was read and is newer than the oldest row that it shows has to be in it.

    Args:
        board, panel, ref: which query.
        listed: what it can show.
        column: the column with the names.
        most: how many rows it shows at most.
        unless: as every promise has it.
    """

    board: str
    panel: str
    listed: tuple[Listed, ...]
    column: str
    most: int
    ref: str = "A"
    unless: tuple[str, ...] = ()

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """Its number of rows, whether they are known, in their order and without a gap."""
        known = facts.once(self, lambda: self._known(facts))
        sure = [name for name, (one, _) in known.items() if one.by_s <= look.began_s]
        if len(sure) < self.most:
            return  # it may show what was there before the run as well, which nobody has read
        column = look.columns.get(self.column)
        if column is None:
            yield Compared(shown="nothing", allowed=(f"a column {self.column}",))
            return
        yield Compared(shown=float(column.rows), lower=float(self.most), upper=float(self.most), series="its rows")
        if unknown := [name for name in column.first if name not in known or known[name][0].from_s > look.ended_s]:
            yield Compared(shown=unknown[0], allowed=("what was written by then",))
            return
        orders = [known[name][1] for name in column.first]
        if orders != sorted(orders, reverse=True):
            yield Compared(shown="another order", allowed=("newest first",), by=known[column.first[0]][0].row.place)
            return
        shown, oldest = set(column.first), orders[-1]
        missing = [name for name in sure if known[name][1] > oldest and name not in shown]
        told = missing[0] if missing else column.first[0]
        yield Compared(
            shown=f"not {told}" if missing else told,
            allowed=() if missing else (told,),
            series="the newest",
            by=known[told][0].row.place,
        )

    def _known(self, facts: Facts) -> dict[str, tuple[Happened, float]]:
        """Each row that it can show, and its place in the order."""
        return {
            one.row.word(listed.name): (one, one.row.number(listed.order))
            for listed in self.listed
            for one in listed.of.of(facts)
        }
