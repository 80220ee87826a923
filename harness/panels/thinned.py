"""The frames of an answer, small enough to be kept for a picture: fewer points, fewer series, the first rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_POINTS = 200  # of a series; a small picture has fewer pixels than that
MOST_SERIES = 20
MOST_ROWS = 10  # of a table
MOST_FACTS = 40  # frames of one query of a table: each is a row, or part of one, and they have to fit together
MOST_COLUMNS = 30
LONGEST_TEXT = 120
_DIGITS = 9
_ENDLESS = {"NaN": "NaN", "Inf": "+Inf", "NegInf": "-Inf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """What is kept of an answer, as data for a line of evidence.

    Args:
        frames: each {`ref`, `rows` (that there were), `fields` [{`name`, `type`, `labels`, `values`}]}; times are
            s after the start of the asked range; NaN and infinite values are words.
        errors: what Grafana said instead, by query.
        series: how many columns of numbers there were in all.
        thinned: whether anything is left out.
    """

    frames: tuple[Mapping[str, Any], ...]
    errors: Mapping[str, str]
    series: int
    thinned: bool


def thinned(body: object, *, from_ms: int, is_table: bool) -> Thinned:
    """What of an answer of /api/ds/query is kept.

    Args:
        body: the decoded JSON.
        from_ms: start of the asked range, ms since the epoch.
        is_table: first rows are kept; otherwise points spread evenly, with the last of each series.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: a frame is damaged.
    """
    results = (body.get("results") if isinstance(body, Mapping) else None) or {}
    errors = {str(ref): str(one["error"])[:500] for ref, one in results.items() if one.get("error")}
    kept: list[Mapping[str, Any]] = []
    series, left_out = 0, False
    for ref, result in results.items():
        frames = [frame for frame in result.get("frames") or [] if frame["schema"]["fields"]]
        for number, frame in enumerate(frames):
            numbers = sum(field["type"] == "number" for field in frame["schema"]["fields"])
            series += numbers
            if number >= MOST_FACTS if is_table else series - numbers >= MOST_SERIES:
                left_out = True
                continue
            one = _frame(str(ref), frame, from_ms, is_table=is_table)
            left_out |= one["rows"] > max((len(field["values"]) for field in one["fields"]), default=0)
            left_out |= len(one["fields"]) < len(frame["schema"]["fields"])
            kept.append(one)
    return Thinned(frames=tuple(kept), errors=errors, series=series, thinned=left_out)


def _frame(ref: str, frame: Mapping[str, Any], from_ms: int, *, is_table: bool) -> dict[str, Any]:
    described, columns = frame["schema"]["fields"], frame["data"]["values"]
    odd = _endless(frame["data"].get("entities") or [])
    rows = max((len(column) for column in columns), default=0)
    picked = list(range(min(rows, MOST_ROWS))) if is_table else _spread(rows, described, columns)
    fields = []
    for index, (field, column) in enumerate(zip(described, columns, strict=True)):
        if index >= MOST_COLUMNS:
            break
        fields.append(
            {
                "name": str((field.get("config") or {}).get("displayNameFromDS") or field.get("name") or "")[:200],
                "type": str(field["type"]),
                "labels": {str(key): str(value)[:LONGEST_TEXT] for key, value in (field.get("labels") or {}).items()},
                "values": [_value(odd.get((index, row), column[row]), field["type"], from_ms) for row in picked],
            }
        )
    return {"ref": ref, "rows": rows, "fields": fields}


def _spread(rows: int, described: Sequence[Mapping[str, Any]], columns: Sequence[Sequence[Any]]) -> list[int]:
    """Rows at even distances, with the first, the last, and the last that says something in each column of numbers."""
    if rows <= MOST_POINTS:
        return list(range(rows))
    picked = {round(step * (rows - 1) / (MOST_POINTS - 1)) for step in range(MOST_POINTS)}
    for field, column in zip(described, columns, strict=True):
        if field["type"] == "number":
            picked.update(next(([row] for row in reversed(range(rows)) if column[row] is not None), []))
    return sorted(picked)


def _endless(entities: Sequence[Any]) -> dict[tuple[int, int], str]:
    """What is null in the values and was no null, by column and row."""
    return {place: word for index, odd in enumerate(entities) for place, word in _words(index, odd or {})}


def _words(index: int, odd: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[int, int], str]]:
    for name, word in _ENDLESS.items():
        for row in odd.get(name) or ():
            yield (index, int(row)), word


def _value(value: Any, kind: str, from_ms: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if kind == "time":
        return round((value - from_ms) / 1000, 3)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else str(value)
    return str(value)[:LONGEST_TEXT]
