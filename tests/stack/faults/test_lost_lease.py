"""A lease that goes before its time, on the real application."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.errors import TimedOutError
from stack.faults import lost_lease
from stack.faults.ghosts import KEY, lease_of
from stack.faults.live_redis import live_redis
from stack.faults.lost_lease import LostLease
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import value

pytestmark = pytest.mark.containers

EPOCH = "SELECT epoch FROM leadership"


@pytest.mark.parametrize("ends_in_ms", [None, 5])
def test_a_lost_lease_is_written_again_without_an_election(
    system: RunningStack, broken: Broken, ends_in_ms: int | None
) -> None:
    """It is seen to be gone, and healed only when the leader of the record has it again, in its old term."""
    epoch = value(system, EPOCH)
    with broken(LostLease(ends_in_ms=ends_in_ms)):
        pass
    assert value(system, EPOCH) == epoch
    held = lease_of(system)
    assert held is not None
    assert held.endswith(f":{epoch}")


def test_a_lease_that_is_not_there_cannot_be_lost(system: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The strike fails rather than calling a lease lost that nobody had."""
    monkeypatch.setattr(lost_lease, "KEY", f"{KEY}:of-nobody")
    monkeypatch.setattr(lost_lease, "GONE_WITHIN_S", 0.2)
    with pytest.raises(TimedOutError, match="there is no tss:leader:of-nobody"):
        LostLease().strike(system)


def test_mending_leaves_a_real_lease_alone(system: RunningStack) -> None:
    """Whoever has it keeps it."""
    with live_redis(system) as redis:
        held = redis.get(KEY)
        LostLease().mend(system)
        assert redis.get(KEY) == held
