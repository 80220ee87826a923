"""What counts as a signal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from trading_app.signals import Signal

GOOD = {
    "signal_id": "s-1",
    "asset": "BTCUSDT",
    "side": "BUY",
    "price": 100,
    "quantity": 1.5,
    "confidence": 0.5,
    "strategy_id": "momentum",
    "timestamp": 1_700_000_000.25,
}


def test_time_may_be_seconds_or_iso() -> None:
    """Both spellings of a moment are the same signal."""
    seconds = Signal.model_validate(GOOD)
    iso = Signal.model_validate({**GOOD, "timestamp": "2023-11-14T23:13:20.250+01:00"})
    assert seconds == iso
    assert seconds.timestamp == datetime(2023, 11, 14, 22, 13, 20, 250_000, UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"signal_id": ""},
        {"signal_id": "with space"},
        {"signal_id": "nul\0"},
        {"signal_id": "x" * 129},
        {"signal_id": "line\n"},
        {"side": "HOLD"},
        {"price": 0},
        {"price": -1},
        {"price": float("nan")},
        {"price": float("inf")},
        {"quantity": 0},
        {"confidence": 1.01},
        {"timestamp": "2023-11-14T22:13:20"},
        {"timestamp": 1e18},
        {"timestamp": True},
        {"timestamp": None},
        {"surprise": 1},
        {"market_data_snapshot": {"a": ["\0"]}},
        {"market_data_snapshot": {"\ud800": 1}},
        {"market_data_snapshot": {"a": float("nan")}},
        {"market_data_snapshot": [1]},
    ],
)
def test_nonsense_is_refused(change: dict[str, object]) -> None:
    """Whatever cannot be traded or stored is refused before it reaches the database."""
    with pytest.raises(ValidationError):
        Signal.model_validate({**GOOD, **change})


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_every_field_is_needed(missing: str) -> None:
    """A signal without one of its required fields is refused."""
    with pytest.raises(ValidationError):
        Signal.model_validate({key: value for key, value in GOOD.items() if key != missing})


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.text() | st.floats(), st.lists, max_leaves=5)))
def test_accepted_snapshots_can_be_stored(snapshot: dict[str, object]) -> None:
    """A snapshot is either refused or free of what jsonb cannot hold."""
    try:
        signal = Signal.model_validate({**GOOD, "market_data_snapshot": snapshot})
    except ValidationError:
        return
    text = json.dumps(signal.market_data_snapshot, allow_nan=False, ensure_ascii=False)
    text.encode()
    assert not [part for part in strings(signal.market_data_snapshot) if "\0" in part]


def strings(value: object) -> Iterator[str]:
    """Every key and every text inside."""
    match value:
        case str():
            yield value
        case dict():
            yield from strings(list(value.items()))
        case list() | tuple():
            for part in value:
                yield from strings(part)
