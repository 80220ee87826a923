"""Schedules of open arrivals: when each request is due, whatever the answers do."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.errors import UsageError
from harness.load.trace import trace_times
from harness.shapes import WORDS, Shape, shape

TRACE: Final = "trace:"
SHAPES: Final = f"{WORDS}, or {TRACE}FILE"


def traced(arrivals: str) -> Path | None:
    """The file of recorded due times, where arrivals are `trace:FILE`."""
    return Path(arrivals.removeprefix(TRACE)) if arrivals.startswith(TRACE) else None


def due_times(arrivals: str, *, rate_per_s: float, seed: int, duration_s: float | None = None) -> Iterator[float]:
    """When requests are due, s after the start, growing; without end unless a duration is given or a trace ends.

    Args:
        arrivals: see `harness.shapes.shape`; or `trace:FILE`, whose times are kept as they are.
        rate_per_s: base rate, requests per second.
        seed: makes the schedule repeatable.
        duration_s: arrivals at or after it are left out.

    Raises:
        UsageError: unknown arrivals, a trace that cannot be read, or a rate or duration that is not above zero.
    """
    if not (math.isfinite(rate_per_s) and rate_per_s > 0):
        raise UsageError(f"the rate is {rate_per_s:g} per second; it must be above zero")
    if duration_s is not None and not duration_s > 0:
        raise UsageError(f"the duration is {duration_s:g} s; it must be above zero")
    trace = traced(arrivals)
    times_s = iter(trace_times(trace)) if trace else _shaped(shape(arrivals), rate_per_s, seed)
    if duration_s is None:
        return times_s
    return itertools.takewhile(lambda due_s: due_s < duration_s, times_s)


def busiest(arrivals: str, *, rate_per_s: float, window_s: float) -> float:
    """The most arrivals that are expected within a window of this length, s."""
    trace = traced(arrivals)
    if trace is None:
        return rate_per_s * shape(arrivals).peak * window_s
    times_s, first, most = trace_times(trace), 0, 0
    for last, at_s in enumerate(times_s):
        while at_s - times_s[first] > window_s:
            first += 1
        most = max(most, last - first + 1)
    return float(most)


def _shaped(form: Shape, rate_per_s: float, seed: int) -> Iterator[float]:
    """A grid, or a Poisson process of rate one, stretched in time so that the rate follows the shape."""
    counts = itertools.count() if form.even else _poisson(seed)
    return (form.when(count / rate_per_s) for count in counts)


def _poisson(seed: int) -> Iterator[float]:
    # A schedule has to be repeatable, not secret.
    gap = random.Random(seed).expovariate  # noqa: S311
    count = 0.0
    while True:
        count += gap(1.0)
        yield count
