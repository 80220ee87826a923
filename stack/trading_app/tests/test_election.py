"""Leader election, one story a test, on the model world."""

import pytest
from trading_app.rules import Mode, is_past
from world import NAMES, Instance, World, leaders, run_for


@pytest.fixture
def world() -> World:
    """A fresh one."""
    return World()


@pytest.fixture
def instances(world: World) -> list[Instance]:
    """Three instances, settled: one leads."""
    made = [Instance(world, name) for name in NAMES]
    run_for(world, made, 3)
    assert leaders(made) == ["a"]
    return made


def cut(world: World, service: str, *names: str) -> None:
    """Cut the named instances, or all, off from a service."""
    world.cut |= {(name, service) for name in names or NAMES}


def test_redis_outage_changes_neither_leader_nor_epoch(world: World, instances: list[Instance]) -> None:
    """With Redis gone the sitting leader leads on through PostgreSQL, under the same epoch."""
    epoch = world.epoch
    cut(world, "redis")
    run_for(world, instances, 20)
    assert (leaders(instances), world.epoch) == (["a"], epoch)
    assert {one.coordinator.view.mode for one in instances} == {Mode.FALLBACK}


def test_redis_comes_back_empty(world: World, instances: list[Instance]) -> None:
    """A Redis that lost its data gets the same leader's lease again, without an election."""
    epoch = world.epoch
    cut(world, "redis")
    run_for(world, instances, 5)
    world.redis = None
    world.cut.clear()
    run_for(world, instances, 3)
    assert (leaders(instances), world.epoch, world.redis_value()) == (["a"], epoch, f"a:{epoch}")
    assert {one.coordinator.view.mode for one in instances} == {Mode.NORMAL}


def test_redis_comes_back_with_the_data_of_former_days(world: World, instances: list[Instance]) -> None:
    """A former leader's lease, without an end, does not bring it back: whoever leads by the record writes its own."""
    world.lease_until = world.now
    run_for(world, instances[1:], 3)
    run_for(world, instances, 1)
    leader, epoch = world.leader, world.epoch
    assert leader != "a"
    cut(world, "redis")
    run_for(world, instances, 1)
    world.set_redis("a:1", ttl_s=1e9)
    world.cut.clear()
    run_for(world, instances, 6)
    assert (leaders(instances), world.epoch, world.redis_value()) == ([leader], epoch, f"{leader}:{epoch}")


def test_an_old_lease_does_not_hold_up_an_election(world: World, instances: list[Instance]) -> None:
    """With the leader gone and a lease of former days in Redis, which never ends, the next one takes over at once."""
    world.epoch = 5
    world.lease_until = world.now
    world.set_redis("nobody:1", ttl_s=1e9)
    run_for(world, instances[1:], 1.5)
    assert len(leaders(instances[1:])) == 1


@pytest.mark.parametrize(
    ("holder", "past"),
    [
        ("b:4", True),
        ("a:1", True),
        ("b:5", False),
        ("b:6", False),
        ("b:0", False),
        ("nonsense", False),
        ("b:-1", False),
    ],
)
def test_only_an_earlier_term_is_past(holder: str, past: bool) -> None:
    """A candidate, an equal or later epoch, and a name without one may be somebody's who is to be heeded."""
    assert is_past(holder, 5) is past


def test_leader_alone_cut_off_from_redis_keeps_leading(world: World, instances: list[Instance]) -> None:
    """The record decides: while it names a live leader nobody else takes the lapsed lease, and nothing flaps."""
    epoch = world.epoch
    cut(world, "redis", "a")
    run_for(world, instances, 20)
    assert (leaders(instances), world.epoch) == (["a"], epoch)
    world.cut.clear()
    run_for(world, instances, 3)
    assert (leaders(instances), world.epoch, world.redis_value()) == (["a"], epoch, f"a:{epoch}")


def test_leader_cut_off_from_postgres_stops_before_another_starts(world: World, instances: list[Instance]) -> None:
    """A leader without PostgreSQL stops by its own clock; then one other takes over with a new epoch."""
    epoch = world.epoch
    cut(world, "postgres", "a")
    run_for(world, instances, 6)
    assert leaders(instances) in (["b"], ["c"])
    assert world.epoch == epoch + 1


def test_nobody_acts_without_postgres(world: World, instances: list[Instance]) -> None:
    """With PostgreSQL gone for all, nobody acts; when it is back, one does."""
    cut(world, "postgres")
    run_for(world, instances, 6)
    assert leaders(instances) == []
    world.cut.clear()
    run_for(world, instances, 3)
    assert len(leaders(instances)) == 1


def test_paused_leader_wakes_up_powerless(world: World, instances: list[Instance]) -> None:
    """A leader that was frozen past its lease does not act when it goes on, not even before its next step."""
    others = [one for one in instances if one.name != "a"]
    run_for(world, others, 6)
    assert instances[0].coordinator.authority() is None
    run_for(world, instances, 2)
    assert len(leaders(instances)) == 1
    assert leaders(instances) != ["a"]


