"""The trading signals that the load generator posts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stack.traffic import ASSETS, signal


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**31), index=st.integers(0, 10**7), due_s=st.floats(1e9, 3e9))
def test_a_signal_is_repeatable_and_whole(seed: int, index: int, due_s: float) -> None:
    """The same seed and index give the same tradable signal, whenever and under whatever id it is sent."""
    body = signal(seed, index, "run-1", due_s)
    again = signal(seed, index, "run-2", 0.0)
    assert {**again, "signal_id": "run-1", "timestamp": body["timestamp"]} == body
    assert body["side"] in {"BUY", "SELL"}
    assert body["price"] > 0
    assert body["quantity"] > 0
    assert 0 < body["confidence"] < 1
    assert body["strategy_id"]


def test_signals_vary() -> None:
    """A thousand signals touch every asset and both sides, and no two neighbours are the same trade."""
    bodies = [signal(1, index, "x", 0.0) for index in range(1000)]
    assert {body["asset"] for body in bodies} == set(ASSETS)
    assert {body["side"] for body in bodies} == {"BUY", "SELL"}
    assert len({(body["asset"], body["price"], body["quantity"]) for body in bodies}) > 990
