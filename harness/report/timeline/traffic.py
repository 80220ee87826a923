"""Traffic as the clients saw it: outcomes per second, and how long they waited."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field

from markupsafe import Markup

from harness.recorded import History, Observation, Stream
from harness.report.text import number
from harness.report.timeline.axis import PLOT_LEFT, PLOT_RIGHT, Axis
from harness.report.timeline.lane import LABEL_X, Key, Lane, Series
from harness.report.timeline.log_scale import LOG_HEIGHT, grid, log_y
from harness.report.timeline.recorded import collect, figure
from harness.report.timeline.svg import element, joined, line, steps, text

_OUTCOMES = ("ok", "info", "fail")
_WORDS = {"ok": "accepted", "info": "nobody knows", "fail": "refused"}
_HEIGHT = 74.0
_MARK_PX = 6.0


@dataclass(slots=True)
class Traffic:
    """Outcomes and latencies (ms) by the second in which they were due."""

    counts: dict[int, Counter[str]] = field(default_factory=dict)
    latency_ms: dict[int, array[float]] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)
    gap: str = ""

    def take(self, seen: Observation) -> None:
        """Keep one line of the client's history."""
        self.totals[seen.kind] += 1
        if seen.kind not in _OUTCOMES:
            return
        waited_ms = figure(seen.data.get("ms") or 0.0)
        due_s = math.floor(figure(seen.wall_s) - waited_ms / 1000)  # `ms` counts from the due time
        self.counts.setdefault(due_s, Counter())[seen.kind] += 1
        if seen.kind == "ok":
            self.latency_ms.setdefault(due_s, array("d")).append(waited_ms)


def read_traffic(history: History) -> Traffic:
    """Read the client's stream once; memory grows with its outcomes, 8 bytes each."""
    traffic = Traffic()
    traffic.gap = collect(history, Stream.CLIENT, traffic.take)
    return traffic


def traffic_lane(traffic: Traffic, axis: Axis) -> Lane:
    """Outcomes per second, stacked; a tick above wherever not all were accepted."""
    rates = {outcome: _rates(traffic, axis, outcome) for outcome in _OUTCOMES}
    if not any(map(any, rates.values())):
        return Lane(name="traffic", title="Traffic", gap=traffic.gap, remark="no request was answered")
    top = _rounded_up(max(map(sum, zip(*rates.values(), strict=True))))
    unanswered = traffic.totals["invoke"] - sum(traffic.totals[outcome] for outcome in _OUTCOMES)
    return Lane(
        name="traffic",
        title="Traffic, per second",
        height=_HEIGHT,
        body=_scale(top) + _areas(rates, axis, top) + _marks(rates, axis),
        keys=tuple(Key(cls=name, words=f"{_WORDS[name]} {traffic.totals[name]:,}") for name in _OUTCOMES),
        gap=traffic.gap or (f"{unanswered:,} requests have no recorded outcome" if unanswered > 0 else ""),
        series=tuple(
            Series(name=_WORDS[name], unit="/s", values=tuple(round(rate, 1) for rate in rates[name]))
            for name in _OUTCOMES
        ),
    )


def latency_lane(traffic: Traffic, axis: Axis) -> Lane:
    """Median, p99 and slowest answer of each bin, from the due time, on a logarithmic scale."""
    by_bin: dict[int, list[float]] = {}
    for second, values in traffic.latency_ms.items():
        if (index := axis.bin(second + 0.5)) is not None:
            by_bin.setdefault(index, []).extend(values)
    if not by_bin:
        return Lane(name="latency", title="Client latency", gap=traffic.gap, remark="no request was accepted")
    quantiles = {0.5: "p50", 0.99: "p99", 1.0: "max"}
    found = {name: _quantile(by_bin, axis, share) for share, name in quantiles.items()}
    middles = axis.bin_middles_x()
    lines = (
        element("path", d=line(zip(middles, map(log_y, found[name]), strict=True)), cls=f"line {name}")
        for name in ("max", "p99", "p50")
    )
    return Lane(
        name="latency",
        title="Client latency",
        height=LOG_HEIGHT,
        body=grid() + joined(lines),
        keys=(*(Key(cls=f"line {name}", words=name) for name in found), Key(cls="", words="from the due time")),
        gap=traffic.gap,
        series=tuple(Series(name=name, unit=" ms", values=tuple(values)) for name, values in found.items()),
    )


def _rates(traffic: Traffic, axis: Axis, outcome: str) -> list[float]:
    rates = [0.0] * axis.bins
    for second, counts in traffic.counts.items():
        if (index := axis.bin(second + 0.5)) is not None:
            rates[index] += counts[outcome] / axis.bin_s
    return rates


def _quantile(by_bin: dict[int, list[float]], axis: Axis, share: float) -> list[float | None]:
    """Nearest rank: the smallest value that at least `share` of the bin does not exceed."""
    found: list[float | None] = [None] * axis.bins
    for index, values in by_bin.items():
        ordered = sorted(values)
        found[index] = round(ordered[math.ceil(share * len(ordered)) - 1], 1)
    return found


def _areas(rates: dict[str, list[float]], axis: Axis, top: float) -> Markup:
    """Painted from the top of the stack down, so that each area covers the ones below it."""
    edges, room = axis.bin_edges_x(), _HEIGHT - _MARK_PX - 4
    heights = [0.0] * axis.bins
    areas: list[Markup] = []
    for outcome in _OUTCOMES:
        heights = [height + rate / top * room for height, rate in zip(heights, rates[outcome], strict=True)]
        areas.append(element("path", d=steps(edges, heights, _HEIGHT), cls=f"area {outcome}"))
    return joined(reversed(areas))


def _marks(rates: dict[str, list[float]], axis: Axis) -> Markup:
    """One refusal among a thousand answers is too thin to see in the area: it gets a tick of its own."""
    edges = axis.bin_edges_x()
    path = dict.fromkeys(("info", "fail"), "")
    for outcome in path:
        for index, rate in enumerate(rates[outcome]):
            if rate:
                path[outcome] += f"M{edges[index]:.1f} 3H{max(edges[index + 1], edges[index] + 2):.1f}"
    return joined(element("path", d=drawn, cls=f"tick {name}") for name, drawn in path.items() if drawn)


def _scale(top: float) -> Markup:
    y = _MARK_PX + 4
    rule = element("line", x1=PLOT_LEFT, x2=PLOT_RIGHT, y1=y, y2=y, cls="grid")
    return (
        rule
        + text(LABEL_X, y + 4, number(top), "scale", anchor="end")
        + text(LABEL_X, _HEIGHT, "0", "scale", anchor="end")
    )


def _rounded_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 3, 5, 10) if step * power >= value * 0.999)
