"""A compressed run's series as they would have been at production timing.

With k the time scale and t0 the moment that becomes 0, a sample of the wall time t moves to t' = (t - t0) * k.
A value that is a moment moves with it, v' = (v - t0) * k, as time() of the replay counts from t0 too; a rate per
real time is divided by k; counts and plain numbers, and what measures real work, stay.

Samples lie on a grid of `grid_s` production seconds (promtool takes evenly spaced ones) and are moved to the next
step, never back: no evaluation sees a sample that its run had not scraped yet. So a sample, and any age reckoned
from it, is off by less than one step; as a scrape itself takes a while until it can be seen, mostly by less.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from harness.errors import UsageError
from harness.timing.units import Kind, kind_of_metric

GRID_S = 1.0
_TARGET = ("job", "instance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One recorded series: its labels with `__name__`, and (wall clock s, value) in the order of time."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        """The metric."""
        return self.labels.get("__name__", "")

    @property
    def target(self) -> tuple[str, ...]:
        """Whose scrape it came with."""
        return tuple(self.labels.get(label, "") for label in _TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretched:
    """One series at production timing: (number of the grid's step, value), None for a stale marker."""

    labels: Mapping[str, str]
    points: tuple[tuple[int, float | None], ...]

    @property
    def selector(self) -> str:
        """The series as PromQL writes it."""
        labels = ", ".join(f"{key}={_quoted(value)}" for key, value in self.labels.items() if key != "__name__")
        return f"{self.labels.get('__name__', '')}{{{labels}}}"

    @property
    def values(self) -> str:
        """The points in promtool's notation: one value a step, `_xN` where there is none."""
        parts, following = [], 0
        for step, value in self.points:
            if step > following:
                parts.append(f"_x{step - following}")
            parts.append("stale" if value is None else _number(value))
            following = step + 1
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """From the wall clock of a compressed run to production seconds.

    Args:
        t0_s: the wall time that becomes 0.
        k: the time scale.
        grid_s: the distance of two samples, production s.
        tail_s: for how long the last state goes on after the record, production s: gauges and counters hold,
            moments keep their age.
    """

    t0_s: float
    k: float
    grid_s: float = GRID_S
    tail_s: float = 0.0

    def production_s(self, wall_s: float) -> float:
        """A wall time in production seconds after t0."""
        return (wall_s - self.t0_s) * self.k

    def step(self, production_s: float) -> int:
        """The first step of the grid at or after a time; a microsecond is no reason to take the next."""
        return math.ceil(round(production_s / self.grid_s, 6))


def stretched(series: Iterable[Series], by: Map, *, real_time: Iterable[str] = ()) -> tuple[Stretched, ...]:
    """The series at production timing.

    At each scrape of a target, which its `up` shows, a series that came with its scrapes and is missing gets a stale
    marker, as Prometheus writes it. What lies before t0 is left out.

    Args:
        series: as recorded, with the `up` of every target.
        by: how time is mapped.
        real_time: names (`*` allowed) of metrics that measure real work, which no time scale makes shorter.

    Raises:
        UsageError: it is not known how a metric's value scales; names it.
    """
    series, real = tuple(series), tuple(real_time)
    scrapes = {one.target: tuple(at for at, _ in one.samples) for one in series if one.name == "up"}
    tails = {target: _tail(times, by) for target, times in scrapes.items()}
    return tuple(_one(one, scrapes.get(one.target, ()), tails.get(one.target, ()), by, real) for one in series)


def _one(series: Series, scrapes: Sequence[float], tail: Sequence[float], by: Map, real: tuple[str, ...]) -> Stretched:
    kind = _kind(series.name, real)
    samples: dict[float, float | None] = dict(series.samples)
    if not samples.keys().isdisjoint(scrapes):
        samples = _with_stale(samples, scrapes)
    points = {
        by.step(by.production_s(at)): None if value is None else _value(value, kind, by)
        for at, value in sorted(samples.items())
        if by.production_s(at) >= 0
    }
    last_s = max(samples, default=0.0)
    last = samples.get(last_s)
    if last is not None and scrapes and last_s >= scrapes[-1]:
        for at in tail:
            moved = last + (at - last_s) if kind is Kind.INSTANT else last
            points[by.step(by.production_s(at))] = _value(moved, kind, by)
    return Stretched(labels=series.labels, points=tuple(sorted(points.items())))


def _with_stale(samples: Mapping[float, float | None], scrapes: Sequence[float]) -> dict[float, float | None]:
    """The samples, and a marker at the first scrape that each stretch of them is missing from."""
    found = dict(samples)
    for before, at in pairwise(sorted({*samples, *scrapes})):
        if before in samples and at not in samples:
            found[at] = None
    return found


def _tail(scrapes: Sequence[float], by: Map) -> tuple[float, ...]:
    """Wall times of the scrapes that would have followed."""
    if len(scrapes) < 2 or by.tail_s <= 0:
        return ()
    interval_s = median(after - before for before, after in pairwise(scrapes))
    return tuple(scrapes[-1] + number * interval_s for number in range(1, int(by.tail_s / by.k / interval_s) + 1))


def _kind(name: str, real: tuple[str, ...]) -> Kind:
    kind = kind_of_metric(name, real)
    if kind is Kind.UNKNOWN:
        raise UsageError(
            f"{name} may be a time, and whether it shrinks with the time scale is not known: it cannot be stretched; "
            "say that it measures real work if it does"
        )
    return kind


def _value(value: float, kind: Kind, by: Map) -> float:
    if kind is Kind.INSTANT:
        return by.production_s(value)
    if kind is Kind.DURATION:
        return value * by.k
    return value / by.k if kind is Kind.PER_TIME else value


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def by_metric(series: Iterable[Stretched]) -> dict[str, list[Stretched]]:
    """The series by their metric."""
    found: dict[str, list[Stretched]] = defaultdict(list)
    for one in series:
        found[one.labels.get("__name__", "")].append(one)
    return found


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
