"""The known-bad variants of leading, one story each, beside the good application in the same story."""

from collections.abc import Callable
from typing import Any

import pytest
from trading_app.known_bad.redis_alone import RulesByLease
from trading_app.known_bad.wall_clock import FROZEN_S, RulesByClock, StandingClock
from world import NAMES, RENEW_S, SYNC_S, Instance, ModelLease, World, leaders, run_for


class BlindModelLease(ModelLease):
    """The lease as the scripts of blind-lease treat it."""

    __slots__ = ()

    async def renew(self, epoch: int) -> str | None:
        """Extend whatever is there."""
        await self.link.arrive()
        value = f"{self.link.instance}:{epoch}"
        self.link.world.set_redis(value)
        await self.link.answer()
        return value

    async def release(self, epoch: int) -> None:
        """Delete whatever is there."""
        await self.link.arrive()
        self.link.world.redis = None
        await self.link.answer()


def settled(world: World, **kinds: Any) -> list[Instance]:
    """Three instances, the first of which leads."""
    made = [Instance(world, name, **kinds) for name in NAMES]
    run_for(world, made, 3)
    assert leaders(made) == ["a"]
    return made


def standing(world: World) -> Callable[[], float]:
    """The clock of a machine that may be suspended, in virtual time."""
    return StandingClock(wall=lambda: world.now)


def epochs(world: World) -> list[int]:
    """Under which epochs something was executed, in that order."""
    return [epoch for epoch, _ in world.effects]


@pytest.mark.parametrize(("lease", "steps_down"), [(ModelLease, True), (BlindModelLease, False)])
def test_a_blind_extension_hides_a_split_brain(lease: type[ModelLease], steps_down: bool) -> None:
    """A leader that finds another's name in the lease steps down; blind-lease writes its own over it and leads on."""
    world = World()
    leader, *_ = settled(world, lease=lease)
    epoch = world.epoch
    world.set_redis("intruder:99")
    leader.run("lease")
    assert (leader.coordinator.authority() is None) is steps_down
    assert world.redis_value() == ("intruder:99" if steps_down else f"a:{epoch}")


@pytest.mark.parametrize(("lease", "left"), [(ModelLease, True), (BlindModelLease, False)])
def test_a_blind_deletion_takes_the_successors_lease(lease: type[ModelLease], left: bool) -> None:
    """A leader replaced while frozen leaves the new leader's lease alone; blind-lease deletes it on its way out."""
    world = World()
    old, *others = settled(world, lease=lease)
    run_for(world, others, 6)
    theirs = f"{world.leader}:{world.epoch}"
    assert world.redis_value() == theirs
    old.run("sync")
    assert world.redis_value() == (theirs if left else None)


def test_a_frozen_leader_that_trusts_its_clock_acts_in_an_old_epoch() -> None:
    """Wall-clock executes under its old epoch after it was frozen past its lease, and stops at its own deadline."""
    world = World()
    made = [Instance(world, name, rules=RulesByClock, clock=standing(world), fence=False) for name in NAMES]
    run_for(world, made, 3)
    old, *others = made
    run_for(world, others, 6)
    assert old.coordinator.authority() is not None
    run_for(world, made, SYNC_S)
    assert epochs(world) != sorted(epochs(world))
    assert len(leaders(made)) == 2
    run_for(world, made, 3)
    assert leaders(made) == [world.leader]


@pytest.mark.parametrize("stands", [False, True])
def test_a_frozen_leader_that_asks_the_record_does_not(stands: bool) -> None:
    """The good application keeps its epochs in order in the same story, even on a clock that stood still."""
    world = World()
    made = [Instance(world, name, clock=standing(world) if stands else None) for name in NAMES]
    run_for(world, made, 3)
    old, *others = made
    run_for(world, others, 6)
    assert (old.coordinator.authority() is not None) is stands
    run_for(world, made, 3)
    assert epochs(world) == sorted(epochs(world))
    assert leaders(made) == [world.leader]


@pytest.mark.parametrize(("passed_s", "seen_s"), [(FROZEN_S / 2, FROZEN_S / 2), (600, 0), (-30, -30)])
def test_the_standing_clock_notices_neither_a_freeze_nor_a_set_clock(passed_s: float, seen_s: float) -> None:
    """It goes on from where it was after a freeze, and is set back when the machine's is."""
    wall = [1_700_000_000.0]
    clock = StandingClock(wall=lambda: wall[0])
    before = clock()
    wall[0] += passed_s
    assert clock() - before == pytest.approx(seen_s, abs=1e-3)


@pytest.mark.parametrize(("rules", "leads_on"), [(None, []), (RulesByLease, ["a"])])
def test_the_lease_alone_makes_a_leader_without_postgres(rules: type[RulesByLease] | None, leads_on: list[str]) -> None:
    """With PostgreSQL gone nobody leads; redis-alone leads on for as long as the lease is its own."""
    world = World()
    made = settled(world, **({"rules": rules} if rules else {}))
    world.cut |= {(name, "postgres") for name in NAMES}
    run_for(world, made, 10)
    assert leaders(made) == leads_on
    world.cut |= {(name, "redis") for name in NAMES}
    run_for(world, made, 10)
    assert leaders(made) == []


@pytest.mark.parametrize(("rules", "at_once"), [(None, 1), (RulesByLease, 2)])
def test_a_leader_without_postgres_overlaps_its_successor(rules: type[RulesByLease] | None, at_once: int) -> None:
    """Cut off from PostgreSQL alone, redis-alone still leads when another does, until it sees the lease taken."""
    world = World()
    made = settled(world, **({"rules": rules} if rules else {}))
    world.cut.add(("a", "postgres"))
    most = 0
    for _ in range(60):
        run_for(world, made[1:], 0.1)
        most = max(most, len(leaders(made)))
        if world.leader != "a" or most > at_once:
            break
    made[0].run("lease")
    run_for(world, made, RENEW_S)
    assert most == at_once
    assert leaders(made) == [world.leader]
