"""Synchronisations that PostgreSQL refuses, on the real application."""

from __future__ import annotations

import pytest

from harness.containers.running import RunningStack
from harness.poll import Seen, until
from stack.faults.syncs import FailSyncs
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import PM, leaders, metric, value

pytestmark = pytest.mark.containers


def attempts(stack: RunningStack, instance: str) -> tuple[float, float]:
    """Good and failed synchronisations since the start."""
    counted = [
        metric(stack, instance, f'{PM}db_sync_attempts_total{{result="{kind}"}}') for kind in ("success", "failure")
    ]
    return counted[0] or 0.0, counted[1] or 0.0


def test_the_share_is_exact_and_evenly_spread(system: RunningStack, broken: Broken) -> None:
    """Every fourth synchronisation of one instance fails, every tenth of another, none of the third; the lead stays."""
    leader, epoch = leaders(system), value(system, "SELECT epoch FROM leadership")
    quarter, tenth = FailSyncs(instance="trading-1", percent=25), FailSyncs(instance="trading-2", percent=10)
    with broken(quarter), broken(tenth):
        before = {name: attempts(system, name) for name in ("trading-1", "trading-2", "trading-3")}
        until("forty synchronisations", lambda: synchronised(system, 40), within_s=30)
        share = {name: failed_share(system, name, before[name]) for name in before}
    assert leaders(system) == leader
    assert value(system, "SELECT epoch FROM leadership") == epoch
    # At most one attempt may be under way when counted.
    assert share["trading-1"] == pytest.approx(0.25, abs=0.03)
    assert share["trading-2"] == pytest.approx(0.10, abs=0.03)
    assert share["trading-3"] == 0
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


def failed_share(stack: RunningStack, instance: str, before: tuple[float, float]) -> float:
    """Failed share of the attempts since `before`."""
    good, failed = (now - then for now, then in zip(attempts(stack, instance), before, strict=True))
    return failed / (good + failed)


def synchronised(stack: RunningStack, times: int) -> bool:
    """Whether the faults' own count has come so far."""
    count = value(stack, 'SELECT last_value FROM "chaos_syncs_trading-1".attempts')
    if count < times:
        raise Seen(f"{count} synchronisations")
    return True
