"""The arithmetic of what is not quite known: whatever really happened lies between the bounds, which are reached."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, combinations
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.truth.facts import Row
from harness.checks.truth.happenings import Course, Happened, Times
from harness.checks.truth.levels import Steps
from harness.checks.truth.prometheus import gained, scale, windows
from harness.checks.truth.promise import Compared
from harness.checks.truth.quantiles import Quantile
from harness.checks.truth.shares import GREATEST, MEAN, SUM, bounds
from tests.harness.checks.truth.test_truth import DONE

AMOUNTS = st.lists(st.integers(-20, 20).map(float), max_size=5)
BUCKETS = (1.0, 2.0, 4.0, 8.0)


def subsets(of: list[float]) -> list[tuple[float, ...]]:
    """Every choice of some of them."""
    return list(chain.from_iterable(combinations(of, length) for length in range(len(of) + 1)))


@given(how=st.sampled_from((MEAN, GREATEST, SUM)), sure=AMOUNTS, maybe=AMOUNTS)
def test_bounds_are_the_extremes_over_all_choices(how: str, sure: list[float], maybe: list[float]) -> None:
    """Beside trying every subset of what may be in it."""
    figures: dict[str, Callable[[list[float]], float]] = {MEAN: fmean, GREATEST: max, SUM: sum}
    figure = figures[how]
    every = [figure(chosen) for some in subsets(maybe) if (chosen := [*sure, *some]) or how == SUM]
    found = bounds(how, sure, maybe)
    assert found == (pytest.approx((min(every), max(every))) if every else None)


@given(
    sure=st.lists(st.floats(0, 10), max_size=6), maybe=st.lists(st.floats(0, 10), max_size=6), share=st.floats(0.01, 1)
)
def test_a_quantile_lies_in_the_buckets_that_every_choice_allows(
    sure: list[float], maybe: list[float], share: float
) -> None:
    """As histogram_quantile finds the bucket: the first up to which there is the asked share of all."""
    quantile = Quantile(board="", panel="", of=DONE, share=share, buckets=BUCKETS)

    def bucket(durations: list[float]) -> int:
        rank = share * len(durations)
        edges = (*BUCKETS, float("inf"))
        return next(at for at, edge in enumerate(edges) if sum(one <= edge for one in durations) >= rank)

    every = [bucket([*sure, *some]) for some in subsets(maybe) if sure or some]
    assert quantile.places(sure, maybe) == ((min(every), max(every)) if every else None)


@given(
    spans=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20)), max_size=12),
    window=st.tuples(st.integers(0, 60), st.integers(0, 30)),
)
def test_a_count_between_two_moments_is_within_its_bounds(
    spans: list[tuple[int, int, int]], window: tuple[int, int]
) -> None:
    """Wherever each really happened between its two times."""
    happened = [(float(at), float(at + long), float(at + min(real, long))) for at, long, real in spans]
    times = Times(starts=tuple(sorted(a for a, _, _ in happened)), ends=tuple(sorted(b for _, b, _ in happened)))
    from_s, until_s = float(window[0]), float(sum(window))
    real = sum(from_s < at <= until_s for _, _, at in happened)
    least, most = times.count(from_s, until_s)
    assert least <= real <= most


@given(
    steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(-9, 9)), min_size=1, max_size=10),
    at=st.integers(0, 60),
)
def test_a_running_sum_is_within_its_bounds(steps: list[tuple[int, int, int]], at: int) -> None:
    """Each happens after the one before it, as it may have taken long to be seen."""
    happened: list[Happened] = []
    moments: list[int] = []
    now_s = 0
    for gap, late, amount in steps:
        now_s += gap
        row = Row(data={}, place="")
        happened.append(Happened(from_s=float(now_s), by_s=float(now_s + late), amount=float(amount), row=row))
        moments.append(max(now_s + late // 2, moments[-1] if moments else 0))
    if any(moment > one.by_s for moment, one in zip(moments, happened, strict=True)):
        return  # it cannot have happened in this order
    real = sum(one.amount for one, moment in zip(happened, moments, strict=True) if moment <= at)
    least, most = Course.of(happened).between(float(at), float(at))
    assert least <= real <= most


def test_steps_show_every_level_of_a_window() -> None:
    """The one at its beginning counts, the one after its end does not."""
    steps = Steps(times=(1.0, 2.0, 3.0), levels=(0.0, 1.0, 5.0, 2.0))
    assert steps.during(1.0, 2.5) == (1.0, 5.0)
    assert steps.during(0.0, 0.5) == (0.0,)


def test_an_increase_is_extended_to_the_ranges_ends_as_prometheus_does() -> None:
    """Four samples in a minute, 6 s from its beginning and 9 s from its end: both are nearer than 1.1 steps."""
    times = (6.0, 21.0, 36.0, 51.0)
    assert scale(times, 60.0, 60.0, 100.0, 9.0) == pytest.approx((60 / 45, 60 / 45))


def test_a_counter_is_not_extended_below_zero_nor_far_over_a_hole() -> None:
    """It began 3 s before its first sample by its own slope; its last one is more than 1.1 steps before the end."""
    times = (16.0, 31.0)
    low, high = scale(times, 60.0, 60.0, 2.0, 10.0)
    assert (low, high) == pytest.approx(((15 + 3 + 7.5) / 15, (15 + 3 + 7.5) / 15))


def test_a_fall_of_a_counter_is_a_restart() -> None:
    """What it had before is not lost."""
    assert gained((5.0, 8.0, 1.0, 4.0)) == 7.0


def test_a_young_sample_may_have_been_missing() -> None:
    """The scrape at 45 may not have ended when the panel asked."""
    times = (0.0, 15.0, 30.0, 45.0)
    assert list(windows(times, 46.0, 40.0, surely_s=45.5)) == [(1, 4)]
    assert list(windows(times, 46.0, 40.0, surely_s=44.5)) == [(1, 3), (1, 4)]
    assert (0, 4) in list(windows(times, 45.0, 45.0, surely_s=50.0))


@pytest.mark.parametrize(
    ("shown", "agrees"),
    [(1.0, True), (2.0, True), (0.999, False), (2.0000001, True), (2.1, False), (float("nan"), False)],
)
def test_the_bounds_themselves_are_right(shown: float, agrees: bool) -> None:
    """And a rounding of the sum."""
    assert Compared(shown=shown, lower=1.0, upper=2.0).agrees is agrees


def test_a_number_where_nothing_is_right_is_wrong() -> None:
    """A mean of nothing."""
    assert not Compared(shown=1.0).agrees
