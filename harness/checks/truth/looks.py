"""What one query of a panel showed in one load, and when that was true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.checks.panel_log import PanelLoad
from harness.checks.reading import finite
from harness.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The newest number of one series.

    Args:
        name, labels: of the series.
        number: the value.
        at_s: when it was true by the panel's own time, wall clock s; None where it tells none.
        total: the sum of all numbers of the series.
    """

    name: str
    labels: Mapping[str, str]
    number: float
    at_s: float | None
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The first words of a column and how many rows it has."""

    first: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One query of one load.

    Args:
        load: of the panel.
        values: the series that it showed.
        columns: the words that it showed, by column.
    """

    load: PanelLoad
    values: tuple[Value, ...]
    columns: Mapping[str, Column]

    @property
    def began_s(self) -> float:
        """Nothing that it shows was read before."""
        return self.load.began_s

    @property
    def ended_s(self) -> float:
        """Nothing that it shows was read after."""
        return self.load.ended_s

    @property
    def range_s(self) -> tuple[float, float]:
        """The board's time range.

        Raises:
            EvidenceError: it was not recorded.
        """
        if not self.load.to_s:
            raise EvidenceError(f"{self.load.place} does not say which time range the board asked for")
        return self.load.from_s, self.load.to_s

    def moment_s(self, value: Value) -> float:
        """The time for which Prometheus answered: that of the point, which may be older than the load.

        Raises:
            EvidenceError: it was not recorded.
        """
        if value.at_s is None:
            raise EvidenceError(f"{self.load.place} does not say for which time it shows {value.name}")
        return value.at_s


def look_at(load: PanelLoad, ref: str) -> Look | None:
    """What a query of a load showed; None where it has an error or nothing to show.

    Raises:
        EvidenceError: a number in it is none.
    """
    target = next((one for one in load.targets if str(one.get("ref")) == ref), None)
    if target is None or load.errors or not target.get("non_null"):
        return None
    return Look(
        load=load,
        values=tuple(_value(one, load.place) for one in target.get("values") or ()),
        columns={
            str(one["name"]): Column(first=tuple(map(str, one["first"])), rows=int(one["rows"]))
            for one in target.get("words") or ()
        },
    )


def _value(one: Mapping[str, Any], place: str) -> Value:
    number = finite(one["value"], f"{place}: a value")
    return Value(
        name=str(one["name"]),
        labels={str(name): str(label) for name, label in dict(one.get("labels") or {}).items()},
        number=number,
        at_s=None if one.get("at_s") is None else finite(one["at_s"], f"{place}: at_s", at_least=0.0),
        total=finite(one.get("total", number), f"{place}: total"),
    )
