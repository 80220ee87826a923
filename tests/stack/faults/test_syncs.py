"""Synchronisations that PostgreSQL refuses, on the real application."""

from __future__ import annotations

import re
from functools import partial

import pytest
from psycopg import sql

from harness.containers.running import RunningStack
from harness.faults import data
from harness.poll import Seen, until
from stack.faults.syncs import FailSyncs
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import PM, leaders, metric, value

pytestmark = pytest.mark.containers

# As PostgreSQL logs it: the message, and in the next line whose function it was.
REFUSED = re.compile(r"refused by the chaos harness: attempt (\d+)\n.*CONTEXT:.*chaos_syncs_(trading-\d)")


def attempts(stack: RunningStack, instance: str) -> tuple[float, float]:
    """Good and failed synchronisations since the start."""
    counted = [
        metric(stack, instance, f'{PM}db_sync_attempts_total{{result="{kind}"}}') for kind in ("success", "failure")
    ]
    return counted[0] or 0.0, counted[1] or 0.0


def test_the_share_is_exact_and_evenly_spread(system: RunningStack, broken: Broken) -> None:
    """Every fourth synchronisation of one instance fails, every tenth of another, none of the third; the lead stays."""
    leader, epoch = leaders(system), value(system, "SELECT epoch FROM leadership")
    failed, told = attempts(system, "trading-1")[1], len(system.logs("postgres"))
    quarter, tenth = FailSyncs(instance="trading-1", percent=25), FailSyncs(instance="trading-2", percent=10)
    with broken(quarter), broken(tenth):
        for name, times in (("trading-1", 40), ("trading-2", 30)):
            until(f"{times} synchronisations of {name}", partial(synchronised, system, name, times), within_s=60)
        until("the application to count them", lambda: attempts(system, "trading-1")[1] >= failed + 10, within_s=30)
    until("the leader to lead on", lambda: leaders(system) == leader, within_s=30)
    assert value(system, "SELECT epoch FROM leadership") == epoch
    refused = REFUSED.findall(system.logs("postgres")[told:])
    assert {name for _, name in refused} == {"trading-1", "trading-2"}
    for name, every, least in (("trading-1", 4, 10), ("trading-2", 10, 3)):
        found = [int(attempt) for attempt, instance in refused if instance == name]
        assert found == [every * (number + 1) for number in range(len(found))]
        assert len(found) >= least
    assert "step_failed" not in system.logs("trading-1")


def test_afterwards_nothing_is_refused_and_nothing_is_left(system: RunningStack, broken: Broken) -> None:
    """Once mended, synchronisations succeed, and mending twice or without a strike does no harm."""
    fault = FailSyncs(instance="trading-1", percent=100)
    fault.mend(system)
    with broken(fault):
        _, failed = attempts(system, "trading-1")
        until("a failure", lambda: attempts(system, "trading-1")[1] > failed, within_s=30)
    good, failed = attempts(system, "trading-1")
    until("a success", lambda: attempts(system, "trading-1")[0] > good + 2, within_s=30)
    assert attempts(system, "trading-1")[1] - failed <= 1
    fault.mend(system)
    assert value(system, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'chaos%'") == 0
    assert value(system, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0


def synchronised(stack: RunningStack, instance: str, times: int) -> bool:
    """Whether the fault's own count has come so far."""
    counted = sql.SQL("SELECT last_value FROM {}").format(sql.Identifier(f"chaos_syncs_{instance}", "attempts"))
    (count,) = data.ask(stack, counted) or (0,)
    if count < times:
        raise Seen(f"{count} synchronisations")
    return True
