"""Does a series grow?"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.growth import FEWEST, growth, slope

MB = 1e6


def series(per_s: float, *, noise: float = 0.0, count: int = 200, base: float = 100 * MB) -> list[tuple[float, float]]:
    """A point every 5 s: a line with noise, repeatable."""
    draw = random.Random(5)  # noqa: S311 - repeatable, not secret
    return [(5.0 * n, base + per_s * 5.0 * n + draw.gauss(0, noise)) for n in range(count)]


@settings(deadline=None, max_examples=30)
@given(st.floats(min_value=-1e4, max_value=1e4), st.floats(min_value=1, max_value=1e9))
def test_a_line_has_its_slope(per_s: float, base: float) -> None:
    """Without noise, the slope and its band are the line's."""
    found = slope(series(per_s, base=base, count=60))
    assert found is not None
    assert found.per_s == pytest.approx(per_s, rel=1e-6, abs=1e-6)
    assert found.low_per_s <= found.per_s <= found.high_per_s


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(min_value=0, max_value=79), max_size=18, unique=True), st.floats(-1e12, 1e12))
def test_a_few_wild_points_do_not_move_it(where: list[int], wild: float) -> None:
    """With less than 29 % of the points anywhere, the slope stays within that of the good ones."""
    points = series(1000.0, count=80)
    for number in where:
        points[number] = (points[number][0], wild)
    found = slope(points)
    assert found is not None
    assert found.per_s == pytest.approx(1000.0, rel=1e-6)


def test_a_leak_is_told_from_noise() -> None:
    """20 kB a second over a quarter of an hour is growth, noise around one level is none."""
    assert growth("leak", series(20_000.0, noise=MB), most_share=0.1).grows is True
    assert growth("noise", series(0.0, noise=MB), most_share=0.1).grows is False
    assert growth("falls", series(-20_000.0, noise=MB), most_share=0.1).grows is False


def test_filling_up_at_first_is_no_growth() -> None:
    """What only fills its caches in the first quarter does not grow."""
    points = [(at_s, min(value, 115 * MB)) for at_s, value in series(100_000.0)]
    assert growth("caches", points, most_share=0.1).grows is False


def test_what_cannot_be_told_is_not_called_steady() -> None:
    """Too few points, none at all, or a band on both sides of the bound: nothing is concluded."""
    assert growth("few", series(0.0, count=FEWEST), most_share=0.1).grows is None
    assert growth("none", [], most_share=0.1).grows is None
    assert growth("noisy", series(0.0, noise=80 * MB, count=30), most_share=0.1).grows is None
    assert slope([(1.0, 5.0)] * 50) is None
