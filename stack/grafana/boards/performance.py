"""Performance (R-21): how long execution takes, what it costs and earns, what goes wrong, how well records keep up."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel
from grafana_foundation_sdk.models.units import CountsPerSecond, Milliseconds, PercentUnit, Seconds, Short

from .frame import board
from .style import BLUE, GREEN, RED, YELLOW, lines, number, steps
from .targets import BY_TIME, CLICKHOUSE, EXECUTIONS, PROMETHEUS, clickhouse, now, over_time

_BPS, _MONEY = "suffix: bps", "currencyUSD"
_LATENCY = "redis_tss_signal_processing_latency_bucket"
_TRANSACTION = "trading_execution_transaction_seconds_bucket"
_PNL = "max(trading_realized_pnl)"  # one instance tells it, the leader; two during a split brain tell of one book
_SLIPPAGE = f"SELECT avg(slippage) AS bps {EXECUTIONS} HAVING count() > 0"
_SLIPPAGE_BY_ASSET = (
    f"SELECT {BY_TIME}, asset, avg(slippage) AS bps {EXECUTIONS} GROUP BY time, asset ORDER BY time, asset"
)
_EARNED = f"SELECT {BY_TIME}, sum(realized_pnl) AS earned {EXECUTIONS} GROUP BY time ORDER BY time"


def performance() -> Dashboard:
    """The board, ready to be written as JSON."""
    return board(
        "performance",
        "Performance",
        "How fast and at what price signals are executed, what that earns, and what fails on the way.",
        panels=[*_numbers(), *_execution(), *_money(), *_records()],
    )


def _quantile(share: float, buckets: str) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({buckets}[$__rate_interval])))"


def _numbers() -> list[Builder[Panel]]:
    failed = 'sum(rate(portfolio_manager_db_sync_attempts_total{result="failure"}[$__rate_interval]))'
    return [
        number(
            "Execution Latency",
            "Time from acceptance to execution that 95 of 100 signals stay below, by the database's clock.",
            PROMETHEUS,
            now("A", _quantile(0.95, _LATENCY), "p95"),
            unit=Seconds,
            thresholds=steps(GREEN, (0.5, YELLOW), (2, RED)),
            at=GridPos(x=0, y=0, w=4, h=4),
        ),
        number(
            "Broker Slippage",
            "Average cost of execution in the time range, in basis points of the asked price. Positive is worse.",
            CLICKHOUSE,
            clickhouse("A", _SLIPPAGE, series=False),
            unit=_BPS,
            thresholds=steps(GREEN, (5, YELLOW), (10, RED)),
            at=GridPos(x=4, y=0, w=4, h=4),
        ),
        number(
            "Connection Errors",
            "Calls in the time range that PostgreSQL, Redis or ClickHouse did not answer, all instances.",
            PROMETHEUS,
            now("A", "sum(increase(instance_socket_failures_total[$__range]))", "errors"),
            unit=Short,
            thresholds=steps(GREEN, (1, YELLOW), (100, RED)),
            at=GridPos(x=8, y=0, w=4, h=4),
            runbook="source-down",
        ),
        number(
            "Total P/L",
            "Profit less fees of all closed trades since the beginning, as the leader reads it. No data: nobody leads.",
            PROMETHEUS,
            now("A", _PNL, "realised"),
            unit=_MONEY,
            thresholds=steps(RED, (0, GREEN)),
            at=GridPos(x=12, y=0, w=4, h=4),
        ),
        number(
            "Order Execution Rate",
            "Orders filled per second now, all instances.",
            PROMETHEUS,
            now("A", "sum(rate(redis_tss_signals_executed_total[$__rate_interval]))", "filled"),
            unit=CountsPerSecond,
            thresholds=steps(BLUE),
            at=GridPos(x=16, y=0, w=4, h=4),
        ),
        number(
            "Sync Failures",
            "Failed share of all synchronisations with PostgreSQL: warning above 5 %, critical above 10 %.",
            PROMETHEUS,
            now("A", f"{failed} / sum(rate(portfolio_manager_db_sync_attempts_total[$__rate_interval]))", "failed"),
            unit=PercentUnit,
            thresholds=steps(GREEN, (0.05, YELLOW), (0.1, RED)),
            at=GridPos(x=20, y=0, w=4, h=4),
            runbook="db-sync-failure-rate",
        ),
    ]


def _execution() -> list[Builder[Panel]]:
    shares = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    rate = "sum(rate({}[$__rate_interval]))"
    return [
        lines(
            "Execution Latency over Time",
            "From acceptance to execution. Far above the transactions beside it, signals wait rather than run.",
            PROMETHEUS,
            [
                over_time(ref, _quantile(share, _LATENCY), name)
                for ref, (share, name) in zip("ABC", shares, strict=True)
            ],
            unit=Seconds,
            at=GridPos(x=0, y=4, w=8, h=8),
        ),
        lines(
            "Execution Transactions",
            "How long PostgreSQL takes for the transaction that executes a batch.",
            PROMETHEUS,
            [
                over_time(ref, _quantile(share, _TRANSACTION), name)
                for ref, (share, name) in zip("ABC", shares, strict=True)
            ],
            unit=Seconds,
            at=GridPos(x=8, y=4, w=8, h=8),
        ),
        lines(
            "Execution Rate over Time",
            "Signals received, filled and rejected per second. Received and not filled is backlog.",
            PROMETHEUS,
            [
                over_time("A", rate.format("redis_tss_signals_received_total"), "received"),
                over_time("B", rate.format("redis_tss_signals_executed_total"), "filled"),
                over_time("C", rate.format("redis_tss_signals_failed_total"), "rejected"),
            ],
            unit=CountsPerSecond,
            at=GridPos(x=16, y=4, w=8, h=8),
        ),
    ]


def _money() -> list[Builder[Panel]]:
    return [
        lines(
            "Broker Slippage by Asset",
            "Average cost of execution of each asset, in basis points, from ClickHouse.",
            CLICKHOUSE,
            [clickhouse("A", _SLIPPAGE_BY_ASSET, series=True)],
            unit=_BPS,
            thresholds=steps(GREEN, (5, YELLOW), (10, RED)),
            at=GridPos(x=0, y=12, w=8, h=8),
        ),
        lines(
            "P/L per Interval",
            "Profit less fees of the executions in each interval, from ClickHouse.",
            CLICKHOUSE,
            [clickhouse("A", _EARNED, series=True)],
            unit=_MONEY,
            at=GridPos(x=8, y=12, w=8, h=8),
        ),
        lines(
            "Total P/L over Time",
            "Profit less fees since the beginning, as the leader reads it. A hole: nobody led.",
            PROMETHEUS,
            [over_time("A", _PNL, "realised")],
            unit=_MONEY,
            at=GridPos(x=16, y=12, w=8, h=8),
        ),
    ]


def _records() -> list[Builder[Panel]]:
    latencies = [
        over_time(ref, f"max(portfolio_manager_db_sync_{name}_latency_ms)", name)
        for ref, name in zip("ABC", ("p50", "p95", "p99"), strict=True)
    ]
    by_result = "sum by (result) (rate(portfolio_manager_db_sync_attempts_total[$__rate_interval]))"
    by_target = "sum by (target) (rate(instance_socket_failures_total[$__rate_interval]))"
    return [
        lines(
            "Synchronisations",
            "Synchronisations with PostgreSQL per second, by how they ended, all instances.",
            PROMETHEUS,
            [over_time("A", by_result, "{{result}}")],
            unit=CountsPerSecond,
            at=GridPos(x=0, y=20, w=8, h=8),
            runbook="db-sync-failure-rate",
        ),
        lines(
            "Sync Latency",
            "Latency of the good synchronisations of the last minutes, of the slowest instance.",
            PROMETHEUS,
            latencies,
            unit=Milliseconds,
            at=GridPos(x=8, y=20, w=8, h=8),
        ),
        lines(
            "Connection Errors over Time",
            "Calls per second without an answer, by the service that did not give one.",
            PROMETHEUS,
            [over_time("A", by_target, "{{target}}")],
            unit=CountsPerSecond,
            at=GridPos(x=16, y=20, w=8, h=8),
            runbook="source-down",
        ),
    ]
