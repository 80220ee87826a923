"""A lane of the timeline: one kind of evidence, drawn over the shared time axis."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from harness.report.timeline.axis import PLOT_LEFT, Axis
from harness.report.timeline.recorded import Span, spans
from harness.report.timeline.svg import bar, row_label

LABEL_X = PLOT_LEFT - 10
ROW_PX = 18.0
ROW_BAR_PX = 12.0
CALM_BAR_PX = 5.0  # what is as it should be is a thin line; trouble is thick, whatever colours one sees
MOST_ROWS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A figure for each bin, shown where the reader points; None where nothing was seen."""

    name: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Something that was so from one moment (s since the epoch) to another, shown where the reader points."""

    words: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of a lane's legend: the class that draws it and what it means."""

    cls: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What is drawn below a lane's title.

    Args:
        name: short and stable, for tests and scripts.
        title: what it shows.
        height: of the body in pixels.
        body: markup in pixels of the axis, with 0 at the top of the body.
        keys: the legend.
        gap: what is missing from the evidence, in words; empty when whole.
        remark: anything else worth saying; shown where there is no gap.
        beside_title: the body is one row and stands beside the title rather than below it.
        series, stretches: what the reader sees where the pointer is.
    """

    name: str
    title: str
    height: float = ROW_PX
    body: Markup = field(default_factory=Markup)
    keys: tuple[Key, ...] = ()
    gap: str = ""
    remark: str = ""
    beside_title: bool = False
    series: tuple[Series, ...] = ()
    stretches: tuple[Stretch, ...] = ()


def row_title(row: int, words: str) -> Markup:
    """The label in front of a row."""
    return row_label(LABEL_X, row * ROW_PX + ROW_BAR_PX - 1, words)


def span_bar(row: int, span: Span, axis: Axis, *, cls: str, title: str, height: float) -> Markup:
    """A span as a bar in the middle of its row; `title` shows when pointed at."""
    y = row * ROW_PX + 1 + (ROW_BAR_PX - height) / 2
    return bar(axis.x(span.from_s), axis.x(span.to_s), y, height, cls=cls, title=title)


def readable(found: list[Span], axis: Axis, calm_first: tuple[str, ...]) -> list[Span]:
    """The spans; where there are more than the eye can tell apart, the worst state of each bin.

    Args:
        found: spans of one row, in time.
        axis: gives the bins.
        calm_first: the states, from the one that may be hidden to the one that must be seen.
    """
    if len(found) <= axis.bins // 2:
        return found
    worst: dict[int, int] = {}
    for span in found:
        for index in range(axis.nearest_bin(span.from_s), axis.nearest_bin(span.to_s) + 1):
            worst[index] = max(worst.get(index, 0), calm_first.index(span.state))
    points = ((axis.start_s + index * axis.bin_s, calm_first[rank]) for index, rank in worst.items())
    return spans(points, axis.bin_s)


def row_y(row: int) -> float:
    """The top of a row's bars."""
    return row * ROW_PX + 1
