"""How the rate changes with time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.shapes import Burst, Ramp, Shape, Steady, shape

multiples = st.floats(min_value=0.01, max_value=100)
lengths_s = st.floats(min_value=0.1, max_value=100)
shapes: st.SearchStrategy[Shape] = st.one_of(
    st.builds(Steady, even=st.booleans()),
    st.builds(Ramp, begin=st.one_of(st.just(0.0), multiples), end=multiples, over_s=lengths_s),
    st.builds(
        lambda times, for_s, calm_s, first_s: Burst(times=times, for_s=for_s, every_s=for_s + calm_s, first_s=first_s),
        multiples,
        lengths_s,
        lengths_s,
        lengths_s,
    ),
)
times_s = st.floats(min_value=0.01, max_value=1000)


@settings(deadline=None)
@given(shapes, times_s)
def test_the_moment_of_a_count_is_the_inverse_of_the_count_at_a_moment(form: Shape, at_s: float) -> None:
    """Both ways agree: a schedule made by `when` is judged by `upto`."""
    assert form.when(form.upto(at_s)) == pytest.approx(at_s, rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(shapes, times_s, times_s)
def test_counts_grow_and_never_faster_than_the_peak(form: Shape, one_s: float, other_s: float) -> None:
    """What is expected within a time is between nothing and the peak."""
    first_s, last_s = sorted((one_s, other_s))
    grown = form.upto(last_s) - form.upto(first_s)
    assert -1e-6 <= grown <= form.peak * (last_s - first_s) * (1 + 1e-9) + 1e-6
    assert form.upto(-1.0) == 0.0


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("constant", {10.0: 10.0}),
        ("poisson", {10.0: 10.0}),
        ("ramp:1x-3x/10s", {5.0: 7.5, 10.0: 20.0, 20.0: 50.0}),
        ("ramp:2x-0.5x/10s", {10.0: 12.5, 12.0: 13.5}),
        ("burst:10x/5s/60s", {55.0: 55.0, 60.0: 105.0, 115.0: 160.0, 117.0: 180.0}),
        ("burst:10x/5s", {25.0: 25.0, 30.0: 75.0}),
        ("burst:10x/20s", {20.0: 20.0, 40.0: 220.0}),
        ("burst:3x/2s/10s@1s", {1.0: 1.0, 3.0: 7.0, 11.0: 15.0, 12.0: 18.0}),
    ],
)
def test_shapes_are_read_from_a_word(text: str, counts: dict[float, float]) -> None:
    """Each text has the counts that its numbers say."""
    assert {at_s: shape(text).upto(at_s) for at_s in counts} == pytest.approx(counts)


@pytest.mark.parametrize(
    "text",
    ["", "steady", "ramp", "ramp:1-2/3", "ramp:1x-0x/5s", "ramp:1x-2x/0s", "burst:10x", "burst:10x/5s/5s",
     "burst:0x/5s/9s", "burst:10x/0s/9s", "poisson:1x", "trace:file"],
)  # fmt: skip
def test_what_is_no_shape_is_bad_input(text: str) -> None:
    """A wrong word is named, with those there are."""
    with pytest.raises(UsageError, match="arrivals"):
        shape(text)
