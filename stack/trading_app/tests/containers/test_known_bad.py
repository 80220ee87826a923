"""The known-bad variants really are bad, and say so."""

from collections.abc import Iterator

import pytest
from conftest import NAMES
from services import Services, eventually
from traffic import Traffic

pytestmark = pytest.mark.containers


@pytest.fixture
def apart() -> Iterator[Services]:
    """Services of their own: a variant damages the schema for good."""
    with Services() as services:
        yield services


def doubled(services: Services) -> list[tuple[str, int]]:
    """Signals with more than one order."""
    sql = "SELECT signal_id, count(*) FROM orders GROUP BY signal_id HAVING count(*) > 1 LIMIT 5"
    return services.rows(sql)


def test_without_fence_and_uniqueness_signals_are_executed_twice(apart: Services) -> None:
    """fence-off and unique-off together double executions in a Redis outage, and every surface names the variants."""
    for name in NAMES:
        apart.app(name, KNOWN_BAD="fence-off,unique-off")
    apart.ready(*NAMES)
    health = apart.get("trading-1", "/health")
    assert health.headers["X-Trading-Known-Bad"] == "fence-off,unique-off"
    assert health.json()["known_bad"] == ["fence-off", "unique-off"]
    assert apart.metric("trading-1", 'trading_known_bad{variant="fence-off"}') == 1
    assert b"KNOWN_BAD_VARIANT_IS_ON" in apart.containers["trading-1"].logs()
    with Traffic(apart, NAMES, 120, "doubled"):
        apart.containers["redis"].kill()
        eventually("a signal executed twice", lambda: doubled(apart), within_s=25)


def test_uniqueness_alone_stops_a_missing_fence(services: Services) -> None:
    """fence-off alone lets several instances act under old epochs, but the unique key still keeps orders single."""
    for name in NAMES:
        services.app(name, KNOWN_BAD="fence-off")
    services.ready(*NAMES)
    with Traffic(services, NAMES, 120, "unfenced") as traffic:
        services.containers["redis"].kill()
        several = "SELECT count(DISTINCT executed_by) FROM orders WHERE signal_id LIKE 'unfenced-%'"
        eventually("several act", lambda: services.rows(several)[0][0] > 1, within_s=25)
    eventually("traffic was executed", lambda: services.rows("SELECT count(*) FROM pending_signals") == [(0,)])
    assert traffic.acknowledged
    assert doubled(services) == []
