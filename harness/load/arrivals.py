"""Schedules of open arrivals: when each request is due, whatever the answers do."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from harness.errors import UsageError

Schedule = Callable[[float, int], Iterator[float]]


def constant(rate_per_s: float, _seed: int) -> Iterator[float]:
    """Due times (s after the start) at equal distances; computed by number, so that no error adds up."""
    return (number / rate_per_s for number in itertools.count())


def poisson(rate_per_s: float, seed: int) -> Iterator[float]:
    """Due times (s after the start) of a Poisson process: independent users who know nothing of each other.

    Args:
        rate_per_s: mean rate.
        seed: the same seed gives the same times, on every machine.
    """
    # A schedule has to be repeatable, not secret.
    gap_s = random.Random(seed).expovariate  # noqa: S311
    due_s = 0.0
    while True:
        due_s += gap_s(rate_per_s)
        yield due_s


SCHEDULES: Final[Mapping[str, Schedule]] = {"constant": constant, "poisson": poisson}


def due_times(arrivals: str, *, rate_per_s: float, seed: int, duration_s: float | None = None) -> Iterator[float]:
    """When requests are due, s after the start, growing; without end unless a duration is given.

    Args:
        arrivals: a name out of `SCHEDULES`.
        rate_per_s: mean rate, requests per second.
        seed: makes the schedule repeatable.
        duration_s: arrivals at or after it are left out.

    Raises:
        UsageError: unknown arrivals, or a rate or duration that is not above zero.
    """
    if arrivals not in SCHEDULES:
        raise UsageError(f"arrivals {arrivals!r} are unknown; there are {', '.join(sorted(SCHEDULES))}")
    if not (math.isfinite(rate_per_s) and rate_per_s > 0):
        raise UsageError(f"the rate is {rate_per_s:g} per second; it must be above zero")
    if duration_s is not None and not duration_s > 0:
        raise UsageError(f"the duration is {duration_s:g} s; it must be above zero")
    times_s = SCHEDULES[arrivals](rate_per_s, seed)
    if duration_s is None:
        return times_s
    return itertools.takewhile(lambda due_s: due_s < duration_s, times_s)
