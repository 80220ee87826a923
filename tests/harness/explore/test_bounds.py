"""What clean runs are worth, and when a failure is confirmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.explore.bounds import confirmed, rule_of_three, upper_bound


@given(clean=st.integers(1, 10_000))
def test_the_bound_is_where_luck_ends(clean: int) -> None:
    """With that share of failing runs as many clean ones in a row have a chance of 5 %."""
    assert (1 - upper_bound(clean)) ** clean == pytest.approx(0.05)
    assert upper_bound(clean) <= rule_of_three(clean)


def test_known_values() -> None:
    """Nothing is worth nothing; one run nearly so; the rule of three is near from 30 on."""
    assert upper_bound(0) == rule_of_three(0) == 1.0
    assert upper_bound(1) == pytest.approx(0.95)
    assert upper_bound(10) == pytest.approx(0.2589, abs=1e-4)
    assert rule_of_three(30) == pytest.approx(upper_bound(30), rel=0.06)


@given(ends=st.lists(st.booleans(), min_size=1, max_size=8), data=st.data())
def test_confirmation_never_changes_its_mind(ends: list[bool], data: st.DataObject) -> None:
    """As soon as it is decided the rest of the runs cannot change it; at the end it is decided."""
    least = data.draw(st.integers(1, len(ends)))
    decided = [confirmed(sum(ends[:at]), len(ends) - at, least=least) for at in range(len(ends) + 1)]
    assert decided[-1] is (sum(ends) >= least)
    for at, one in enumerate(decided):
        if one is not None:
            assert set(decided[at:]) == {one}
