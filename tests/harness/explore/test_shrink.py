"""Delta debugging on models of failures: what is left fails, cannot be smaller, and took few tries."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from harness.explore.shrink import shrink

SIZES = st.integers(1, 40)


class Model:
    """Fails if all of some items are there; remembers what was tried."""

    def __init__(self, needed: frozenset[int], *, most: int = 100_000) -> None:
        self.needed, self.tried, self.most = needed, list[tuple[int, ...]](), most

    def first_failing(self, batch: Sequence[tuple[int, ...]]) -> int | None:
        """As a runner does, one after another."""
        for at, candidate in enumerate(batch):
            self.tried.append(candidate)
            if self.needed <= set(candidate):
                return at
        return None

    def in_time(self) -> bool:
        """Whether it still answers truthfully."""
        return len(self.tried) < self.most


@given(size=SIZES, data=st.data())
def test_exactly_what_is_needed_is_left(size: int, data: st.DataObject) -> None:
    """Whatever set of items makes it fail, that set is found, in few enough tries."""
    needed = frozenset(data.draw(st.lists(st.integers(1000, 999 + size), unique=True, max_size=min(size, 5))))
    model = Model(needed)
    found = shrink(tuple(range(1000, 1000 + size)), model.first_failing, at_most=10_000)
    assert found.minimal
    assert frozenset(found.items) == needed
    assert found.tried == len(model.tried)
    assert len(model.tried) <= 4 * (len(needed) + 1) * (math.log2(size) + 2) + len(needed) ** 2


@given(size=SIZES, data=st.data())
def test_one_of_several_causes_is_found_and_is_minimal(size: int, data: st.DataObject) -> None:
    """Where there are several ways to fail, none of what is left can be left out."""
    items = tuple(range(1000, 1000 + size))
    causes = data.draw(st.lists(st.frozensets(st.sampled_from(items), min_size=1, max_size=4), min_size=1, max_size=3))

    def fails(candidate: Sequence[int]) -> bool:
        return any(cause <= set(candidate) for cause in causes)

    found = shrink(items, lambda batch: next((at for at, one in enumerate(batch) if fails(one)), None), at_most=10_000)
    assert fails(found.items)
    assert not any(fails([one for one in found.items if one != left_out]) for left_out in found.items)


@given(size=SIZES, at_most=st.integers(0, 12), data=st.data())
def test_the_number_of_tries_is_bounded(size: int, at_most: int, data: st.DataObject) -> None:
    """Broken off it still returns something that fails, and does not call it minimal."""
    items = tuple(range(1000, 1000 + size))
    model = Model(frozenset(data.draw(st.lists(st.sampled_from(items), unique=True, min_size=1))))
    found = shrink(items, model.first_failing, at_most=at_most)
    assert len(model.tried) <= at_most
    assert model.needed <= set(found.items)
    if found.minimal:
        assert frozenset(found.items) == model.needed


@given(size=SIZES, most=st.integers(0, 12), data=st.data())
def test_what_ran_out_of_time_is_not_called_minimal(size: int, most: int, data: st.DataObject) -> None:
    """A candidate that was not tried any more has not passed."""
    items = tuple(range(1000, 1000 + size))
    model = Model(frozenset(data.draw(st.lists(st.sampled_from(items), unique=True, min_size=1))), most=most)

    def first_failing(batch: Sequence[tuple[int, ...]]) -> int | None:
        for at, one in enumerate(batch):
            if not model.in_time():
                return None
            if model.first_failing([one]) == 0:
                return at
        return None

    found = shrink(items, first_failing, at_most=10_000, go_on=model.in_time)
    assert model.needed <= set(found.items)
    if found.minimal:
        assert frozenset(found.items) == model.needed


def test_a_good_hint_saves_most_of_the_way() -> None:
    """Faults that were on at the moment of the failure are tried before all else; a bad hint costs one try."""
    items = tuple(range(1000, 1024))
    without, with_hint, misled = (Model(frozenset({1010, 1012})) for _ in range(3))
    shrink(items, without.first_failing, at_most=1000)
    shrink(items, with_hint.first_failing, hints=[(1009, 1010, 1011, 1012)], at_most=1000)
    found = shrink(items, misled.first_failing, hints=[(1001, 1002)], at_most=1000)
    assert len(with_hint.tried) < len(without.tried) / 2
    assert found.items == (1010, 1012)


def test_a_failure_that_needs_no_fault_is_told() -> None:
    """What fails without any fault is no matter of faults."""
    found = shrink(tuple(range(1000, 1020)), Model(frozenset()).first_failing, at_most=1000)
    assert (found.items, found.minimal) == ((), True)


def test_equal_faults_are_told_apart() -> None:
    """Two items of one value are two items."""
    first, second = ([1.5], "a"), ([1.5], "a")
    found = shrink(
        (first, second),
        lambda batch: next((at for at, one in enumerate(batch) if any(each is second for each in one)), None),
        at_most=100,
    )
    assert len(found.items) == 1
    assert found.items[0] is second
