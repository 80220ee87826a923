"""The start after a crash: what is trusted and what is not."""

import pytest
from services import Services, eventually

pytestmark = pytest.mark.containers


def test_damaged_book_halts_trading(services: Services) -> None:
    """A stored margin that is off by more than a hundredth halts the instance, which keeps telling why."""
    services.app("trading-1")
    services.ready("trading-1")
    services.send("trading-1", "book", asset="RECOVERY")
    eventually("a position", lambda: services.rows("SELECT 1 FROM positions WHERE asset = 'RECOVERY'"))
    services.rows("UPDATE positions SET margin = margin + 0.02 WHERE asset = 'RECOVERY' RETURNING 1")
    try:
        services.containers["trading-1"].kill()
        services.containers["trading-1"].start()
        code = "portfolio_manager_recovery_error_code"
        eventually("VALIDATION_FAILED", lambda: services.metric("trading-1", code) == 3)
        health = services.get("trading-1", "/health")
        assert (health.status_code, health.json()["recovery"]["state"]) == (503, "halted")
        assert "RECOVERY" in health.json()["recovery"]["message"]
        assert services.send("trading-1", "after-halt").status_code == 503
        assert services.metric("trading-1", "portfolio_manager_is_leader") == 0
    finally:
        services.rows("UPDATE positions SET margin = margin - 0.02 WHERE asset = 'RECOVERY' RETURNING 1")


def test_start_without_postgres_waits_and_recovers(services: Services) -> None:
    """An instance started while PostgreSQL is down says DB_UNAVAILABLE, and recovers by itself when it is there."""
    services.containers["postgres"].stop()
    services.app("trading-1")
    code = "portfolio_manager_recovery_error_code"
    eventually("DB_UNAVAILABLE", lambda: services.metric("trading-1", code) == 1)
    assert services.send("trading-1", "too-early").status_code == 503
    services.containers["postgres"].start()
    services.ready("trading-1")
    assert services.metric("trading-1", code) == 0
    assert services.metric("trading-1", "portfolio_manager_recovery_success_count") == 1
