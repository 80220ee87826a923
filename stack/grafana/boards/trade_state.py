"""Trade State (R-20): what is open, what failed, what it cost, who leads, and how fresh the picture is."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel
from grafana_foundation_sdk.models.units import CountsPerSecond, Seconds, Short

from .frame import board
from .style import BLUE, GREEN, RED, YELLOW, lines, name, number, rows, steps
from .targets import (
    BY_TIME,
    CLICKHOUSE,
    EXECUTIONS,
    POSTGRES,
    PROMETHEUS,
    REDIS,
    clickhouse,
    now,
    over_time,
    postgres,
    redis,
)

_STATE = "tss:state"

_SLIPPAGE = f"SELECT avg(slippage) AS bps {EXECUTIONS} HAVING count() > 0"
_SLIPPAGE_OVER_TIME = (
    f"SELECT {BY_TIME}, avg(slippage) AS average, max(slippage) AS worst {EXECUTIONS} GROUP BY time ORDER BY time"
)
_ORDERS_OVER_TIME = (
    "SELECT $__timeGroupAlias(created_at, $__interval), status AS metric, count(*) AS orders"
    " FROM orders WHERE $__timeFilter(created_at) GROUP BY 1, 2 ORDER BY 1"
)
_RECENT_ORDERS = (
    "SELECT created_at, order_id, signal_id, asset, side, quantity, price, status, executed_by, epoch"
    " FROM orders ORDER BY created_at DESC LIMIT 50"
)


def trade_state() -> Dashboard:
    """The board, ready to be written as JSON."""
    return board(
        "trade-state",
        "Trade State",
        "Live state of trading: open trades, active orders, slippage, failures; all four data sources.",
        panels=[*_live_numbers(), *_judged_numbers(), *_curves(), *_tables()],
    )


def _live_numbers() -> list[Builder[Panel]]:
    healthy = steps(BLUE)
    return [
        number(
            "Open Trades",
            "Positions open now, as the leader last wrote them to Redis. An error: Redis is away.",
            REDIS,
            redis("A", "hget", _STATE, "open_trades"),
            unit=Short,
            thresholds=healthy,
            at=GridPos(x=0, y=0, w=4, h=4),
        ),
        number(
            "Active Orders",
            "Orders that are accepted and not closed yet, from Redis.",
            REDIS,
            redis("A", "hget", _STATE, "active_orders"),
            unit=Short,
            thresholds=healthy,
            at=GridPos(x=4, y=0, w=4, h=4),
        ),
        number(
            "Pending Signals",
            "Acknowledged signals not executed yet, from Redis: above 100 it lags, above 1000 it is stuck.",
            REDIS,
            redis("A", "hget", _STATE, "pending_signals"),
            unit=Short,
            thresholds=steps(GREEN, (100, YELLOW), (1000, RED)),
            at=GridPos(x=8, y=0, w=4, h=4),
            runbook="signal-loss",
        ),
    ]


def _judged_numbers() -> list[Builder[Panel]]:
    return [
        number(
            "Slippage",
            "Average cost of execution, in basis points of the asked price, from ClickHouse. Positive is worse for us.",
            CLICKHOUSE,
            clickhouse("A", _SLIPPAGE, series=False),
            unit="suffix: bps",
            thresholds=steps(GREEN, (5, YELLOW), (10, RED)),
            at=GridPos(x=12, y=0, w=4, h=4),
        ),
        number(
            "Failed Trades",
            "Signals that failed or were rejected in the time range, all instances, from Prometheus.",
            PROMETHEUS,
            now("A", "sum(increase(redis_tss_signals_failed_total[$__range]))", "failed"),
            unit=Short,
            thresholds=steps(GREEN, (1, YELLOW), (10, RED)),
            at=GridPos(x=16, y=0, w=4, h=4),
        ),
        name(
            "Leader",
            "The instance that executes now. Two names are a split brain; none: nobody trades.",
            PROMETHEUS,
            now("A", "portfolio_manager_is_leader == 1", "{{instance}}"),
            thresholds=steps(BLUE),
            at=GridPos(x=20, y=0, w=4, h=4),
            runbook="no-leader",
        ),
    ]


def _curves() -> list[Builder[Panel]]:
    return [
        lines(
            "Signals per Second",
            "Signals received, executed and failed, all instances. Received and not executed is backlog.",
            PROMETHEUS,
            [
                over_time("A", "sum(rate(redis_tss_signals_received_total[$__rate_interval]))", "received"),
                over_time("B", "sum(rate(redis_tss_signals_executed_total[$__rate_interval]))", "executed"),
                over_time("C", "sum(rate(redis_tss_signals_failed_total[$__rate_interval]))", "failed"),
            ],
            unit=CountsPerSecond,
            at=GridPos(x=0, y=4, w=12, h=8),
        ),
        lines(
            "Slippage over Time",
            "Average and worst cost of execution, in basis points, from ClickHouse.",
            CLICKHOUSE,
            [clickhouse("A", _SLIPPAGE_OVER_TIME, series=True)],
            unit="suffix: bps",
            thresholds=steps(GREEN, (5, YELLOW), (10, RED)),
            at=GridPos(x=12, y=4, w=12, h=8),
        ),
        lines(
            "Orders by Status",
            "Orders written to PostgreSQL, the record, in each interval.",
            POSTGRES,
            [postgres("A", _ORDERS_OVER_TIME, series=True)],
            unit=Short,
            at=GridPos(x=0, y=12, w=10, h=8),
        ),
        lines(
            "Age of the Live State",
            "Time since an instance last wrote to Redis. It grows while Redis is away.",
            PROMETHEUS,
            [over_time("A", "time() - redis_tss_last_update_timestamp_seconds", "{{instance}}")],
            unit=Seconds,
            thresholds=steps(GREEN, (30, YELLOW), (60, RED)),
            at=GridPos(x=10, y=12, w=8, h=8),
            runbook="signal-loss",
        ),
    ]


def _tables() -> list[Builder[Panel]]:
    return [
        rows(
            "Live State",
            "Every field that the leader keeps in Redis, as it stands there.",
            REDIS,
            redis("A", "hgetall", _STATE),
            at=GridPos(x=18, y=12, w=6, h=8),
        ),
        rows(
            "Recent Orders",
            "The 50 newest orders in PostgreSQL, with the instance and the epoch that executed them.",
            POSTGRES,
            postgres("A", _RECENT_ORDERS, series=False),
            at=GridPos(x=0, y=20, w=24, h=9),
        ),
    ]
