"""How long a fault stays."""

from __future__ import annotations

from harness.faults.hold import For, UntilNotified


def nobody(_alert: str) -> bool:
    """Nobody was told."""
    return False


def test_for_a_time_is_compressed() -> None:
    """60 production seconds at k = 15 are 4 real ones."""
    hold = For(production_s=60)
    assert not hold.over(3.99, 15, nobody)
    assert hold.over(4.0, 15, nobody)


def test_until_somebody_was_told() -> None:
    """A notification of the alert, and no other, ends the hold."""
    hold = UntilNotified(alert="SignalLoss")
    assert not hold.over(1, 15, lambda alert: alert == "NoLeader")
    assert hold.over(1, 15, lambda alert: alert == "SignalLoss")


def test_a_notification_that_never_comes_is_not_awaited_for_ever() -> None:
    """The bound ends the hold; that nobody was told is then for the check to say."""
    assert UntilNotified(alert="SignalLoss", at_most_production_s=150).over(10, 15, nobody)
