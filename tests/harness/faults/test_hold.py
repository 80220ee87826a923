"""How long a fault stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness.faults.hold import For, UntilNotified, UntilPending


@dataclass(frozen=True)
class Seen:
    """What was seen so far."""

    told: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def notified(self, alert: str) -> bool:
        """Somebody was told."""
        return alert in self.told

    def pending(self, alert: str) -> bool:
        """The alert waits."""
        return alert in self.waiting


NOTHING = Seen()


def test_for_a_time_is_compressed() -> None:
    """60 production seconds at k = 15 are 4 real ones."""
    hold = For(production_s=60)
    assert not hold.over(3.99, 15, NOTHING)
    assert hold.over(4.0, 15, NOTHING)


def test_until_somebody_was_told() -> None:
    """A notification of the alert, and no other, ends the hold."""
    hold = UntilNotified(alert="SignalLoss")
    assert not hold.over(1, 15, Seen(told=("NoLeader",), waiting=("SignalLoss",)))
    assert hold.over(1, 15, Seen(told=("SignalLoss",)))


def test_until_all_that_are_named_were_told() -> None:
    """One of two is not enough, nor both before the least time."""
    hold = UntilNotified(alert="SignalLoss", also=("RedisDown",), at_least_production_s=150)
    assert not hold.over(11, 15, Seen(told=("SignalLoss",)))
    assert not hold.over(9, 15, Seen(told=("SignalLoss", "RedisDown")))
    assert hold.over(10, 15, Seen(told=("SignalLoss", "RedisDown")))


def test_until_the_alert_waits() -> None:
    """The dose is mended as soon as the condition was seen to hold."""
    hold = UntilPending(alert="SignalLoss")
    assert not hold.over(1, 15, Seen(waiting=("NoLeader",)))
    assert hold.over(1, 15, Seen(waiting=("SignalLoss",)))


def test_until_the_alert_waits_and_for_a_while() -> None:
    """A condition that shows at once does not end a dose that other things are judged by."""
    hold = UntilPending(alert="SignalLoss", at_least_production_s=15)
    assert not hold.over(0.9, 15, Seen(waiting=("SignalLoss",)))
    assert hold.over(1, 15, Seen(waiting=("SignalLoss",)))
    assert not hold.over(1, 15, NOTHING)


@pytest.mark.parametrize(
    "hold", [UntilNotified(alert="A", at_most_production_s=150), UntilPending(alert="A", at_most_production_s=150)]
)
def test_what_never_comes_is_not_awaited_for_ever(hold: UntilNotified | UntilPending) -> None:
    """The bound ends the hold; that nobody was told is then for the check to say."""
    assert not hold.over(9.9, 15, NOTHING)
    assert hold.over(10, 15, NOTHING)
