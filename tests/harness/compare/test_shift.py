"""Shifts: noise alone is no regression, half as much again is found, and one noisy place decides nothing."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import Shift, shift_of
from harness.compare.student import quantile

FALSE_ALARMS = 0.001  # of one measure: one gate in a hundred, shared by ten measures
GATES = 500


def runs(seed: int, *, count: int, places: int, run_noise: float, place_noise: float) -> list[dict[str, float]]:
    """Runs whose figures scatter log-normally: each run as a whole, and each place on its own."""
    chance = random.Random(seed)  # noqa: S311 - figures to be repeated, no secret
    usual = {f"place {number}": chance.uniform(0.1, 3.0) for number in range(places)}
    made = []
    for _ in range(count):
        whole = chance.gauss(0, run_noise)
        made.append({name: value * math.exp(whole + chance.gauss(0, place_noise)) for name, value in usual.items()})
    return made


def shift(found: list[dict[str, float]], factor: float = 1.0) -> Shift:
    """The shift of the last of these runs, every figure of it times a factor."""
    now = {name: value * factor for name, value in found[-1].items()}
    seen = shift_of(found[:-1], now, false_alarms=FALSE_ALARMS, grain=0.02)
    assert seen is not None
    return seen


@pytest.mark.parametrize(
    ("count", "places", "run_noise", "place_noise"),
    [(3, 20, 0.05, 0.2), (3, 1, 0.0, 0.4), (5, 20, 0.3, 0.1), (10, 3, 0.1, 0.4), (10, 1, 0.05, 0.2)],
)
def test_noise_alone_leaves_the_band_in_less_than_one_gate_of_a_hundred(
    count: int, places: int, run_noise: float, place_noise: float
) -> None:
    """Whatever the noise looks like; the band is made for one in a thousand."""
    noise = {"run_noise": run_noise, "place_noise": place_noise}
    seen = [shift(runs(seed, count=count + 1, places=places, **noise)) for seed in range(GATES)]
    assert sum(one.ratio > one.band for one in seen) <= GATES // 100


def test_half_as_much_again_is_found() -> None:
    """With ten runs before it that scatter by 3 %, and as many panels as the boards have, each by 15 % on its own."""
    many = [runs(seed, count=11, places=64, run_noise=0.03, place_noise=0.15) for seed in range(GATES // 5)]
    seen = [shift(each, 1.5) for each in many]
    assert sum(one.ratio > max(one.band, 1.25) for one in seen) >= 0.99 * len(seen)


def test_the_band_widens_with_the_noise_that_the_runs_had() -> None:
    """What was all over the place before has to move further."""
    calm, restless = (
        shift(runs(1, count=6, places=20, run_noise=noise, place_noise=0.05)).band for noise in (0.02, 0.2)
    )
    assert 1 < calm < restless


def test_one_place_that_went_wild_does_not_move_the_median() -> None:
    """It is named, and that is all."""
    found = runs(3, count=6, places=20, run_noise=0.02, place_noise=0.05)
    found[-1]["place 7"] *= 50
    seen = shift(found)
    assert seen.ratio < 1.1
    assert seen.furthest[0] == "place 7"


@given(st.lists(st.floats(0.1, 100), min_size=4, max_size=8), st.floats(0.2, 5))
def test_the_unit_does_not_matter(values: list[float], unit: float) -> None:
    """In other units, with the grain in them, the ratio and the band are the same."""
    one = shift_of([{"a": each} for each in values[:-1]], {"a": values[-1]}, false_alarms=0.01, grain=0.1)
    other = shift_of(
        [{"a": each * unit} for each in values[:-1]], {"a": values[-1] * unit}, false_alarms=0.01, grain=0.1 * unit
    )
    assert one is not None
    assert other is not None
    assert math.isclose(one.ratio, other.ratio, rel_tol=1e-6)
    assert math.isclose(one.band, other.band, rel_tol=1e-6)


@pytest.mark.parametrize(
    "before", [[], [{"a": 1.0}] * 2, [{"b": 1.0}] * 5, [{"a": 1.0}, {"a": 1.0}, {"b": 1.0}, {"b": 2.0}]]
)
def test_without_three_runs_that_share_a_place_there_is_no_shift(before: list[dict[str, float]]) -> None:
    """Nothing is concluded from two runs, nor from other places."""
    assert shift_of(before, {"a": 1.0}, false_alarms=0.01, grain=0.1) is None


def test_less_of_a_capacity_is_worse() -> None:
    """A rate that fell to a half is twice as bad."""
    before = [{"a": 100.0 + noise} for noise in (-1.0, 0.0, 1.0, 0.5)]
    seen = shift_of(before, {"a": 50.0}, false_alarms=0.01, grain=0.1, less_is_worse=True)
    assert seen is not None
    assert seen.worse(less_is_worse=True) == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize(
    ("share", "degrees", "value"),
    [(0.999, 1, 318.309), (0.999, 2, 22.327), (0.999, 4, 7.173), (0.99, 9, 2.821), (0.95, 30, 1.697), (0.5, 3, 0.0)],
)
def test_quantiles_are_those_of_the_tables(share: float, degrees: int, value: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2."""
    assert quantile(share, degrees) == pytest.approx(value, abs=6e-4)
