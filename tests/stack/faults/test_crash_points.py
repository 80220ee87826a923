"""Faults struck when something is seen, on the real application: commits that are held, and kills in such moments."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.containers.running import RunningStack
from harness.errors import TimedOutError
from harness.faults.commits import HoldCommits
from harness.faults.container import Kill
from harness.faults.network import SlowLink
from harness.faults.triggered import Sees, When
from harness.poll import until
from stack.faults.late_commits import LateCommits
from stack.faults.positions import ManyPositions
from tests.stack.faults.conftest import Broken
from tests.stack.faults.looking import PM, leaders, metric, traffic, value, wait_for

pytestmark = pytest.mark.containers

LEFT = (
    "SELECT current_setting('synchronous_standby_names') = '' "
    "AND NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname LIKE 'chaos%') "
    "AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname LIKE 'chaos%')"
)
WAITS = "SELECT count(*) > 0, count(*) FROM pg_stat_activity WHERE wait_event = '{}' AND application_name = '{}:{}'"


@pytest.fixture(autouse=True)
def nothing_is_left(system: RunningStack) -> Iterator[None]:
    """After each test the database is as it was."""
    yield
    wait_for("nothing to be left", system, LEFT)


def test_commits_that_are_held_show_and_go_on(system: RunningStack, broken: Broken) -> None:
    """Synchronisations are commits: they are seen to wait, and afterwards the instances go on."""
    with broken(HoldCommits()):
        assert value(system, "SELECT current_setting('synchronous_standby_names')") != ""
    beat = value(system, "SELECT max(at) FROM instance_heartbeats")
    until("a heartbeat", lambda: value(system, "SELECT max(at) FROM instance_heartbeats") > beat, within_s=30)


def test_an_instance_is_killed_between_its_order_and_the_answer(system: RunningStack, broken: Broken) -> None:
    """What it asked to be committed is committed after its death, by the leader of then, and it comes back."""
    (leader,) = leaders(system)
    orders = "SELECT count(*) FROM orders WHERE executed_by = %(me)s"
    before = value(system, orders, me=leader)
    other = next(name for name in ("trading-1", "trading-2") if name != leader)
    kill = When(
        seen=Sees(what="orders in their commit", sql=WAITS.format("PgSleep", leader, "execution")),
        under=LateCommits(instance=leader),
        fault=Kill(target=leader),
    )
    with traffic(system, other), broken(kill):
        assert "seen: orders in their commit: 1" in kill.effect(system)
        until("the orders of the dead", lambda: value(system, orders, me=leader) > before, within_s=30)
        assert not system.container(leader).attrs["State"]["Running"]
    assert metric(system, leader, f"{PM}recovery_error_code") == 0


def test_what_is_not_seen_strikes_nothing(system: RunningStack) -> None:
    """The wait is bounded and says what was seen instead; what was broken for the wait is mended."""
    link = SlowLink(target="trading-1:postgres", latency_ms=5)
    never = Sees(what="a miracle", sql="SELECT false, 'none in ' || %(since)s", since="SELECT 7", within_s=0.2)
    fault = When(seen=never, under=link, fault=Kill(target="trading-1"))
    started = system.container("trading-1").attrs["State"]["StartedAt"]
    with pytest.raises(TimedOutError, match=r"a miracle, for a kill of trading-1; last seen: False none in 7"):
        fault.strike(system)
    fault.mend(system)
    assert "has no toxic slow-link any more" in fault.healed(system)
    assert system.container("trading-1").attrs["State"]["StartedAt"] == started


def test_many_positions_are_recovered_and_gone(system: RunningStack, broken: Broken) -> None:
    """Whoever starts while they are there finds as many more; afterwards none is left."""
    count = "SELECT count(*) FROM positions WHERE abs(quantity) > 1e-9"
    before = value(system, count)
    with broken(ManyPositions(count=46)):
        with broken(Kill(target="trading-3")):
            pass
        assert metric(system, "trading-3", f"{PM}positions_recovered") == before + 46
        assert metric(system, "trading-3", f"{PM}recovery_error_code") == 0
    assert value(system, count) == before
