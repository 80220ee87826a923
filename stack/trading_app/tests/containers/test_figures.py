"""What the leader measures of itself, on real services: the quality of models, what was earned."""

from functools import partial

import pytest
from services import Services, eventually

pytestmark = pytest.mark.containers

LATEST = """
SELECT metric_name, metric_value FROM model_quality_metrics m WHERE model_version = 'momentum-2.3.0'
AND evaluated_at = (SELECT max(evaluated_at) FROM model_quality_metrics WHERE model_version = m.model_version)
"""


def executed(services: Services, count: int) -> bool:
    """True once so many signals of this test have an order."""
    return services.rows("SELECT count(*) FROM orders WHERE signal_id LIKE 'quality-%'") == [(count,)]


def test_quality_and_earnings_follow_from_the_orders(services: Services) -> None:
    """Buy at 100, sell at 120 and at 50: one of two closing orders won; confidence fell from 0.9 to 0.5."""
    services.app("trading-1", QUALITY_S=0.1, QUALITY_ROWS_KEPT=12)
    services.ready("trading-1")
    story = (("BUY", 100, 0.9), ("SELL", 120, 0.9), ("BUY", 100, 0.5), ("SELL", 50, 0.5))
    for number, (side, price, confidence) in enumerate(story, start=1):
        changes: dict[str, object] = {"side": side, "price": price, "confidence": confidence}
        sent = services.send("trading-1", f"quality-{number}", strategy_id="momentum", asset="QUALITY", **changes)
        assert sent.status_code == 201
        eventually("it is executed", partial(executed, services, number))
    eventually("four orders are judged", lambda: dict(services.rows(LATEST)).get("orders") == 4)
    told = dict(services.rows(LATEST))
    assert (told["successful_orders"], told["win_rate"]) == (1, 0.5)
    assert told["mean_confidence"] == pytest.approx(0.7)
    assert told["confidence_drift"] == pytest.approx(-0.4)
    ((pnl, fees),) = services.rows("SELECT sum(realized_pnl), sum(execution_fees) FROM execution_events")
    assert -40 < told["pnl"] < -25  # 20 won, 50 lost, fees
    assert fees > 0
    eventually("the metric agrees", lambda: services.metric("trading-1", "trading_realized_pnl") == pytest.approx(pnl))
    eventually("old rows go", lambda: services.rows("SELECT count(*) FROM model_quality_metrics")[0][0] <= 13)
    assert services.metric("trading-1", "trading_execution_transaction_seconds_count") == 4
