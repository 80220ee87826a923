"""The series of a shot: names, points, and each as one number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.report.pictures.recorded import Column, Frame

Point = tuple[float, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A named row of points: s since the epoch, or None where there is no clock, and the value; None for a hole.

    `odd` is the word for the newest value where that is no finite number, for example NaN.
    """

    name: str
    points: tuple[Point, ...]
    odd: str = ""

    def reduced(self, calc: str) -> float | None:
        """The series as one number, as the panel asks for it; None where it has none.

        Args:
            calc: Grafana's name of the reduction; one that is not known is the newest value.
        """
        values = [value for _, value in self.points if value is not None]
        if not values:
            return None
        if calc == "last":
            return self.points[-1][1]
        known: dict[str, float] = {
            "max": max(values),
            "min": min(values),
            "sum": sum(values),
            "mean": sum(values) / len(values),
            "count": float(len(values)),
            "first": values[0],
            "firstNotNull": values[0],
        }
        return known.get(calc, values[-1])


def series_of(frames: Iterable[Frame]) -> list[Series]:
    """Every column of numbers as a series."""
    return [one for frame in frames for one in _of_frame(frame)]


def texts_of(frames: Iterable[Frame]) -> list[str]:
    """The newest text of every column of texts: what a number's panel shows of an answer without numbers."""
    return [
        str(column.values[-1])
        for frame in frames
        for column in frame.columns
        if column.kind == "string" and column.values and column.values[-1] not in (None, "")
    ]


def _of_frame(frame: Frame) -> Iterator[Series]:
    clock = next((column for column in frame.columns if column.kind == "time"), None)
    for column in frame.columns:
        if column.kind != "number":
            continue
        times = clock.values if clock else range(len(column.values))
        points = [
            (float(at), float(value) if isinstance(value, int | float) else None)
            for at, value in zip(times, column.values, strict=True)
            if at is not None
        ]
        newest = column.values[-1] if column.values else None
        yield Series(name=_name(column), points=tuple(points), odd=newest if isinstance(newest, str) else "")


def _name(column: Column) -> str:
    """The name that Grafana gives: a legend's own, else the only label, else name and labels."""
    if column.name not in ("", "Value") and not column.labels:
        return column.name
    if len(column.labels) == 1 and column.name in ("", "Value"):
        return next(iter(column.labels.values()))
    if column.name not in ("", "Value") and _is_legend(column):
        return column.name
    labels = ", ".join(f'{key}="{value}"' for key, value in column.labels.items() if key != "__name__")
    return f"{column.name or 'Value'} {{{labels}}}" if labels else column.name or "Value"


def _is_legend(column: Column) -> bool:
    """A name that is neither that of the metric nor of a column is one that a legend was written for."""
    return column.name != column.labels.get("__name__")
