"""ClickHouse is never waited for, and nothing is lost on the way there."""

import pytest
from conftest import NAMES
from services import Services, eventually
from traffic import Traffic

pytestmark = pytest.mark.containers


def test_clickhouse_outage_delays_nothing_and_loses_nothing(three: Services) -> None:
    """While ClickHouse is stopped signals are executed as ever; afterwards every execution arrives."""
    three.containers["clickhouse"].kill()
    with Traffic(three, NAMES, 60, "no-clickhouse") as traffic:
        eventually("signals flow", lambda: len(traffic.acknowledged) > 60)
    assert not traffic.unknown
    orders = "SELECT count(*) FROM orders WHERE signal_id LIKE 'no-clickhouse-%'"
    eventually("all executed", lambda: three.rows(orders) == [(len(traffic.acknowledged),)])
    health = three.get("trading-1", "/health")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert three.metric("trading-1", "clickhouse_slippage_average") is None
    three.containers["clickhouse"].start()
    shipped = "SELECT uniqExact(execution_id) FROM executions WHERE signal_id LIKE 'no-clickhouse-%'"
    eventually("all shipped", lambda: three.clickhouse(shipped) == str(len(traffic.acknowledged)), within_s=15)
    (leader,) = three.leaders(*NAMES)
    eventually("the backlog is gone", lambda: three.metric(leader, "trading_outbox_pending") == 0)
    eventually("slippage is known again", lambda: three.metric("trading-1", "clickhouse_slippage_average") is not None)
