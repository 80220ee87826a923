"""Leases that end before their time, on the real application."""

from __future__ import annotations

from datetime import timedelta

import pytest

from harness.containers.running import RunningStack
from harness.errors import TimedOutError
from stack.faults import elections
from stack.faults.elections import EndLeases
from stack.faults.scale import time_scale
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import value, wait_calm

pytestmark = pytest.mark.containers

HISTORY = "SELECT array_agg(epoch ORDER BY epoch) FROM leadership_history WHERE epoch > %(epoch)s"


def test_the_lead_changes_exactly_as_often_as_asked(system: RunningStack, broken: Broken) -> None:
    """Four leases ended are four new epochs, none skipped; once the last to lose it has noticed, none has followed."""
    epoch = value(system, "SELECT epoch FROM leadership")
    with broken(EndLeases(times=4, apart_production_s=3)):
        pass
    wait_calm(system)
    history = value(system, HISTORY, epoch=epoch)
    assert history == [epoch + number for number in (1, 2, 3, 4)]
    assert value(system, "SELECT epoch FROM leadership") == epoch + 4


def test_the_last_leader_has_led_for_as_long_as_asked(system: RunningStack, broken: Broken) -> None:
    """What is struck next does not meet what the change of the lead itself leaves in a scrape."""
    with broken(EndLeases(times=2, apart_production_s=0, led_production_s=30)):
        led = value(system, "SELECT clock_timestamp() - max(acquired_at) FROM leadership_history")
    assert led >= timedelta(seconds=30 / time_scale(system))


def test_a_lead_that_nobody_takes_is_told(
    system: RunningStack, monkeypatch: pytest.MonkeyPatch, broken: Broken
) -> None:
    """Where no new epoch appears in time the fault fails and says which it waited for."""
    monkeypatch.setattr(elections, "CHANGES_WITHIN_S", 0.3)
    monkeypatch.setattr(elections, "END", "SELECT %(epoch)s::bigint")
    epoch = value(system, "SELECT epoch FROM leadership")
    with pytest.raises(
        TimedOutError, match=rf"somebody to lead at epoch {epoch + 1}; last seen: epoch {epoch} goes on"
    ):
        EndLeases(times=1).strike(system)
