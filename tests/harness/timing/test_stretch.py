"""Recorded series at production timing: samples move, moments move with them, what is missing goes stale."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.timing.stretch import Map, Series, Stretched, stretched

T0_S = 1_000_000.0
BY = Map(t0_s=T0_S, k=15.0)
TARGET = {"job": "app", "instance": "a"}


def series(name: str, *samples: tuple[float, float], **labels: str) -> Series:
    """A series of the target; times are s of the run after t0."""
    moved = tuple((T0_S + at, value) for at, value in samples)
    return Series(labels={"__name__": name, **TARGET, **labels}, samples=moved)


def only(name: str, found: tuple[Stretched, ...]) -> Stretched:
    """The one series of this metric."""
    (one,) = (one for one in found if one.labels["__name__"] == name)
    return one


def points(*recorded: Series, of: str, by: Map = BY, real_time: tuple[str, ...] = ()) -> dict[int, float | None]:
    """The points of one metric."""
    return dict(only(of, stretched(recorded, by, real_time=real_time)).points)


def test_a_sample_moves_by_the_time_scale_and_a_plain_number_stays() -> None:
    """One second of the run is fifteen of production, and a count is a count."""
    assert points(series("is_leader", (1, 1), (2, 0)), of="is_leader") == {15: 1.0, 30: 0.0}


def test_a_moment_keeps_its_age_times_the_scale() -> None:
    """A heartbeat two seconds before its scrape is thirty production seconds old."""
    (step, value), *_ = points(series("beat_timestamp", (4, T0_S + 2)), of="beat_timestamp").items()
    assert value is not None
    assert step - value == pytest.approx(30.0)


def test_a_rate_gets_smaller_as_time_gets_longer() -> None:
    """Thirty a second in the run are two a production second."""
    assert points(series("reads_per_second", (1, 30)), of="reads_per_second") == {15: 2.0}


def test_a_sample_is_never_seen_before_it_was_scraped() -> None:
    """Between two steps the later one is taken: an evaluation in between has not seen it."""
    assert points(series("x", (0.01, 1), (0.99, 2)), of="x") == {1: 1.0, 15: 2.0}


def test_a_metric_of_unknown_unit_is_named() -> None:
    """Nobody can say whether a time in ms shrinks, so it is an error with the metric's name."""
    with pytest.raises(UsageError, match="recovery_time_ms"):
        stretched((series("recovery_time_ms", (1, 80)),), BY)


def test_what_measures_real_work_stays() -> None:
    """A recovery takes as many milliseconds in production as in the run."""
    assert points(series("recovery_time_ms", (1, 80)), of="recovery_time_ms", real_time=("recovery_*",)) == {15: 80.0}


def test_a_series_that_a_scrape_did_not_bring_goes_stale_at_that_scrape() -> None:
    """Prometheus marks what is gone; without the mark a rule would see it for five more minutes."""
    up = series("up", (1, 1), (2, 0), (3, 0), (4, 1))
    assert points(up, series("x", (1, 7), (4, 8)), of="x") == {15: 7.0, 30: None, 60: 8.0}


def test_a_failed_scrape_of_another_target_does_not_end_a_series() -> None:
    """Only its own target's scrapes can show that a series is missing."""
    other = Series(labels={"__name__": "up", "job": "app", "instance": "b"}, samples=((T0_S + 2, 0.0),))
    up = series("up", (1, 1), (3, 1))
    assert points(up, other, series("x", (1, 7), (3, 8)), of="x") == {15: 7.0, 45: 8.0}


def test_a_series_with_times_of_its_own_is_not_marked() -> None:
    """What was not scraped with a target has no scrape that it can be missing from."""
    assert points(series("up", (1, 1), (2, 1)), series("x", (1.5, 7)), of="x") == {23: 7.0}


def test_the_tail_holds_numbers_and_ages() -> None:
    """The last state goes on at the target's own pace: counts stand still, moments stay as old as they were."""
    by = Map(t0_s=T0_S, k=15.0, tail_s=30.0)
    recorded = series("up", (1, 1), (2, 1)), series("x", (1, 7), (2, 8)), series("beat_timestamp", (2, T0_S + 1))
    assert points(*recorded, of="x", by=by) == {15: 7.0, 30: 8.0, 45: 8.0, 60: 8.0}
    beats = points(*recorded, of="beat_timestamp", by=by)
    assert [step - (value or 0.0) for step, value in beats.items()] == pytest.approx([15.0] * 3)


def test_the_tail_of_a_dead_target_stays_dead() -> None:
    """A series that had ended does not come back."""
    by = Map(t0_s=T0_S, k=15.0, tail_s=30.0)
    recorded = series("up", (1, 1), (2, 0)), series("x", (1, 7))
    assert points(*recorded, of="x", by=by) == {15: 7.0, 30: None}
    assert points(*recorded, of="up", by=by) == {15: 1.0, 30: 0.0, 45: 0.0, 60: 0.0}


def test_values_are_written_as_promtool_reads_them() -> None:
    """Holes, marks and special numbers have their own signs."""
    one = Stretched(
        labels={}, points=((2, 1.0), (3, None), (5, math.inf), (6, -math.inf), (7, math.nan), (8, -2.5), (20, 1e22))
    )
    assert one.values == "_x2 1 stale _x1 Inf -Inf NaN -2.5 _x11 1e+22"


def test_labels_are_quoted() -> None:
    """A quotation mark, a backslash or a new line in a label does not break the file."""
    one = Stretched(labels={"__name__": "x", "a": 'b"c\\d\n', "e": "f"}, points=())
    assert one.selector == 'x{a="b\\"c\\\\d\\n", e="f"}'


@given(
    at_s=st.floats(min_value=0, max_value=10_000),
    age_s=st.floats(min_value=0, max_value=5_000),
    k=st.floats(min_value=1, max_value=60),
)
def test_no_age_is_off_by_more_than_a_step(at_s: float, age_s: float, k: float) -> None:
    """Whatever the time scale, the age that a rule reckons at the sample is the production age, up to one step."""
    by = Map(t0_s=T0_S, k=k)
    (point,) = points(series("beat_timestamp", (at_s, T0_S + at_s - age_s)), of="beat_timestamp", by=by).items()
    step, value = point
    assert value is not None
    assert -1e-3 <= (step - value) - age_s * k <= 1.0 + 1e-3
