"""Which stored positions are trusted."""

import math

import pytest
from trading_app.recovery import RecoveryCode, RecoveryFailedError, parse, validate

GOOD = ("BTC", 2.0, 100.0, 5.0, 4.0, 40.0)


def code_of(row: tuple[object, ...]) -> RecoveryCode:
    """How this row is judged."""
    try:
        validate(parse(row))
    except RecoveryFailedError as refused:
        return refused.code
    return RecoveryCode.NONE


def test_consistent_position_is_trusted() -> None:
    """Risk of 2 % and margin of 20 % of the value fit, to a hundredth; short positions count by their size."""
    assert code_of(GOOD) is RecoveryCode.NONE
    assert code_of(("BTC", -2.0, 100.0, 5.0, 4.0099, 39.9901)) is RecoveryCode.NONE
    assert code_of(("FLAT", 0.0, 0.0, -3.0, 0.0, 0.0)) is RecoveryCode.NONE


@pytest.mark.parametrize("row", [("BTC", 2.0, 100.0, 5.0, 4.011, 40.0), ("BTC", 2.0, 100.0, 5.0, 4.0, 39.98)])
def test_deviation_fails_validation(row: tuple[object, ...]) -> None:
    """A risk or margin that is off by more than 0.01 is VALIDATION_FAILED."""
    assert code_of(row) is RecoveryCode.VALIDATION_FAILED


@pytest.mark.parametrize(
    "row",
    [
        ("BTC", math.nan, 100.0, 5.0, 4.0, 40.0),
        ("BTC", 2.0, math.inf, 5.0, 4.0, 40.0),
        ("BTC", 2.0, None, 5.0, 4.0, 40.0),
        ("BTC", 2.0, -100.0, 5.0, 4.0, 40.0),
        ("BTC", 2.0, 0.0, 5.0, 0.0, 0.0),
    ],
)
def test_impossible_position_is_corrupt(row: tuple[object, ...]) -> None:
    """A value that no position can have is DATA_CORRUPT."""
    assert code_of(row) is RecoveryCode.DATA_CORRUPT


def test_sentence_names_the_position() -> None:
    """Whoever is called at night reads which position it is, what was found and what it should be."""
    with pytest.raises(RecoveryFailedError, match=r"BTC: stored risk 4\.5000, must be 4\.0000"):
        validate(parse(("BTC", 2.0, 100.0, 5.0, 4.5, 40.0)))
