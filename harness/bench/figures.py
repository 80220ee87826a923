"""A figure with its target, and all of them as a table or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number.

    Args:
        what: what was measured.
        value, unit: the number.
        floor: the least that its own timing allows, in the same unit; None where there is none.
        target: what design asks for, in words.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    target: str = ""

    @property
    def times_floor(self) -> float | None:
        """How many times its floor the value is."""
        return self.value / self.floor if self.floor else None


def as_json(figures: Sequence[Figure]) -> str:
    """One JSON object with a list of figures."""
    return json.dumps({"figures": [{**asdict(one), "times_floor": one.times_floor} for one in figures]}, indent=1)


def as_table(figures: Sequence[Figure]) -> Table:
    """A table for a terminal."""
    table = Table("what", "measured", "floor", "x floor", "target")
    for one in figures:
        table.add_row(
            one.what,
            f"{one.value:.3g} {one.unit}" if abs(one.value) < 100 else f"{one.value:.0f} {one.unit}",
            "" if one.floor is None else f"{one.floor:.3g} {one.unit}",
            "" if one.times_floor is None else f"{one.times_floor:.2f}",
            one.target,
        )
    return table
