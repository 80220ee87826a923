"""Leaders that do not exist, on the real application."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.faults.network import CutLink
from harness.poll import Seen, until
from stack.faults import ghosts
from stack.faults.ghosts import KEY, LEASE, GhostLeader, GhostLease
from stack.faults.live_redis import live_redis
from tests.stack.faults.conftest import TIME_SCALE, Broken
from tests.stack.faults.looking import INSTANCES, PM, leaders, metric, traffic, value

# What is measured here is time: not beside tests that keep the processors busy.
pytestmark = [pytest.mark.containers, pytest.mark.alone]

HISTORY = "SELECT array_agg(leader_id ORDER BY epoch) FROM leadership_history WHERE epoch > %(epoch)s"
GHOST_S = 1.5
APART = (
    "SELECT extract(epoch FROM second.acquired_at - ghost.acquired_at)::float FROM leadership_history AS ghost "
    "JOIN leadership_history AS second ON second.epoch = ghost.epoch + 1 WHERE ghost.epoch = %(epoch)s + 1"
)
LEASE_UNTIL = "SELECT lease_until FROM leadership"
LOCKED = (
    "SELECT count(*) FROM pg_locks WHERE relation = 'instance_heartbeats'::regclass AND granted "
    "AND mode = 'ShareRowExclusiveLock'"
)
CONFLICTS = f"{PM}fencing_conflicts_total"


def nobody_leads(stack: RunningStack) -> bool:
    """Whether every instance has stepped down."""
    if found := leaders(stack):
        raise Seen(f"{found} lead")
    return True


def test_a_ghost_in_the_record_takes_the_lead_from_everybody(system: RunningStack, broken: Broken) -> None:
    """The old leader meets the fence and steps down, nobody claims; once mended somebody leads one epoch further."""
    (leader,) = leaders(system)
    epoch, met = value(system, "SELECT epoch FROM leadership"), metric(system, leader, CONFLICTS) or 0
    fault = GhostLeader()
    with traffic(system, INSTANCES[0]):
        with broken(fault):
            until("everybody to step down", lambda: nobody_leads(system), within_s=30)
            assert metric(system, leader, CONFLICTS) == met + 1
            until(
                "the followers to see it",
                lambda: metric(system, INSTANCES[0], f"{PM}leader_epoch") == epoch + 1,
                within_s=30,
            )
            assert metric(system, INSTANCES[0], f'{PM}leader_db_info{{leader="ghost"}}') == 1
            assert value(system, "SELECT epoch FROM leadership") == epoch + 1
        until("a leader", lambda: leaders(system), within_s=30)
    history = value(system, HISTORY, epoch=epoch)
    assert history[0] == "ghost"
    assert history[1] in INSTANCES
    lease = value(system, LEASE_UNTIL)
    fault.mend(system)
    assert value(system, LEASE_UNTIL) >= lease, "mending once more took the lead from somebody real"


def test_nobody_learns_of_the_ghost_before_the_old_leader_met_the_fence(
    system: RunningStack, monkeypatch: pytest.MonkeyPatch, broken: Broken
) -> None:
    """While the old leader is waited for, the record has the ghost already and synchronisations are held up."""
    seen = []

    def look(until_s: float, has_met_it: object) -> None:
        del until_s, has_met_it
        seen.append((value(system, LOCKED), value(system, "SELECT leader_id FROM leadership")))

    monkeypatch.setattr(ghosts, "_wait_for_the_fence", look)
    with broken(GhostLeader()):
        assert seen == [(1, "ghost")]
        assert value(system, LOCKED) == 0


def test_a_ghost_meets_no_fence_without_traffic(system: RunningStack, broken: Broken) -> None:
    """Nobody acts, so nobody is fenced; the lead is gone all the same, and no synchronisation failed for it."""
    failures = f'{PM}db_sync_attempts_total{{result="failure"}}'
    before = {name: (metric(system, name, CONFLICTS), metric(system, name, failures)) for name in INSTANCES}
    with broken(GhostLeader()):
        until("everybody to step down", lambda: nobody_leads(system), within_s=30)
        assert {name: (metric(system, name, CONFLICTS), metric(system, name, failures)) for name in INSTANCES} == before


def test_a_ghost_may_go_by_itself(system: RunningStack, broken: Broken) -> None:
    """With a lease of its own length somebody claims when it is over and not before, while the fault is in place."""
    epoch = value(system, "SELECT epoch FROM leadership")
    with broken(GhostLeader(lasts_production_s=GHOST_S * TIME_SCALE)):
        until("a leader", lambda: value(system, "SELECT epoch FROM leadership") > epoch + 1, within_s=30)
    first, second, *_ = value(system, HISTORY, epoch=epoch)
    assert (first, second in INSTANCES) == ("ghost", True)
    # The history is written just after the lease.
    assert value(system, APART, epoch=epoch) >= GHOST_S - 0.01


def test_a_ghost_in_redis_makes_followers_see_two_leaders(system: RunningStack, broken: Broken) -> None:
    """A leader cut off from Redis goes on under its epoch while followers read the ghost's name; afterwards it goes."""
    (leader,) = leaders(system)
    follower = next(name for name in INSTANCES if name != leader)
    epoch = value(system, "SELECT epoch FROM leadership")
    with broken(CutLink(target=f"{leader}:redis")), broken(GhostLease()):
        ghost = f'{PM}leader_redis_info{{leader="ghost"}}'
        until("the follower to see the ghost", lambda: metric(system, follower, ghost) == 1, within_s=30)
        with live_redis(system) as redis:
            redis.delete("tss:leader")
            until("the ghost to be back", lambda: redis.get(KEY) == LEASE, within_s=1)
            assert redis.ttl("tss:leader") == -1
        until("the leader to lead on", lambda: leaders(system) == [leader], within_s=30)
        assert value(system, "SELECT epoch FROM leadership") == epoch
    until("the lease to be the leader's", lambda: leased_to(system) == f"{leader}:{epoch}", within_s=30)


def test_mending_a_ghost_in_redis_leaves_a_real_lease_alone(system: RunningStack) -> None:
    """Only the ghost's own lease is deleted."""
    before = leased_to(system)
    GhostLease().mend(system)
    assert before
    assert leased_to(system) == before


def leased_to(stack: RunningStack) -> str | None:
    """The value of the lease."""
    with live_redis(stack) as redis:
        held = redis.get("tss:leader")
        return None if held is None else str(held)
