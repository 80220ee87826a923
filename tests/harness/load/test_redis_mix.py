"""The commands of the Redis traffic."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.load.redis_mix import KINDS, Mix


@given(st.integers(0, 2**32), st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 50))
def test_a_pipeline_is_repeatable_and_stays_with_its_own_keys(seed: int, index: int, pipeline: int, keys: int) -> None:
    """The same arrival gives the same commands; every key begins with the prefix, and is known for the cleaning up."""
    mix = Mix(pipeline=pipeline, keys=keys, prefix="mine")
    commands = mix.of(seed, index)
    assert commands == mix.of(seed, index)
    assert len(commands) == pipeline
    known = set(mix.every_key())
    for name, *arguments in commands:
        assert name in KINDS
        named = arguments[::2] if name == "MSET" else arguments[:1]
        assert set(named) <= known


def test_every_command_has_its_share() -> None:
    """Over many arrivals each command comes about as often."""
    counts = Counter(command[0] for index in range(3000) for command in Mix(pipeline=5).of(1, index))
    assert set(counts) == set(KINDS)
    assert all(abs(count - 1000) < 200 for count in counts.values())


@pytest.mark.parametrize(
    "changes",
    [{"commands": ("FLUSHALL",)}, {"commands": ()}, {"pipeline": 0}, {"keys": 0}, {"value_bytes": 0}],
)
def test_a_mix_that_cannot_be_sent_is_bad_input(changes: dict[str, object]) -> None:
    """Unknown commands and impossible numbers are refused."""
    with pytest.raises(UsageError):
        Mix(**changes)  # type: ignore[arg-type] # that is what is tried
