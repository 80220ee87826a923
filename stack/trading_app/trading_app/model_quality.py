"""How good the models are: a few figures of their newest orders, written to PostgreSQL for the boards.

The 'model' of this application is whoever sends its signals: it scores each with a confidence. What can be said of it
honestly is how its orders ended and where its confidence drifts. All of it is derived and can be computed again, so a
write that is lost costs one point of a curve.
"""

from dataclasses import dataclass
from typing import LiteralString

from trading_app.coordinator import Coordinator
from trading_app.database import Database
from trading_app.settings import Settings

# Bounded whatever the size of the tables: the newest events come from the end of the primary key, their signals by
# theirs. An order that only opened a position has earned nothing but its fee, so it neither won nor lost.
EVALUATE: LiteralString = """
WITH newest AS (
    SELECT s.strategy_id, s.confidence, e.event_type, e.realized_pnl,
           abs(e.realized_pnl + e.execution_fees) > 1e-9 AS closed,
           row_number() OVER (PARTITION BY s.strategy_id ORDER BY e.event_id DESC)
               <= count(*) OVER (PARTITION BY s.strategy_id) / 2.0 AS newer
    FROM (SELECT event_id, signal_id, event_type, realized_pnl, execution_fees FROM execution_events
          ORDER BY event_id DESC LIMIT %(orders)s) AS e
    JOIN trading_signals s USING (signal_id)
), judged AS (
    SELECT strategy_id, count(*) AS orders,
           count(*) FILTER (WHERE realized_pnl > 0) AS successful,
           count(*) FILTER (WHERE closed) AS closed,
           sum(realized_pnl) AS pnl, avg(confidence) AS confidence,
           avg(confidence) FILTER (WHERE newer) - avg(confidence) FILTER (WHERE NOT newer) AS drift
    FROM newest GROUP BY strategy_id
)
INSERT INTO model_quality_metrics (model_version, metric_name, metric_value, evaluated_at)
SELECT v.version, m.name, m.value, now()
FROM judged j JOIN model_versions v ON v.strategy_id = j.strategy_id AND v.is_active
CROSS JOIN LATERAL (VALUES ('orders', j.orders::double precision), ('successful_orders', j.successful),
    ('win_rate', j.successful / nullif(j.closed, 0)::double precision), ('pnl', j.pnl),
    ('mean_confidence', j.confidence), ('confidence_drift', j.drift)) AS m (name, value)
WHERE m.value IS NOT NULL
"""

# By the primary key, so that nothing is scanned.
FORGET: LiteralString = """
DELETE FROM model_quality_metrics
WHERE metric_id < (SELECT max(metric_id) FROM model_quality_metrics) - %(kept)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuality:
    """Evaluates for one instance; only the leader does.

    Args:
        settings: how often, over how many orders, and how many rows are kept.
        database: a connection of its own, so that trading never waits for a figure.
        coordinator: says whether this instance leads.
    """

    settings: Settings
    database: Database
    coordinator: Coordinator

    async def evaluate(self) -> float:
        """Write one row a figure of each active model that has orders; forget the oldest rows.

        Raises:
            UnavailableError: PostgreSQL failed; the next evaluation is as good.
        """
        if self.coordinator.authority() is not None:
            settings = self.settings
            async with self.database.connection() as conn, conn.transaction():
                await conn.execute(EVALUATE, {"orders": settings.quality_orders})
                await conn.execute(FORGET, {"kept": settings.quality_rows_kept})
        return self.settings.quality_s
