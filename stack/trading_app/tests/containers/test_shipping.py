"""ClickHouse is never waited for, and nothing is lost on the way there."""

import pytest
from conftest import NAMES
from services import Services, eventually
from traffic import Traffic

pytestmark = pytest.mark.containers


def test_clickhouse_outage_delays_nothing_and_loses_nothing(patient: Services) -> None:
    """While ClickHouse is stopped signals are executed as ever; afterwards every execution arrives."""
    patient.containers["clickhouse"].kill()
    with Traffic(patient, NAMES, 60, "no-clickhouse") as traffic:
        eventually("signals flow", lambda: len(traffic.acknowledged) > 60)
    assert not traffic.unknown
    orders = "SELECT count(*) FROM orders WHERE signal_id LIKE 'no-clickhouse-%'"
    eventually("all executed", lambda: patient.rows(orders) == [(len(traffic.acknowledged),)])

    def told() -> tuple[int, str, float | None]:
        health = patient.get("trading-1", "/health")
        slippage = patient.metric("trading-1", "clickhouse_slippage_average")
        return health.status_code, health.json()["status"], slippage

    eventually("it says so", lambda: told() == (200, "degraded", None))
    patient.containers["clickhouse"].start()
    shipped = "SELECT uniqExact(execution_id) FROM executions WHERE signal_id LIKE 'no-clickhouse-%'"
    eventually("all shipped", lambda: patient.clickhouse(shipped) == str(len(traffic.acknowledged)), within_s=15)
    (leader,) = patient.leaders(*NAMES)
    eventually("the backlog is gone", lambda: patient.metric(leader, "trading_outbox_pending") == 0)
    eventually("slippage is known again", lambda: told()[2] is not None)
