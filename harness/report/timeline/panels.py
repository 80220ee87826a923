"""Panels as viewers saw them: the slowest answer of each moment, and what each panel showed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT, Axis
from harness.report.timeline.lane import (
    CALM_BAR_PX,
    MOST_ROWS,
    ROW_BAR_PX,
    ROW_PX,
    Key,
    Lane,
    Series,
    Stretch,
    readable,
    row_title,
    span_bar,
)
from harness.report.timeline.log_scale import LOG_HEIGHT, grid, log_y
from harness.report.timeline.recorded import Span, collect, figure, hold_s, spans
from harness.report.timeline.svg import element, joined, line, text

PANEL_LIMIT_MS = 3000.0  # what a viewer is promised, healthy and during every fault
_STATES = ("answered", "slow", "empty", "error")
_BAR_PX = {"answered": CALM_BAR_PX, "slow": 9.0, "empty": ROW_BAR_PX, "error": ROW_BAR_PX}
_WORDS = {"answered": "answered", "slow": "over 3 s", "empty": "no value", "error": "error"}


@dataclass(slots=True)
class Panels:
    """What each panel showed when, and how long each answer took (ms)."""

    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    answers_ms: list[tuple[float, float]] = field(default_factory=list)
    errors_s: list[float] = field(default_factory=list)
    gap: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the panels stream."""
        if seen.kind != "panel":
            return
        took_ms, state = figure(seen.data["ms"]), _state(seen)
        at_s = figure(seen.wall_s) - took_ms / 1000  # when the viewer asked
        name = str(seen.data.get("title") or f"panel {seen.data['panel']}")
        self.states.setdefault(name, []).append((at_s, state))
        self.answers_ms.append((at_s, took_ms))
        if state == "error":
            self.errors_s.append(at_s)


def read_panels(history: History) -> Panels:
    """Read what the panel probe recorded."""
    panels = Panels()
    panels.gap = collect(history, Stream.PANELS, panels.take)
    return panels


def panel_latency_lane(panels: Panels, axis: Axis) -> Lane:
    """The slowest panel of each bin with the 3 s line; a cross above wherever a panel gave an error."""
    slowest: list[float | None] = [None] * axis.bins
    for at_s, took_ms in panels.answers_ms:
        if (index := axis.bin(at_s)) is not None:
            slowest[index] = max(took_ms, slowest[index] or 0.0)
    seen = [(x, log_y(took)) for x, took in zip(axis.bin_middles_x(), slowest, strict=True) if took is not None]
    if not seen:
        return Lane(name="panel-latency", title="Panel latency", gap=panels.gap, remark="no panel was looked at")
    dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in seen)
    return Lane(
        name="panel-latency",
        title="Panel latency",
        height=LOG_HEIGHT,
        body=grid()
        + _limit()
        + element("path", d=line(seen), cls="line panel")
        + element("path", d=dots, cls="dots panel")
        + _crosses(panels, axis),
        keys=(
            Key(cls="line panel", words="slowest panel"),
            Key(cls="line limit", words="3 s limit"),
            Key(cls="cross", words="✕ a panel showed an error"),
        ),
        gap=panels.gap,
        series=(Series(name="slowest panel", unit=" ms", values=tuple(slowest)),),
    )


def panel_state_lane(panels: Panels, axis: Axis) -> Lane:
    """One strip a panel: answered, too slow, without a value, or an error."""
    if not panels.states:
        return Lane(name="panels", title="Panels", gap=panels.gap, remark="no panel was looked at")
    shown = _most_troubled(panels.states)
    rows = {name: _readable(panels.states[name], axis) for name in shown}
    left_out = len(panels.states) - len(rows)
    return Lane(
        name="panels",
        title="Panels",
        height=len(rows) * ROW_PX,
        body=joined(_row(index, name, found, axis) for index, (name, found) in enumerate(rows.items())),
        keys=tuple(Key(cls=f"panel-{state}", words=_WORDS[state]) for state in _STATES),
        gap=panels.gap,
        remark=f"{left_out} more panels with less trouble are not drawn" if left_out else "",
        stretches=tuple(_troubles(rows)),
    )


def _state(seen: Observation) -> str:
    targets = seen.data.get("targets") or []
    failed = seen.data.get("error") or int(seen.data.get("http") or 0) >= 400
    if failed or any(target.get("error") for target in targets):
        return "error"
    if any(not target.get("non_null") for target in targets) or not targets:
        return "empty"
    return "slow" if float(seen.data["ms"]) > PANEL_LIMIT_MS else "answered"


def _readable(points: list[tuple[float, str]], axis: Axis) -> list[Span]:
    usual_s = hold_s((round(at_s) for at_s, _ in points), 1.5)  # rounded, as several viewers load a board at once
    return readable(spans(points, usual_s), axis, _STATES)


def _most_troubled(states: dict[str, list[tuple[float, str]]]) -> list[str]:
    """The panels that are drawn, in the order of the board; where there are too many, the worst of them."""
    if len(states) <= MOST_ROWS:
        return list(states)
    trouble = {name: sum(state != "answered" for _, state in points) for name, points in states.items()}
    worst = set(sorted(states, key=lambda name: -trouble[name])[:MOST_ROWS])
    return [name for name in states if name in worst]


def _limit() -> Markup:
    y = log_y(PANEL_LIMIT_MS) or 0.0
    rule = element("line", x1=PLOT_LEFT, x2=PLOT_RIGHT, y1=y, y2=y, cls="line limit")
    return rule + text(PLOT_RIGHT - 4, y - 3, "3 s", "limit-word", anchor="end")


def _crosses(panels: Panels, axis: Axis) -> Markup:
    middles = axis.bin_middles_x()
    hit = sorted({index for at_s in panels.errors_s if (index := axis.bin(at_s)) is not None})
    shape = "".join(f"M{middles[index] - 3:.1f} 2l6 6m0-6l-6 6" for index in hit)
    return element("path", d=shape, cls="cross") if shape else Markup("")


def _row(row: int, name: str, found: list[Span], axis: Axis) -> Markup:
    bars = (
        span_bar(
            row,
            span,
            axis,
            cls=f"panel-{span.state}",
            title=f"{name}: {_WORDS[span.state]}",
            height=_BAR_PX[span.state],
        )
        for span in found
    )
    return row_title(row, name) + joined(bars)


def _troubles(rows: dict[str, list[Span]]) -> Iterable[Stretch]:
    for name, found in rows.items():
        for span in found:
            if span.state != "answered":
                yield Stretch(words=f"{name}: {_WORDS[span.state]}", from_s=span.from_s, to_s=span.to_s)
