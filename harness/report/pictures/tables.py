"""A panel's table: the first rows, with several queries joined by their labels as a browser joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.pictures.look import Look, Words
from harness.report.pictures.recorded import Frame
from harness.report.pictures.units import with_unit
from harness.report.text import clock

MOST_ROWS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell, and the colour that the board gives it; empty for none."""

    words: str
    colour: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first rows of a table; `rows_in_all` is how many the panel had."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rows_in_all: int


def table_of(look: Look, frames: Sequence[Frame]) -> Table | None:
    """The table that the frames make; None where there is no row."""
    filled = [frame for frame in frames if frame.rows and frame.columns]
    if not filled:
        return None
    if any(column.labels for frame in filled for column in frame.columns):
        return _joined(look, filled)
    frame = filled[0]
    columns = [column for column in frame.columns if column.name not in look.hidden]
    head = tuple(look.renamed.get(column.name, column.name) for column in columns)
    kept = len(columns[0].values) if columns else 0
    rows = tuple(
        tuple(_cell(look, name, column.kind, column.values[row]) for name, column in zip(head, columns, strict=True))
        for row in range(min(kept, MOST_ROWS))
    )
    return Table(head=head, rows=rows, rows_in_all=frame.rows)


def _joined(look: Look, frames: Sequence[Frame]) -> Table:
    """A row for each set of labels that agrees as far as the queries share names; a column for each query."""
    lines: list[tuple[dict[str, str], dict[str, Any]]] = []
    for frame in frames:
        for column in frame.columns:
            if column.kind != "number" or not column.values:
                continue
            name = f"Value #{frame.ref}"
            line = next((one for one in lines if name not in one[1] and _agree(one[0], column.labels)), None)
            if line is None:
                lines.append(line := ({}, {}))
            line[0].update(column.labels)
            line[1][name] = column.values[-1]
    labels = [name for name in dict.fromkeys(key for line in lines for key in line[0]) if name not in look.hidden]
    values = [name for name in dict.fromkeys(key for line in lines for key in line[1]) if name not in look.hidden]
    shown = {name: look.renamed.get(name, name) for name in (*labels, *values)}
    rows = tuple(
        (
            *(_cell(look, shown[name], "string", line[0].get(name)) for name in labels),
            *(_cell(look, shown[name], "number", line[1].get(name)) for name in values),
        )
        for line in lines[:MOST_ROWS]
    )
    return Table(head=tuple(shown.values()), rows=rows, rows_in_all=len(lines))


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(one[key] == value for key, value in other.items() if key in one)


def _cell(look: Look, column: str, kind: str, value: Any) -> Cell:
    if value is None:
        return Cell(words="", is_number=kind == "number")
    if kind == "time":
        return Cell(words=clock(float(value)))
    if said := look.column_words.get(column, Words()).said(value) or look.words.said(value):
        return Cell(words=said[0], colour=said[1])
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = look.column_units.get(column, look.unit)
        return Cell(words=with_unit(value, unit), is_number=True)
    return Cell(words=str(value))
