"""Series over time: lines, the lines of thresholds, and the faults as shaded windows behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.recorded import FaultWindow
from harness.report.pictures.look import Look
from harness.report.pictures.recorded import Shot
from harness.report.pictures.series import Series
from harness.report.pictures.units import with_unit
from harness.report.text import clock, counted, cut
from harness.report.timeline.svg import element, joined, line, text

WIDTH, HEIGHT = 360.0, 168.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 354.0, 8.0, 146.0
_COLOURS, _PATTERNS = 8, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Seconds and values to pixels."""

    from_s: float
    to_s: float
    low: float
    high: float

    def x(self, at_s: float) -> float:
        """The pixel of a moment; what is outside is drawn at the edge."""
        share = (at_s - self.from_s) / (self.to_s - self.from_s)
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        """The pixel of a value."""
        return _BOTTOM - (_BOTTOM - _TOP) * (value - self.low) / (self.high - self.low)


def curves(title: str, look: Look, shot: Shot, series: Sequence[Series], faults: Sequence[FaultWindow]) -> Markup:
    """The drawing.

    Args:
        title: of the panel and the moment, for those who hear the page.
        look: unit and thresholds.
        shot: gives the range of time.
        series: with at least one number among them.
        faults: when something was broken.
    """
    values = [value for one in series for _, value in one.points if value is not None]
    low, high = _range(min(values), max(values))
    scale = _Scale(from_s=shot.from_s, to_s=shot.to_s, low=low, high=high)
    shades = [_shade(window, scale) for window in faults if _shown(window, scale)]
    lines = [_line(one, index, scale) for index, one in enumerate(series)]
    return element(
        "svg",
        element("title", title)
        + element("desc", _described(look, scale, series, shades))
        + joined(shades)
        + _grid(scale, look)
        + _limits(scale, look)
        + joined(lines),
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        cls="curves",
        role="img",
    )


def stroke(index: int) -> str:
    """The classes of a series' line: eight colours, then the same with strokes, then with dots."""
    return f"c{index % _COLOURS} d{index // _COLOURS % _PATTERNS}"


def limits(look: Look) -> list[tuple[str, str]]:
    """The thresholds that are drawn as lines: colour and words."""
    steps = look.steps if look.lines else ()
    return [(step.colour, f"from {with_unit(step.value, look.unit)}") for step in steps if step.value is not None]


def _range(low: float, high: float) -> tuple[float, float]:
    """The values between which is drawn: with zero where that is near, never without height."""
    if (low >= 0 and low < high / 2) or low == high >= 0:
        low = 0.0
    largest = max(abs(low), abs(high))
    if high - low <= max(largest * 1e-12, 1e-300):  # less than a float can be told apart by in steps
        low, high = low - max(1.0, largest / 10) if low else 0.0, high + max(1.0, largest / 10)
    room = (high - low) * 0.06
    if not math.isfinite(room):
        raise ValueError(f"from {low} to {high} is no range that can be drawn")
    return (low if low == 0 else low - room), high + room


def _grid(scale: _Scale, look: Look) -> Markup:
    drawn = []
    for value in _ticks(scale.low, scale.high):
        y = scale.y(value)
        drawn.append(element("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, cls="grid"))
        drawn.append(text(_LEFT - 5, y + 4, cut(with_unit(value, look.unit), 11), "scale", anchor="end"))
    drawn.append(text(_LEFT, HEIGHT - 6, clock(scale.from_s)[:-2], "scale", anchor="start"))
    drawn.append(text(_RIGHT, HEIGHT - 6, clock(scale.to_s)[:-2], "scale", anchor="end"))
    return joined(drawn)


def _ticks(low: float, high: float) -> list[float]:
    """Two to five round values between both ends."""
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, min(last, first + 6) + 1)]


def _limits(scale: _Scale, look: Look) -> Markup:
    return joined(
        element("line", x1=_LEFT, x2=_RIGHT, y1=scale.y(step.value), y2=scale.y(step.value), cls=f"limit {step.colour}")
        for step in (look.steps if look.lines else ())
        if step.value is not None and scale.low <= step.value <= scale.high
    )


def _line(series: Series, index: int, scale: _Scale) -> Markup:
    points = ((scale.x(at), None if value is None else scale.y(value)) for at, value in series.points)
    return element("path", d=line(points), cls=f"curve {stroke(index)}")


def _shown(window: FaultWindow, scale: _Scale) -> bool:
    return _began_s(window) < scale.to_s and _ended_s(window, scale.to_s) > scale.from_s


def _shade(window: FaultWindow, scale: _Scale) -> Markup:
    left, right = scale.x(_began_s(window)), scale.x(_ended_s(window, scale.to_s))
    box = {"x": left, "y": _TOP, "width": max(right - left, 1.0), "height": _BOTTOM - _TOP, "cls": "broken"}
    return element("rect", element("title", f"{window.kind} {window.target}"), **box)


def _began_s(window: FaultWindow) -> float:
    return window.confirmed_s if window.confirmed_s is not None else window.asked_s


def _ended_s(window: FaultWindow, never_s: float) -> float:
    """When it was seen to be healed; what was not seen to heal lasts to the end."""
    ends = (window.confirmed_healed_s, window.healed_s)
    return next((end for end in ends if end is not None), never_s)


def in_effect(faults: Iterable[FaultWindow], at_s: float) -> list[FaultWindow]:
    """The faults that were in place at a moment."""
    return [window for window in faults if _began_s(window) <= at_s < _ended_s(window, math.inf)]


def _described(look: Look, scale: _Scale, series: Sequence[Series], shades: Sequence[Markup]) -> str:
    newest = [(one.name, one.reduced("lastNotNull")) for one in series[:6]]
    told = [f"{cut(name, 60)} {with_unit(value, look.unit)}" for name, value in newest if value is not None]
    broken = f" {counted(len(shades), 'fault window')} shaded." if shades else ""
    return f"{clock(scale.from_s)} to {clock(scale.to_s)} UTC; newest values: {', '.join(told)}.{broken}"
