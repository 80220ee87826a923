"""How the rate of open arrivals changes with time: steady, rising, in bursts. Written as one word or `name:values`.

All shapes are multiples of a base rate, so that a scenario names its rate once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Protocol

from harness.errors import UsageError

_NUMBER = r"(\d+(?:\.\d+)?)"
_RAMP: Final = re.compile(rf"ramp:{_NUMBER}x-{_NUMBER}x/{_NUMBER}s")
_BURST: Final = re.compile(rf"burst:{_NUMBER}x/{_NUMBER}s(?:/{_NUMBER}s)?(?:@{_NUMBER}s)?")
_USUAL_PERIOD_S: Final = 30.0
WORDS: Final = "constant, poisson, ramp:1x-10x/60s, burst:10x/5s/30s or burst:10x/5s/30s@20s"


class Shape(Protocol):
    """A rate over time, as a multiple of a base rate."""

    @property
    def even(self) -> bool:
        """True for arrivals on a grid; False for independent ones (a Poisson process)."""

    @property
    def peak(self) -> float:
        """The highest multiple."""

    def upto(self, at_s: float) -> float:
        """Arrivals expected from the start until `at_s`, for a base rate of one a second."""

    def when(self, expected: float) -> float:
        """When so many are expected: the inverse of `upto`; s after the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """The base rate all the time, on a grid or as a Poisson process."""

    even: bool

    @property
    def peak(self) -> float:
        """Always the base rate."""
        return 1.0

    def upto(self, at_s: float) -> float:
        """The time itself."""
        return max(at_s, 0.0)

    def when(self, expected: float) -> float:
        """The count itself."""
        return expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """The rate goes evenly from one multiple to another, and stays there.

    Args:
        begin, end: multiples of the base rate.
        over_s: how long the way takes, s.
    """

    begin: float
    end: float
    over_s: float
    even: bool = False

    @property
    def peak(self) -> float:
        """The larger end."""
        return max(self.begin, self.end)

    def upto(self, at_s: float) -> float:
        """The area below the line."""
        on_way_s = min(max(at_s, 0.0), self.over_s)
        area = on_way_s * (self.begin + self._slope * on_way_s / 2)
        return area + self.end * max(at_s - self.over_s, 0.0)

    def when(self, expected: float) -> float:
        """The root of that quadratic, in the form that does not cancel; beyond the way a straight line."""
        whole = self.over_s * (self.begin + self.end) / 2
        if expected >= whole:
            return self.over_s + (expected - whole) / self.end
        root = math.sqrt(max(self.begin**2 + 2 * self._slope * expected, 0.0))
        return 2 * expected / (self.begin + root) if expected > 0 else 0.0

    @property
    def _slope(self) -> float:
        return (self.end - self.begin) / self.over_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The base rate, and a multiple of it for a while in every period.

    Args:
        times: multiple within a burst.
        for_s: length of a burst, s.
        every_s: from the beginning of one burst to that of the next, s.
        first_s: when the first one begins, s after the start.
    """

    times: float
    for_s: float
    every_s: float
    first_s: float
    even: bool = False

    @property
    def peak(self) -> float:
        """The burst; one of less than 1 is a lull."""
        return max(self.times, 1.0)

    def upto(self, at_s: float) -> float:
        """The time, and what the bursts so far brought beyond it."""
        periods, inside_s = divmod(max(at_s - self.first_s, 0.0), self.every_s)
        burst_s = periods * self.for_s + min(inside_s, self.for_s)
        return max(at_s, 0.0) + (self.times - 1.0) * burst_s

    def when(self, expected: float) -> float:
        """Whole periods first, then the burst, then the calm after it."""
        if expected <= self.first_s:
            return expected
        burst = self.times * self.for_s
        periods, rest = divmod(expected - self.first_s, burst + self.every_s - self.for_s)
        inside_s = rest / self.times if rest <= burst else self.for_s + rest - burst
        return self.first_s + periods * self.every_s + inside_s


def shape(arrivals: str) -> Shape:
    """The shape of a text.

    `constant` and `poisson` keep the base rate. `ramp:1x-10x/60s` goes from one to ten times it within 60 s and stays
    there. `burst:10x/5s/30s` is ten times it for the last 5 s of every 30 s; `@20s` lets the first begin at 20 s.
    Ramps and bursts are Poisson processes, as users who know nothing of each other are.

    Raises:
        UsageError: it is none of these, or its numbers make no sense.
    """
    if arrivals in {"constant", "poisson"}:
        return Steady(even=arrivals == "constant")
    if ramp := _RAMP.fullmatch(arrivals):
        begin, end, over_s = (float(number) for number in ramp.groups())
        if not (end > 0 and over_s > 0):
            raise UsageError(f"arrivals {arrivals!r}: a ramp takes time, and ends above zero")
        return Ramp(begin=begin, end=end, over_s=over_s)
    if burst := _BURST.fullmatch(arrivals):
        times, for_s = float(burst[1]), float(burst[2])
        every_s = float(burst[3] or max(_USUAL_PERIOD_S, 2 * for_s))
        first_s = float(burst[4]) if burst[4] else every_s - for_s
        if not (times > 0 and 0 < for_s < every_s):
            raise UsageError(f"arrivals {arrivals!r}: a burst is above zero, and shorter than its period")
        return Burst(times=times, for_s=for_s, every_s=every_s, first_s=first_s)
    raise UsageError(f"arrivals {arrivals!r} are unknown; there are {WORDS}")
