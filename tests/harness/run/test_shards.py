"""A gate in parts: each scenario in exactly one of them, the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.run import order
from harness.run.shards import Shard, shares

TIMES = st.dictionaries(st.text(min_size=1, max_size=4), st.floats(0.1, 500), min_size=1, max_size=30)


@given(TIMES, st.integers(1, 8), st.randoms(use_true_random=False))
def test_each_name_is_in_one_part_whatever_the_order(times: dict[str, float], parts: int, luck: object) -> None:
    """Nothing is left out, nothing is twice, and the order in which they are listed has no say."""
    found = shares(times, parts)
    assert sorted(name for part in found for name in part) == sorted(times)
    names = list(times)
    luck.shuffle(names)  # type: ignore[attr-defined]
    assert shares({name: times[name] for name in names}, parts) == found


@given(TIMES, st.integers(1, 8))
def test_no_part_is_much_longer_than_the_others(times: dict[str, float], parts: int) -> None:
    """No part takes longer than the mean and the longest name together."""
    longest_s = max(sum(times[name] for name in part) for part in shares(times, parts))
    assert longest_s <= sum(times.values()) / parts + max(times.values()) + 1e-6


@given(TIMES)
def test_no_part_is_empty_where_there_are_names_for_all(times: dict[str, float]) -> None:
    """As many parts as names: one each."""
    assert all(len(part) == 1 for part in shares(times, len(times)))


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/2", "1 / 2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    """The sentence shows what was given and how it should read."""
    with pytest.raises(UsageError, match="a shard reads as 2/4"):
        Shard.parse(text)


def test_a_shard_without_scenarios_is_refused() -> None:
    """It would be green without having looked."""
    with pytest.raises(UsageError, match="3 shards are too many for 2 scenarios"):
        Shard.parse("1/3").part_of({"a": 1, "b": 1})


def test_the_shards_of_the_gate_are_the_gate() -> None:
    """All parts together order every scenario once; each knows the whole, and which known-bad variants are its own."""
    orders = [order.order_of(order.Options(shard=Shard(number=n, of=4), self_test=True)) for n in range(1, 5)]
    known = order.order_of(order.Options(self_test=True))
    assert sorted(one.name for part in orders for one in part.scenarios) == sorted(s.name for s in known.scenarios)
    assert all(set(part.whole) == {one.name for one in known.scenarios} for part in orders)
    assert sorted(one.name for part in orders for one in part.mistakes) == sorted(one.name for one in known.mistakes)
    for part in orders:
        assert {one.scenario for one in part.mistakes} <= {one.name for one in part.scenarios}
