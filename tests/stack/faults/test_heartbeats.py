"""Heartbeats that Redis refuses, on the real application."""

from __future__ import annotations

import time
from itertools import pairwise
from statistics import median

import pytest

from harness.containers.running import RunningStack
from harness.poll import until
from stack.faults.heartbeats import RefuseHeartbeats
from stack.faults.live_redis import live_redis
from tests.stack.faults.conftest import TIME_SCALE, Broken
from tests.stack.faults.looking import INSTANCES, PM, leaders, metric, value

# What is measured here is time: not beside tests that keep the processors busy.
pytestmark = [pytest.mark.containers, pytest.mark.alone]

BEAT_S = 5 / TIME_SCALE


def sent_at(stack: RunningStack, instance: str) -> float:
    """When the instance's last heartbeat was stored, wall clock, s."""
    return metric(stack, instance, f"{PM}last_heartbeat_timestamp") or 0.0


def gaps(stack: RunningStack, for_s: float) -> dict[str, list[float]]:
    """Real seconds between the heartbeats that each instance got through in that time."""
    seen = {name: [sent_at(stack, name)] for name in INSTANCES}
    end = time.monotonic() + for_s

    def over() -> bool:
        for name, sent in seen.items():
            if (now := sent_at(stack, name)) != sent[-1]:
                sent.append(now)
        return time.monotonic() >= end

    until("the time to pass", over, within_s=for_s + 2, every_s=0.05)
    return {name: [b - a for a, b in pairwise(sent)] for name, sent in seen.items()}


def test_each_instance_gets_its_dose(system: RunningStack, broken: Broken) -> None:
    """Never, every 20 s and every 10 s of production come as that; lead and Redis stay."""
    leader, epoch = leaders(system), value(system, "SELECT epoch FROM leadership")
    fault = RefuseHeartbeats(every_s=(("trading-1", None), ("trading-2", 20.0), ("trading-3", 10.0)))
    with broken(fault):
        found = gaps(system, 6.0)
        assert found["trading-1"] == []
        assert time.time() - sent_at(system, "trading-1") > 6.0
        for name, beats in (("trading-2", 4), ("trading-3", 2)):
            whole = found[name][1:]  # the first gap began before the fault
            assert median(whole) == pytest.approx(beats * BEAT_S, abs=BEAT_S / 2)
            assert min(whole) > (beats - 0.5) * BEAT_S, "a heartbeat came through before its time"
        for name in INSTANCES:
            assert metric(system, name, f"{PM}fallback_mode") == 0
            assert metric(system, name, f'{PM}source_up{{source="redis"}}') == 1
    until("the leader to lead on", lambda: leaders(system) == leader, within_s=30)
    assert value(system, "SELECT epoch FROM leadership") == epoch
    assert "heartbeat_refused" in system.logs("trading-1")


def test_instances_that_are_not_named_are_left_alone(system: RunningStack, broken: Broken) -> None:
    """Their heartbeats come as before, and boards may read everything."""
    with broken(RefuseHeartbeats(every_s=(("trading-1", None),))):
        last, seen = sent_at(system, "trading-1"), {sent_at(system, "trading-2")}

        def three_more() -> bool:
            seen.add(sent_at(system, "trading-2"))
            return len(seen) > 3

        until("three heartbeats of another", three_more, within_s=30)
        assert sent_at(system, "trading-1") == last
        with live_redis(system) as redis:
            assert redis.hgetall("tss:state")


def test_afterwards_everything_may_be_written(system: RunningStack, broken: Broken) -> None:
    """The access list is as it was, also after mending twice or without a strike."""
    fault = RefuseHeartbeats(every_s=(("trading-1", None),))
    with live_redis(system) as redis:
        before = redis.acl_list()
        with broken(fault):
            assert redis.acl_list() != before
        fault.mend(system)
        assert redis.acl_list() == before
    since = time.time()
    until("a heartbeat", lambda: sent_at(system, "trading-1") > since, within_s=30)
