"""Notifications as they arrived: one row a channel, a mark for each notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.text import clock
from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT, Axis
from harness.report.timeline.lane import MOST_ROWS, ROW_PX, Key, Lane, Stretch, row_title, row_y
from harness.report.timeline.recorded import collect, figure
from harness.report.timeline.svg import element, joined, text

_MOST_MARKS = 200
_CHAR_PX = 5.6
_KEYS = (Key(cls="notice firing", words="▲ firing"), Key(cls="notice resolved", words="▽ resolved"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notification that reached a channel, at s since the epoch."""

    channel: str
    status: str
    alert: str
    received_s: float


@dataclass(slots=True)
class Notices:
    """All notifications, each once: the sink is read live and once more after the run."""

    found: set[Notice] = field(default_factory=set)
    gap: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the notifications stream."""
        if seen.kind == "notification":
            self.found.add(
                Notice(
                    channel=str(seen.data["channel"]),
                    status=str(seen.data["status"]),
                    alert=str(seen.data["alert"]),
                    received_s=round(figure(seen.data["received_s"]), 3),
                )
            )


def read_notices(history: History) -> Notices:
    """Read what arrived at the sinks."""
    notices = Notices()
    notices.gap = collect(history, Stream.NOTIFICATIONS, notices.take)
    return notices


def notices_lane(notices: Notices, axis: Axis, expected: Iterable[str]) -> Lane:
    """One row a channel; a filled triangle up is a firing notice, a hollow one down a resolved one.

    Args:
        notices: what arrived.
        axis: the time axis.
        expected: channels that had to be told; one that was not gets a row that says so.
    """
    channels = sorted({notice.channel for notice in notices.found} | set(expected))[:MOST_ROWS]
    if not channels or (notices.gap and not notices.found):
        return Lane(name="notifications", title="Notifications", gap=notices.gap, remark="no notification arrived")
    ordered = sorted(notices.found, key=lambda notice: (notice.received_s, notice.channel, notice.alert))
    most = max(sum(notice.channel == channel for notice in ordered) for channel in channels)
    rows = (
        _row(index, channel, [notice for notice in ordered if notice.channel == channel], axis)
        for index, channel in enumerate(channels)
    )
    more = f"only the first {_MOST_MARKS} of a channel are drawn" if most > _MOST_MARKS else ""
    return Lane(
        name="notifications",
        title="Notifications",
        height=len(channels) * ROW_PX,
        body=joined(rows),
        keys=_KEYS,
        gap=notices.gap,
        remark=more,
        stretches=tuple(
            Stretch(
                words=f"{notice.channel} told {notice.alert} {notice.status}",
                from_s=notice.received_s - axis.bin_s,
                to_s=notice.received_s + axis.bin_s,
            )
            for notice in ordered[:_MOST_MARKS]
        ),
    )


def _row(row: int, channel: str, notices: list[Notice], axis: Axis) -> Markup:
    drawn = [row_title(row, channel)]
    if not notices:
        drawn.append(text(PLOT_LEFT, row_y(row) + 10, "nothing arrived", "gap"))
    shown = notices[:_MOST_MARKS]
    marks_x = [axis.x(notice.received_s) for notice in shown]
    free_x = PLOT_LEFT
    for index, (x, notice) in enumerate(zip(marks_x, shown, strict=True)):
        drawn.append(_mark(x, row, notice))
        width = _CHAR_PX * len(notice.alert) + 12
        next_x = next((later for later in marks_x[index + 1 :] if later - x > 1), PLOT_RIGHT)
        if x >= free_x and next_x - x > width + 6:
            drawn.append(text(x + 8, row_y(row) + 10, notice.alert, "mark-name"))
            free_x = x + width
        elif x - width > free_x:
            drawn.append(text(x - 8, row_y(row) + 10, notice.alert, "mark-name", anchor="end"))
            free_x = x + 6
    return joined(drawn)


def _mark(x: float, row: int, notice: Notice) -> Markup:
    y, up = row_y(row) + 6, notice.status == "firing"
    tip, foot = (y - 5.5, y + 4.5) if up else (y + 5.5, y - 4.5)
    words = element("title", f"{notice.alert} {notice.status}, {notice.channel}, {clock(notice.received_s)} UTC")
    shape = f"M{x:.1f} {tip:.1f}L{x + 5.5:.1f} {foot:.1f}H{x - 5.5:.1f}Z"
    return element("path", words, d=shape, cls=f"notice {'firing' if up else 'resolved'}")
