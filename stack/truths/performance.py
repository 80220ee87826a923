"""Performance: how fast signals are executed, what that earns, what fails on the way."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.truth import OfRange, Promise, Quantile, Scraped, ScrapedQuantile, SumSoFar
from stack.truths.words import (
    CLICKHOUSE_SECONDS,
    EXECUTIONS,
    FAILURES,
    FILLED,
    FILLS,
    LATENCY_BUCKETS_S,
    NOT_READ,
    PERFORMANCE,
    READ_BY_LEADER,
    SHIPPED,
    SYNCS,
    mean_slippage,
    rate,
    signal_rates,
)

_PROFIT = replace(FILLS, amount="realized_pnl")
_QUANTILES = (("A", 0.5), ("B", 0.95), ("C", 0.99))
_LATENCY_BUCKET = "redis_tss_signal_processing_latency_bucket"
_LATENCY = replace(EXECUTIONS, amount="latency")
PERFORMANCE_BOARD: tuple[Promise, ...] = (
    Quantile(board=PERFORMANCE, panel="Execution Latency", of=_LATENCY, share=0.95, buckets=LATENCY_BUCKETS_S),
    ScrapedQuantile(board=PERFORMANCE, panel="Execution Latency", metric=_LATENCY_BUCKET, share=0.95),
    mean_slippage(PERFORMANCE, "Broker Slippage"),
    Scraped(board=PERFORMANCE, panel="Connection Errors", metric=FAILURES, how="increase"),
    SumSoFar(board=PERFORMANCE, panel="Total P/L", of=_PROFIT, way=READ_BY_LEADER, unless=NOT_READ),
    *rate(PERFORMANCE, "Order Execution Rate", "A", FILLED, "executed"),
    Scraped(board=PERFORMANCE, panel="Sync Failures", metric=SYNCS, how="rate", share_of=(("result", "failure"),)),
    *(
        Quantile(
            board=PERFORMANCE,
            panel="Execution Latency over Time",
            ref=ref,
            of=_LATENCY,
            share=share,
            buckets=LATENCY_BUCKETS_S,
        )
        for ref, share in _QUANTILES
    ),
    *(
        ScrapedQuantile(board=PERFORMANCE, panel=panel, ref=ref, metric=metric, share=share)
        for panel, metric in (
            ("Execution Latency over Time", _LATENCY_BUCKET),
            ("Execution Transactions", "trading_execution_transaction_seconds_bucket"),
        )
        for ref, share in _QUANTILES
    ),
    *signal_rates(PERFORMANCE, "Execution Rate over Time"),
    OfRange(
        board=PERFORMANCE,
        panel="Broker Slippage by Asset",
        of=replace(SHIPPED, amount="slippage"),
        how="mean",
        newest_interval=True,
        group="asset",
        label="asset",
    ),
    OfRange(
        board=PERFORMANCE,
        panel="P/L per Interval",
        of=replace(SHIPPED, amount="realized_pnl"),
        how="sum",
        grain_s=CLICKHOUSE_SECONDS,
    ),
    SumSoFar(board=PERFORMANCE, panel="Total P/L over Time", of=_PROFIT, way=READ_BY_LEADER, unless=NOT_READ),
    Scraped(board=PERFORMANCE, panel="Synchronisations", metric=SYNCS, how="rate", by=("result",)),
    *(
        Scraped(
            board=PERFORMANCE,
            panel="Sync Latency",
            ref=ref,
            metric=f"portfolio_manager_db_sync_{name}_latency_ms",
            fold="max",
        )
        for ref, name in (("A", "p50"), ("B", "p95"), ("C", "p99"))
    ),
    Scraped(board=PERFORMANCE, panel="Connection Errors over Time", metric=FAILURES, how="rate", by=("target",)),
)
