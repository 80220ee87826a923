"""The frames of a made-up run: four panels as they were healthy, with Redis gone, and after it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from harness.recorded import Phase

Line = tuple[float, str, dict[str, Any]]
_STEPS = [{"color": "green", "value": None}, {"color": "yellow", "value": 30}, {"color": "red", "value": 60}]
_UP = [{"type": "value", "options": {"0": {"text": "down", "color": "red"}, "1": {"text": "up", "color": "green"}}}]
_LOOKS: dict[int, tuple[str, str, dict[str, Any]]] = {
    1: ("Open Trades", "stat", {"fieldConfig": {"defaults": {"unit": "short"}}}),
    2: (
        "Age of the Live State",
        "timeseries",
        {
            "fieldConfig": {
                "defaults": {
                    "unit": "s",
                    "thresholds": {"mode": "absolute", "steps": _STEPS},
                    "custom": {"thresholdsStyle": {"mode": "line"}},
                }
            }
        },
    ),
    3: ("Recent Orders", "table", {"fieldConfig": {"defaults": {}}}),
    4: (
        "Services",
        "table",
        {
            "fieldConfig": {
                "defaults": {},
                "overrides": [
                    {"matcher": {"options": "Up"}, "properties": [{"id": "mappings", "value": _UP}]},
                    {
                        "matcher": {"id": "byName", "options": "Memory"},
                        "properties": [{"id": "unit", "value": "bytes"}],
                    },
                ],
            },
            "transformations": [
                {"id": "merge", "options": {}},
                {
                    "id": "organize",
                    "options": {
                        "renameByName": {"Value #A": "Up", "Value #B": "Memory"},
                        "excludeByName": {"Time": True},
                    },
                },
            ],
        },
    ),
    5: ("Nobody Loaded It", "stat", {}),
}


def frame_lines(phases: tuple[Phase, ...], gone_from_s: float | None) -> Iterator[Line]:
    """The looks of the panels, then what each held at the end of the baseline, of the hold, and after healing."""
    for number, (title, kind, look) in _LOOKS.items():
        board = {"board": "trade-state", "board_title": "Trade State", "panel": number, "title": title}
        yield phases[0].started_s, "look", {**board, "type": kind, "at": [number, 0], "look": look}
    for phase in phases:
        if phase.name in ("baseline", "hold", "recover"):
            yield from _moment(phase, broken=phase.name == "hold", gone_from_s=gone_from_s)
    yield phases[-1].ended_s, "end", {"viewer": 1}


def _moment(phase: Phase, *, broken: bool, gone_from_s: float | None) -> Iterator[Line]:
    asked_s = phase.ended_s - 1.0
    from_s = asked_s - 60
    for number, frames, error in (
        (1, [_frame("A", _field("Value", [7]))], "dial tcp: connection refused" if broken else ""),
        (2, [_ages(from_s, gone_from_s if broken else None)], ""),
        (3, [_orders()], ""),
        (4, list(_services(broken=broken)), ""),
    ):
        line = {
            "board": "trade-state",
            "panel": number,
            "title": _LOOKS[number][0],
            "source": "prometheus",
            "moment": phase.name,
            "asked_s": asked_s,
            "ms": 12.5,
            "http": 400 if error else 200,
            "error": "",
            "errors": {"A": error} if error else {},
            "from_s": from_s,
            "to_s": asked_s,
            "frames": [] if error else frames,
            "series": 1,
            "thinned": number == 3,
        }
        yield phase.ended_s, "panel", line


def _ages(from_s: float, gone_from_s: float | None) -> dict[str, Any]:
    times = [float(step) for step in range(61)]
    grown = [max(0.0, from_s + at - gone_from_s) if gone_from_s else 0.0 for at in times]
    ages = [round(1.5 + math.sin(at / 4) + more, 3) for at, more in zip(times, grown, strict=True)]
    other = [None if 20 < at < 30 else round(2 + math.cos(at / 5), 3) for at in times]
    return _frame(
        "A",
        _field("Time", times, kind="time"),
        _field("Value", ages, labels={"instance": "trading-1"}),
        _field("Value", other, labels={"instance": "trading-2"}),
    )


def _orders() -> dict[str, Any]:
    rows = range(10)
    fields = (
        _field("time", [50.0 - row for row in rows], kind="time"),
        _field("asset", [f"ASSET-{row}" for row in rows], kind="string"),
        _field("quantity", [row * 1.25 for row in rows]),
    )
    return _frame("A", *fields, rows=37)


def _services(*, broken: bool) -> Iterator[dict[str, Any]]:
    for number, name in enumerate(("redis", "trading-1", "trading-2")):
        up = 0 if broken and name == "redis" else 1
        time = _field("Time", [60.0], kind="time")
        yield _frame("A", time, _field("up", [up], labels={"job": name}))
        yield _frame("B", time, _field("Value", [(number + 1) * 2**24], labels={"job": name}))


def _frame(ref: str, *fields: dict[str, Any], rows: int | None = None) -> dict[str, Any]:
    return {"ref": ref, "rows": len(fields[0]["values"]) if rows is None else rows, "fields": list(fields)}


def _field(
    name: str, values: list[Any], *, kind: str = "number", labels: dict[str, str] | None = None
) -> dict[str, Any]:
    return {"name": name, "type": kind, "labels": labels or {}, "values": values}
