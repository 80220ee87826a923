"""A Redis that comes back with other data, under the real application."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.poll import until
from stack.faults.elections import EndLeases
from stack.faults.live_redis import live_redis
from stack.faults.redis_data import KEPT, EmptiedRedis, KeptDump, RestoredRedis
from stack.faults.resynchronised import leader_of_the_record
from tests.stack.faults.conftest import Broken

pytestmark = pytest.mark.containers

MARK = "tss:a-key-of-this-test"


def leader(system: RunningStack) -> tuple[str, int]:
    """Who leads by the record, and its epoch, once somebody does."""
    return until("a leader", lambda: leader_of_the_record(system), within_s=30)


def marked(system: RunningStack) -> bool:
    """Whether Redis still has what this test wrote."""
    with live_redis(system) as redis:
        return bool(redis.exists(MARK))


def mark(system: RunningStack) -> None:
    """Write a key that the application does not know, and so never writes again."""
    with live_redis(system) as redis:
        redis.set(MARK, "here", ex=600)


def test_an_emptied_redis_has_nothing_of_what_it_had(system: RunningStack, broken: Broken) -> None:
    """Another process without the old keys; healed, it shows the leader of the record again, in the old term."""
    before = leader(system)
    mark(system)
    with broken(EmptiedRedis()):
        assert not marked(system)
    assert leader(system) == before


def test_a_restored_redis_has_the_keys_of_the_dump(system: RunningStack, broken: Broken) -> None:
    """What ended meanwhile is there again, and the leader since then stays; no dump is left behind."""
    mark(system)
    with broken(KeptDump()):
        with live_redis(system) as redis:
            assert 0 < int(str(redis.ttl(MARK))) <= 600, "the dump is without ends, Redis itself is as before"
            redis.delete(MARK)
        with broken(EndLeases(times=1)):
            since = leader(system)
            with broken(RestoredRedis()):
                assert marked(system)
            assert leader(system) == since
    with live_redis(system) as redis:
        redis.delete(MARK)
    assert system.container("redis").exec_run(["test", "-e", KEPT]).exit_code == 1


def test_a_dump_that_is_not_old_is_refused(system: RunningStack, broken: Broken) -> None:
    """Without a dump, or with one in which the leader of today leads, nothing is broken: there would be no dose."""
    with pytest.raises(InfrastructureError, match="KeptDump has to be struck before"):
        RestoredRedis().strike(system)
    with broken(KeptDump()), pytest.raises(InfrastructureError, match="that dump is not old"):
        RestoredRedis().strike(system)


def test_mending_what_is_whole_changes_nothing(system: RunningStack) -> None:
    """Every undo may run without its fault, and twice."""
    before = leader(system)
    for fault in (KeptDump(), EmptiedRedis(), RestoredRedis()):
        fault.mend(system)
        fault.mend(system)
    assert leader(system) == before
