"""Puts the lanes of a scenario under each other, and tells the page what lies under the pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from harness.recorded import History
from harness.report.timeline.alerts import alerts_lane, fired, read_alerts
from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT, WIDTH, Axis, axis_of
from harness.report.timeline.frame import faults_lane, phases_lane, shade, time_marks
from harness.report.timeline.health import health_lane, read_health
from harness.report.timeline.lane import Key, Lane
from harness.report.timeline.leaders import leaders_lane, read_leaders
from harness.report.timeline.notices import notices_lane, read_notices
from harness.report.timeline.panels import panel_latency_lane, panel_state_lane, read_panels
from harness.report.timeline.svg import element, joined, text
from harness.report.timeline.traffic import latency_lane, read_traffic, traffic_lane
from harness.results import ScenarioResult

_TOP_PX = 22.0
_HEAD_PX = 22.0
_BESIDE_PX = 4.0
_BELOW_PX = 10.0
_KEY_CHAR_PX = 6.1
_MOST_STRETCHES = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A drawing and what lies under each moment of it.

    Args:
        svg: the drawing.
        under: what the page's script shows for a moment: axis in pixels and s, series by bin, stretches.
        gaps: what could not be drawn, in words.
        start_s: left end of the axis, s since the epoch.
    """

    svg: Markup
    under: Mapping[str, Any]
    gaps: tuple[str, ...]
    start_s: float


def draw(
    scenario: ScenarioResult,
    history: History,
    receivers: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    most_bins: int = 400,
) -> Timeline:
    """Draw a scenario's timeline from its evidence; streams that cannot be read leave a lane that says so.

    Args:
        scenario: its phases and faults give the time axis.
        history: the scenario's evidence.
        receivers: channels that must be told, by alert.
        most_bins: upper bound of the bins in which dense evidence is gathered.
    """
    traffic, alerts, notices = read_traffic(history), read_alerts(history), read_notices(history)
    panels, health, leaders = read_panels(history), read_health(history), read_leaders(history)
    recorded_s = (*map(float, traffic.counts), *(at_s for at_s, _ in panels.answers_ms))
    axis = axis_of(scenario, recorded_s, most_bins)
    expected = {channel for alert in fired(alerts) for channel in receivers.get(alert, ())}
    lanes = (
        phases_lane(scenario.phases, axis),
        faults_lane(scenario, axis),
        traffic_lane(traffic, axis),
        latency_lane(traffic, axis),
        alerts_lane(alerts, axis),
        notices_lane(notices, axis, expected),
        panel_latency_lane(panels, axis),
        panel_state_lane(panels, axis),
        leaders_lane(leaders, axis),
        health_lane(health, axis),
    )
    return Timeline(
        svg=_svg(scenario, lanes, axis),
        under=_under(lanes, axis),
        gaps=tuple(f"{lane.title}: {lane.gap}" for lane in lanes if lane.gap),
        start_s=axis.start_s,
    )


def _svg(scenario: ScenarioResult, lanes: Sequence[Lane], axis: Axis) -> Markup:
    y, drawn = _TOP_PX, []
    for lane in lanes:
        drawn.append(_lane(lane, y))
        y += _head_px(lane) + lane.height + _BELOW_PX
    cursor = element("line", x1=PLOT_LEFT, x2=PLOT_LEFT, y1=16, y2=y, cls="cursor", visibility="hidden")
    return element(
        "svg",
        time_marks(axis, y) + shade(scenario.faults, axis, y) + joined(drawn) + cursor,
        viewBox=f"0 0 {WIDTH:.0f} {y + _TOP_PX:.0f}",
        cls="timeline",
        role="img",
        tabindex=0,
        aria_label=f"Timeline of {scenario.name}; point at it, or use the arrow keys, to read a moment",
    )


def _lane(lane: Lane, y: float) -> Markup:
    rule = element("line", x1=0.0, x2=PLOT_RIGHT, y1=0.0, y2=0.0, cls="lane-rule")
    head = text(0, 16, lane.title, "lane-title")
    empty = not lane.body
    said = _said(lane, PLOT_LEFT, 16, "start") if empty else Markup("")
    beside = Markup("") if empty else _legend(lane.keys) + _said(lane, PLOT_RIGHT, 15, "end")
    body = element("g", lane.body, transform=f"translate(0 {_head_px(lane):.0f})") if not empty else said
    return element("g", rule + head + beside + body, transform=f"translate(0 {y:.0f})", data_lane=lane.name, cls="lane")


def _head_px(lane: Lane) -> float:
    return _BESIDE_PX if not lane.body or lane.beside_title else _HEAD_PX


def _legend(keys: Sequence[Key]) -> Markup:
    x, drawn = PLOT_LEFT, []
    for key in keys:
        if _draws_itself(key):
            drawn.append(_swatch(key, x))
            x += 16
        drawn.append(text(x, 15, key.words, "key"))
        x += _KEY_CHAR_PX * len(key.words) + 14
    return joined(drawn)


def _draws_itself(key: Key) -> bool:
    """Keys whose words begin with the mark itself need no swatch."""
    return bool(key.cls) and key.words[0] not in "▲▽✕"


def _swatch(key: Key, x: float) -> Markup:
    if key.cls.startswith("line"):
        return element("line", x1=x, x2=x + 12, y1=11.0, y2=11.0, cls=key.cls)
    return element("rect", x=x, y=6.0, width=11.0, height=10.0, rx=2, cls=key.cls)


def _said(lane: Lane, x: float, y: float, anchor: str) -> Markup:
    words = lane.gap or lane.remark
    return text(x, y, words, "gap" if lane.gap else "nothing", anchor=anchor) if words else Markup("")


def _under(lanes: Sequence[Lane], axis: Axis) -> dict[str, Any]:
    stretches = [
        [f"{stretch.words}", round(stretch.from_s - axis.start_s, 2), round(stretch.to_s - axis.start_s, 2)]
        for lane in lanes
        for stretch in lane.stretches
        if stretch.to_s >= axis.start_s and stretch.from_s <= axis.end_s
    ]
    return {
        "left": PLOT_LEFT,
        "right": PLOT_RIGHT,
        "start_s": axis.start_s,
        "span_s": axis.span_s,
        "bin_s": axis.bin_s,
        "series": [[series.name, series.unit, series.values] for lane in lanes for series in lane.series],
        "stretches": stretches[:_MOST_STRETCHES],
    }