def test_slow_clock_does_not_outlive_the_lease(world: World) -> None:
    """A leader whose clock runs 5 % slow has stopped before the database would let another in."""
    slow = Instance(world, "a", clock_rate=0.95)
    slow.run("sync")
    slow.run("sync")
    assert leaders([slow]) == ["a"]
    assert world.lease_until is not None
    world.now = world.lease_until
    assert leaders([slow]) == []


def test_late_answer_lengthens_no_lease(world: World, instances: list[Instance]) -> None:
    """A renewal whose answer took longer than the lease gives no authority."""
    leader = instances[0]
    leader.start("sync")
    leader.resume("sync")
    leader.resume("sync")  # renewed; the answer is on its way
    world.now += 2.5
    leader.resume("sync")
    assert leader.coordinator.authority() is None


def test_foreign_lease_demotes_at_once(world: World, instances: list[Instance]) -> None:
    """A leader that finds another's name in the Redis lease demotes itself and gives the record free."""
    world.set_redis("b:99")
    instances[0].run("lease")
    assert leaders(instances) == []
    assert "split-brain" in instances[0].coordinator.view.reason
    assert world.lease_until == world.now
    run_for(world, instances, 3)
    assert len(leaders(instances)) == 1


def test_candidate_does_not_unseat_a_live_leader(world: World, instances: list[Instance]) -> None:
    """A lease that somebody took only to try a claim changes nothing; should it stay, it counts as foreign."""
    epoch = world.epoch
    world.set_redis("b:0", ttl_s=0.8)
    run_for(world, instances, 3)
    assert (leaders(instances), world.epoch, world.redis_value()) == (["a"], epoch, f"a:{epoch}")
    world.set_redis("intruder:0", ttl_s=1e9)
    run_for(world, instances, 9)
    assert world.epoch > epoch
    assert world.redis_value() == f"{world.leader}:{world.epoch}"


def test_refused_candidate_gives_the_lease_back(world: World, instances: list[Instance]) -> None:
    """A candidate that won the lease but not the record leaves the lease to whoever won that."""
    candidate = instances[1]
    world.now += 3
    candidate.start("sync")
    while world.redis_value() != "b:0":
        candidate.resume("sync")
    world.leader, world.epoch, world.lease_until = "c", world.epoch + 1, world.now + 2
    candidate.run("sync")
    assert (leaders(instances), world.redis_value()) == ([], None)


def test_leader_past_its_deadline_leaves_the_lease_alone(world: World, instances: list[Instance]) -> None:
    """Without authority nobody takes or extends the lease, whatever it was before."""
    world.now += 3
    instances[0].run("lease")
    assert world.redis_value() is None


def test_newer_life_of_the_same_instance_wins(world: World, instances: list[Instance]) -> None:
    """Two processes under one name: the one that finds a later epoch in the lease steps down."""
    world.set_redis(f"a:{world.epoch + 1}")
    instances[0].run("lease")
    assert leaders(instances) == []


def test_endless_foreign_lease_does_not_block_for_ever(world: World, instances: list[Instance]) -> None:
    """A lease value that no record backs and that never expires is replaced after the length of a lease."""
    world.set_redis("intruder:1", ttl_s=1e9)
    run_for(world, instances, 6)
    assert leaders(instances) == [world.leader]
    assert world.redis_value() == f"{world.leader}:{world.epoch}"


def test_restarted_leader_needs_no_waiting(world: World, instances: list[Instance]) -> None:
    """A leader that crashed and is back at once claims again without waiting for its old lease, with a new epoch."""
    epoch = world.epoch
    instances[0].restart()
    instances[0].run("lease")
    instances[0].run("sync")
    assert (leaders(instances), world.epoch) == (["a"], epoch + 1)


def test_stopped_leader_hands_over_quickly(world: World, instances: list[Instance]) -> None:
    """A leader that stops in good order ends both leases, so the next one starts within a synchronisation."""
    instances[0].running["stop"] = instances[0].coordinator.step_down("stopping")
    instances[0].run("stop")
    assert world.redis_value() is None
    run_for(world, instances, 0.4)
    assert leaders(instances) in (["b"], ["c"])


def test_instance_without_redis_lets_others_go_first(world: World, instances: list[Instance]) -> None:
    """When the leader dies, an instance that still sees Redis takes over before one that does not."""
    cut(world, "redis", "b")
    run_for(world, instances, 2)
    run_for(world, instances[1:], 6)
    assert leaders(instances[1:]) == ["c"]


def test_not_eligible_never_leads(world: World) -> None:
    """An instance whose recovery has not succeeded does not claim, even alone."""
    alone = Instance(world, "a")
    alone.coordinator.eligible = False
    run_for(world, [alone], 5)
    assert (leaders([alone]), world.epoch) == ([], 0)
