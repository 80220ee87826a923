"""Another's name in the lease, on the real application."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.poll import Seen, until
from stack.faults.ghosts import KEY
from stack.faults.live_redis import live_redis
from stack.faults.stolen_lease import LEASE, StolenLease
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import leaders, value

pytestmark = pytest.mark.containers

EPOCH = "SELECT epoch FROM leadership"


def test_a_stolen_lease_is_answered_with_an_election(system: RunningStack, broken: Broken) -> None:
    """The leader steps down, and one epoch further somebody leads; mended, the intruder's name is gone."""
    epoch = value(system, EPOCH)

    def elected() -> bool:
        if (now := value(system, EPOCH)) <= epoch or len(leaders(system)) != 1:
            raise Seen(f"epoch {now}, {leaders(system)} lead")
        return True

    with broken(StolenLease()):
        until("an election", elected, within_s=30)
    with live_redis(system) as redis:
        assert redis.get(KEY) != LEASE


def test_mending_leaves_a_real_lease_alone(system: RunningStack) -> None:
    """A lease that was taken anew is not deleted, also when the theft never happened."""
    with live_redis(system) as redis:
        held = redis.get(KEY)
        StolenLease().mend(system)
        assert str(redis.get(KEY)).split(":")[0] == str(held).split(":")[0]
