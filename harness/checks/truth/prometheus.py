"""What PromQL makes of samples whose times are known: which a query sees, and how increases are extrapolated."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

# An end of the range that is further from the nearest sample than so many steps is not extended to.
FURTHEST_STEPS = 1.1


def windows(times: Sequence[float], at_s: float, length_s: float, surely_s: float) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) index of the samples that a range ending at `at_s` can have held.

    A sample bears the time at which its scrape began, and is there when it has ended: one that is younger than
    `surely_s` may have been missing. One on the edge of the range may be in it or not (versions differ).
    """
    firsts = {bisect_left(times, at_s - length_s - 0.001), bisect_right(times, at_s - length_s + 0.001)}
    newest = bisect_right(times, at_s)
    lasts = {newest, *range(min(newest, bisect_right(times, surely_s)), newest)}
    yield from ((first, last) for first in sorted(firsts) for last in sorted(lasts) if first < last)


def scale(times: Sequence[float], at_s: float, length_s: float, first: float, gained: float) -> tuple[float, float]:
    """By what the difference between last and first sample is multiplied to be the increase over the range.

    Source: extrapolatedRate in promql/functions.go of Prometheus 2.53: the difference is extended to both ends of the
    range, or by half a step where an end is further away than `FURTHEST_STEPS`, and never to where the counter was
    below 0.

    Args:
        times: of the samples in the range, two or more.
        at_s: the range's end.
        length_s: its length.
        first: the first sample's value; where it is only known to be at least something, that.
        gained: the difference, at its most.

    Returns:
        The least and the most, as versions apply the two limits in either order.
    """
    sampled_s = times[-1] - times[0]
    step_s = sampled_s / (len(times) - 1)
    to_start_s, to_end_s = times[0] - (at_s - length_s), at_s - times[-1]
    to_zero_s = sampled_s * first / gained if gained > 0 else float("inf")

    def limited(gap_s: float) -> float:
        return step_s / 2 if gap_s >= step_s * FURTHEST_STEPS else gap_s

    starts = (min(limited(to_start_s), to_zero_s), limited(min(to_start_s, to_zero_s)))
    found = [(sampled_s + start_s + limited(to_end_s)) / sampled_s for start_s in starts]
    return min(found), max(found)


def gained(values: Sequence[float]) -> float:
    """How much a counter grew from its first to its last sample; a fall is a restart at 0."""
    return values[-1] - values[0] + sum(before for before, after in pairwise(values) if after < before)
