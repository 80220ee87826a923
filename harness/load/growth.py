"""Does a series grow? A robust slope with a band: the median of all pairwise slopes (Theil and Sen).

Unlike a fitted line it is not moved by a few outliers: up to 29 % of the points may be anything.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 10
# Two-sided 99 % of a normal distribution.
_Z: Final = 2.576
# More points are thinned out first: all pairs of 600 are 180,000.
_MOST: Final = 600
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Change per second: the median of the pairwise slopes, and the band that holds it with 99 %."""

    per_s: float
    low_per_s: float
    high_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What a series did over a soak.

    Args:
        name: of the series.
        slope: its change; None with too few points.
        points: how many there were.
        over_s: from the first to the last, s.
        typical: the median value.
        grows: True when even the band's low end, over the whole time, is more than the allowed share of the median;
            None when that cannot be told.
        why: in words.
    """

    name: str
    slope: Slope | None
    points: int
    over_s: float
    typical: float
    grows: bool | None
    why: str


def slope(points: Sequence[Point]) -> Slope | None:
    """The Theil-Sen slope of (s, value) points with Sen's band; None with fewer than `FEWEST` moments.

    The band is of the ordered pairwise slopes, as many to either side of the middle as Kendall's statistic strays by
    chance: z * sqrt(n (n - 1) (2 n + 5) / 18) (P. K. Sen, 1968, without ties).
    """
    thinned = points[:: max(1, math.ceil(len(points) / _MOST))]
    slopes = sorted(
        (later - earlier) / (later_s - earlier_s)
        for number, (earlier_s, earlier) in enumerate(thinned)
        for later_s, later in thinned[number + 1 :]
        if later_s > earlier_s
    )
    n = len({at_s for at_s, _value in thinned})
    if n < FEWEST:
        return None
    stray = _Z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    first = max(0, math.floor((len(slopes) - stray) / 2))
    last = min(len(slopes) - 1, math.ceil((len(slopes) + stray) / 2))
    return Slope(per_s=statistics.median(slopes), low_per_s=slopes[first], high_per_s=slopes[last])


def growth(name: str, points: Sequence[Point], *, most_share: float) -> Growth:
    """Whether a series grows by more than it may.

    Args:
        name: of the series.
        points: (s, value), in order of time. The first quarter is left out: caches and pools fill then.
        most_share: growth over the rest of the soak, as a share of the median, that is allowed.
    """
    steady = points[len(points) // 4 :]
    over_s = steady[-1][0] - steady[0][0] if steady else 0.0
    typical = statistics.median(value for _at_s, value in steady) if steady else 0.0
    found = slope(steady)
    if found is None:
        why = f"{len(steady)} points after the first quarter; {FEWEST} are needed"
        return Growth(name=name, slope=None, points=len(steady), over_s=over_s, typical=typical, grows=None, why=why)
    low, high = found.low_per_s * over_s, found.high_per_s * over_s
    allowed = most_share * abs(typical)
    # Between the two lies what this soak was too short, or too noisy, to tell.
    grows = True if low > allowed else False if high <= allowed else None
    word = {True: "grows", False: "does not grow", None: "cannot be told"}[grows]
    why = f"{word}: by {low:.3g} to {high:.3g} in {over_s:.0f} s; {allowed:.3g} are allowed"
    return Growth(name=name, slope=found, points=len(steady), over_s=over_s, typical=typical, grows=grows, why=why)
