"""The logarithmic scale of the latency lanes: both use the same, so that they can be compared."""

from __future__ import annotations

import math

from markupsafe import Markup

from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT
from harness.report.timeline.lane import LABEL_X
from harness.report.timeline.svg import element, joined, text

LOG_HEIGHT = 84.0
_LOWEST_MS = 1.0
_HIGHEST_MS = 30_000.0
_TICKS = ((1.0, "1 ms"), (10.0, "10 ms"), (100.0, "100 ms"), (1000.0, "1 s"), (10_000.0, "10 s"))
_ROOM = LOG_HEIGHT - 10


def log_y(latency_ms: float | None) -> float | None:
    """The height of a latency, in pixels from the top; beyond the ends it is drawn at the edge."""
    if latency_ms is None or math.isnan(latency_ms):
        return None
    held = min(max(latency_ms, _LOWEST_MS), _HIGHEST_MS)
    return LOG_HEIGHT - 2 - _ROOM * math.log10(held / _LOWEST_MS) / math.log10(_HIGHEST_MS / _LOWEST_MS)


def grid() -> Markup:
    """Lines and words of the scale."""
    return joined(_rule(latency_ms, words) for latency_ms, words in _TICKS)


def _rule(latency_ms: float, words: str) -> Markup:
    y = log_y(latency_ms) or 0.0
    rule = element("line", x1=PLOT_LEFT, x2=PLOT_RIGHT, y1=y, y2=y, cls="grid")
    return rule + text(LABEL_X, y + 3.5, words, "scale", anchor="end")
