"""What each panel of the boards has to show, as it follows from what was sent and from what the databases hold.

Three grades, told panel by panel in docs/dashboards.md: *known* from what the harness sent and read for itself; *said*
by the instances when they are asked for their health, on another way than Prometheus; *scraped*, which only proves that
the panel shows what the instance told. A test holds every query of every panel to one of them, or to a reason in
`UNTOLD`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.checks import Truth
from harness.checks.truth import (
    CLIENT,
    Happenings,
    Held,
    HolderNamed,
    Increase,
    Listed,
    NewestFirst,
    OfRange,
    Promise,
    Quantile,
    Rate,
    Said,
    SaidName,
    Scraped,
    ScrapedQuantile,
    SumSoFar,
    TermNumber,
    Terms,
    TermsGained,
    Waiting,
    Way,
    Word,
)

TRADE, PERFORMANCE, INSTANCE = "trade-state", "performance", "instance-state"
AVAILABILITY, SYSTEM = "high-availability", "trading-system-monitoring"

_FILLED, _REJECTED = (("status", "filled"),), (("status", "rejected"),)
SIGNALS = Happenings(rows=CLIENT, seen_by=("by_s",))
# PostgreSQL notes the time of a commit before it writes it to the disk; others see it, and the application hears of it,
# after that.
FLUSHED_S = 0.25
ACCEPTED = Happenings(rows="accepted", seen_by=("committed_s",), late_s=FLUSHED_S)
ORDERS = Happenings(rows="effect", seen_by=("committed_s",), late_s=FLUSHED_S)
FILLED, REJECTED = replace(ORDERS, only=_FILLED), replace(ORDERS, only=_REJECTED)
EXECUTIONS = Happenings(rows="event", seen_by=("committed_s",), late_s=FLUSHED_S)
FILLS = replace(EXECUTIONS, only=_FILLED)
# In ClickHouse a fill is when that was confirmed; somewhere in between it got there.
SHIPPED = replace(FILLS, seen_by=("shipped_s",), late_s=0.0)
LEADERSHIP = Terms(rows="epoch", number="epoch", holder="leader")

# The leader reads the state from PostgreSQL and writes it so often; the exposition tells what was last read.
STATE = ("state_write_s",)
IN_REDIS = Way(settings=STATE)
READ_BY_LEADER = Way(settings=STATE, scraped=True)
AT_ONCE = Way(scraped=True)
# An instance sees who leads when it next looks at the record, and in Redis when it next touches the lease.
SEEN_IN_RECORD = Way(settings=("db_sync_s", "db_timeout_s"), scraped=True)
# Who is cut off from Redis, or does not run, writes nothing there: what stands there gets old.
REDIS_IS_OLD = ("redis", "trading")
CLICKHOUSE_SECONDS = 1.0  # its DateTime, and the range that the plugin's $__timeFilter asks for
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
BY_INSTANCE = ("instance",)


def _mean_slippage(board: str, panel: str) -> OfRange:
    of = replace(SHIPPED, amount="slippage")
    return OfRange(board=board, panel=panel, of=of, how="mean", grain_s=CLICKHOUSE_SECONDS)


def _waiting(
    board: str, panel: str, way: Way, *, ref: str = "A", field: str = "", unless: tuple[str, ...] = ()
) -> Waiting:
    return Waiting(board=board, panel=panel, ref=ref, came=SIGNALS, gone=ORDERS, way=way, field=field, unless=unless)


def _live_state(field: str, of: Happenings) -> SumSoFar:
    return SumSoFar(board=TRADE, panel="Live State", of=of, way=IN_REDIS, field=field, unless=REDIS_IS_OLD)


def _rate(board: str, panel: str, ref: str, of: Happenings, counter: str) -> tuple[Promise, ...]:
    """By what happened, and sharper by what the counters told: received and executed differ by little."""
    metric = f"redis_tss_signals_{counter}_total"
    return (
        Rate(board=board, panel=panel, ref=ref, of=of),
        Scraped(board=board, panel=panel, ref=ref, metric=metric, how="rate"),
    )


def _signal_rates(board: str, panel: str) -> tuple[Promise, ...]:
    return (
        *_rate(board, panel, "A", SIGNALS, "received"),
        *_rate(board, panel, "B", FILLED, "executed"),
        *_rate(board, panel, "C", REJECTED, "failed"),
    )


def _queue(board: str, panel: str, ref: str, metric: str) -> Scraped:
    """A queue is known to within some signals; what its length was told to be is known exactly."""
    return Scraped(board=board, panel=panel, ref=ref, metric=metric, fold="max")


_POSITIONS = replace(FILLS, amount="quantity")
_TRADE_STATE: tuple[Promise, ...] = (
    Held(board=TRADE, panel="Open Trades", of=_POSITIONS, group="asset", way=IN_REDIS, unless=REDIS_IS_OLD),
    _waiting(TRADE, "Active Orders", IN_REDIS, unless=REDIS_IS_OLD),
    _waiting(TRADE, "Pending Signals", IN_REDIS, unless=REDIS_IS_OLD),
    _mean_slippage(TRADE, "Slippage"),
    Increase(board=TRADE, panel="Failed Trades", of=REJECTED),
    Scraped(board=TRADE, panel="Failed Trades", metric="redis_tss_signals_failed_total", how="increase"),
    HolderNamed(board=TRADE, panel="Leader", terms=LEADERSHIP, way=AT_ONCE),
    *_signal_rates(TRADE, "Signals per Second"),
    *(
        OfRange(
            board=TRADE,
            panel="Slippage over Time",
            of=replace(SHIPPED, amount="slippage"),
            how=how,
            newest_interval=True,
            series=series,
        )
        for how, series in (("mean", "average"), ("greatest", "worst"))
    ),
    OfRange(board=TRADE, panel="Orders by Status", of=ORDERS, how="sum", group="status"),
    Scraped(
        board=TRADE,
        panel="Age of the Live State",
        metric="redis_tss_last_update_timestamp_seconds",
        how="age",
        by=BY_INSTANCE,
    ),
    HolderNamed(board=TRADE, panel="Live State", terms=LEADERSHIP, way=IN_REDIS, field="leader", unless=REDIS_IS_OLD),
    TermNumber(board=TRADE, panel="Live State", terms=LEADERSHIP, way=IN_REDIS, field="epoch", unless=REDIS_IS_OLD),
    Held(
        board=TRADE,
        panel="Live State",
        of=_POSITIONS,
        group="asset",
        way=IN_REDIS,
        field="open_trades",
        unless=REDIS_IS_OLD,
    ),
    _live_state("signals_received", SIGNALS),
    _live_state("signals_executed", FILLED),
    _live_state("signals_failed", REJECTED),
    _waiting(TRADE, "Live State", IN_REDIS, field="pending_signals", unless=REDIS_IS_OLD),
    _waiting(TRADE, "Live State", IN_REDIS, field="active_orders", unless=REDIS_IS_OLD),
    NewestFirst(
        board=TRADE,
        panel="Recent Orders",
        listed=(Listed(of=ORDERS, name="effect_id", order="at_s"),),
        column="order_id",
        most=50,
    ),
)

_PROFIT = replace(FILLS, amount="realized_pnl")
_QUANTILES = (("A", 0.5), ("B", 0.95), ("C", 0.99))
_LATENCY_BUCKET = "redis_tss_signal_processing_latency_bucket"
_LATENCY = replace(EXECUTIONS, amount="latency")
_SYNCS, _FAILURES = "portfolio_manager_db_sync_attempts_total", "instance_socket_failures_total"
_PERFORMANCE: tuple[Promise, ...] = (
    Quantile(board=PERFORMANCE, panel="Execution Latency", of=_LATENCY, share=0.95, buckets=LATENCY_BUCKETS_S),
    ScrapedQuantile(board=PERFORMANCE, panel="Execution Latency", metric=_LATENCY_BUCKET, share=0.95),
    _mean_slippage(PERFORMANCE, "Broker Slippage"),
    Scraped(board=PERFORMANCE, panel="Connection Errors", metric=_FAILURES, how="increase"),
    SumSoFar(board=PERFORMANCE, panel="Total P/L", of=_PROFIT, way=READ_BY_LEADER),
    *_rate(PERFORMANCE, "Order Execution Rate", "A", FILLED, "executed"),
    Scraped(board=PERFORMANCE, panel="Sync Failures", metric=_SYNCS, how="rate", share_of=(("result", "failure"),)),
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
    *_signal_rates(PERFORMANCE, "Execution Rate over Time"),
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
    SumSoFar(board=PERFORMANCE, panel="Total P/L over Time", of=_PROFIT, way=READ_BY_LEADER),
    Scraped(board=PERFORMANCE, panel="Synchronisations", metric=_SYNCS, how="rate", by=("result",)),
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
    Scraped(board=PERFORMANCE, panel="Connection Errors over Time", metric=_FAILURES, how="rate", by=("target",)),
)

_PENDING = "redis_tss_pending_signals"
_ANSWERS = Word(path=("http",), there=True)
_LEADS = Word(path=("body", "leader"))
_WITHOUT_REDIS = Word(path=("body", "mode"), equals="database")


def _up(source: str) -> Word:
    return Word(path=("body", "components", source, "status"), equals="up")


def _gauge(board: str, panel: str, metric: str, how: str = "now") -> Scraped:
    only = (("job", "portfolio_manager"),)
    return Scraped(board=board, panel=panel, metric=metric, how=how, only=only, by=BY_INSTANCE)


_INSTANCE_STATE: tuple[Promise, ...] = (
    Said(board=INSTANCE, panel="Instances Up", words=(_ANSWERS,), way=AT_ONCE, fold="sum"),
    Scraped(board=INSTANCE, panel="Busiest Processor", metric="instance_cpu_usage", fold="max"),
    Scraped(board=INSTANCE, panel="Most Memory", metric="instance_memory_usage", fold="max"),
    _waiting(INSTANCE, "Queue Length", READ_BY_LEADER),
    _queue(INSTANCE, "Queue Length", "A", _PENDING),
    Scraped(board=INSTANCE, panel="Socket Failures", metric=_FAILURES, how="increase"),
    Scraped(board=INSTANCE, panel="Restarts", metric="instance_start_time_seconds", how="changes"),
    _gauge(INSTANCE, "CPU", "instance_cpu_usage"),
    _gauge(INSTANCE, "Memory", "instance_memory_usage"),
    _gauge(INSTANCE, "Queues", "instance_queue_length"),
    _waiting(INSTANCE, "Queues", READ_BY_LEADER, ref="B"),
    _queue(INSTANCE, "Queues", "B", _PENDING),
    _queue(INSTANCE, "Queues", "C", "trading_outbox_pending"),
    Waiting(
        board=INSTANCE,
        panel="Queues",
        ref="C",
        came=FILLS,
        gone=SHIPPED,
        key="event_id",
        way=READ_BY_LEADER,
    ),
    Scraped(
        board=INSTANCE,
        panel="Socket Failures over Time",
        metric=_FAILURES,
        how="rate",
        by=("instance", "target"),
    ),
    _gauge(INSTANCE, "Time to Answer", "scrape_duration_seconds"),
    _gauge(INSTANCE, "Uptime", "instance_start_time_seconds", "age"),
)

_HEARTBEAT, _STATUS = "portfolio_manager_last_heartbeat_timestamp", "portfolio_manager_overall_alert_status"
_A_REAL_HOUR_S = 3600.0  # the panels name an hour in their query, which no time scale makes shorter
_AVAILABILITY: tuple[Promise, ...] = (
    Scraped(board=AVAILABILITY, panel="Overall Alert Status", metric=_STATUS, fold="max"),
    HolderNamed(board=AVAILABILITY, panel="Current Leader", terms=LEADERSHIP, way=AT_ONCE),
    Said(board=AVAILABILITY, panel="Leaders", words=(_LEADS,), way=AT_ONCE, fold="sum"),
    Said(board=AVAILABILITY, panel="Instance Status", words=(_ANSWERS,), way=AT_ONCE),
    *(
        TermsGained(board=AVAILABILITY, panel=panel, terms=LEADERSHIP, window_s=_A_REAL_HOUR_S, way=SEEN_IN_RECORD)
        for panel in ("Leadership Changes per Hour", "Changes per Hour over Time")
    ),
    Scraped(board=AVAILABILITY, panel="Oldest Heartbeat", metric=_HEARTBEAT, how="behind", fold="max"),
    Said(board=AVAILABILITY, panel="Without Redis", words=(_WITHOUT_REDIS,), way=AT_ONCE, fold="sum"),
    Scraped(
        board=AVAILABILITY,
        panel="Fencing Conflicts",
        metric="portfolio_manager_fencing_conflicts_total",
        how="increase",
    ),
    *(
        SaidName(
            board=AVAILABILITY,
            panel="Leader by Redis and by the Record",
            ref=ref,
            path=("body", f"leader_{store}"),
            shown_as=store,
            nobody="none",
            way=AT_ONCE,
        )
        for ref, store in (("A", "redis"), ("B", "db"))
    ),
    Said(
        board=AVAILABILITY,
        panel="Leader by Redis and by the Record",
        ref="C",
        words=(Word(path=("body", "leader_redis"), same_as=("body", "leader_db")),),
        way=AT_ONCE,
    ),
    *(
        Said(board=AVAILABILITY, panel="Instance Health", ref=ref, words=(word,), way=AT_ONCE)
        for ref, word in (
            ("A", _ANSWERS),
            ("B", _LEADS),
            ("C", _WITHOUT_REDIS),
            ("F", Word(path=("body", "recovery", "time_ms"))),
        )
    ),
    *(
        replace(_gauge(AVAILABILITY, "Instance Health", metric, how), ref=ref)
        for ref, metric, how in (
            ("D", _HEARTBEAT, "behind"),
            ("E", _STATUS, "now"),
            ("G", "instance_start_time_seconds", "age"),
        )
    ),
    Scraped(
        board=AVAILABILITY,
        panel="Sync Rate",
        metric=_SYNCS,
        how="rate",
        only=(("result", "success"),),
        by=BY_INSTANCE,
    ),
    _gauge(AVAILABILITY, "Sync Failure Rate", "portfolio_manager_db_sync_failure_rate"),
    *(
        replace(
            _gauge(AVAILABILITY, "Sync Latency by Instance", f"portfolio_manager_db_sync_{name}_latency_ms"), ref=ref
        )
        for ref, name in (("A", "p50"), ("B", "p95"), ("C", "p99"))
    ),
    Said(board=AVAILABILITY, panel="Who Leads", words=(_LEADS,), way=AT_ONCE),
    _gauge(AVAILABILITY, "Heartbeat Age", _HEARTBEAT, "behind"),
)

_SOURCES = ("postgres", "redis", "clickhouse")
_SYSTEM: tuple[Promise, ...] = (
    Said(
        board=SYSTEM,
        panel="System Health",
        words=(_ANSWERS, *(_up(source) for source in _SOURCES)),
        way=AT_ONCE,
        fold="min",
    ),
    *(
        Said(
            board=SYSTEM,
            panel="Services",
            ref=ref,
            words=(_up(source),),
            way=AT_ONCE,
            fold=fold,
            label="service",
            series=source,
        )
        for source in _SOURCES
        for ref, fold in (("A", "min"), ("B", "missing"))
    ),
    Said(board=SYSTEM, panel="Services", words=(_ANSWERS,), way=AT_ONCE, label="service"),
    NewestFirst(
        board=SYSTEM,
        panel="Trading Signals",
        listed=(Listed(of=SIGNALS, name="id", order="due_s"),),
        column="signal_id",
        most=100,
    ),
    NewestFirst(
        board=SYSTEM,
        panel="Order Execution",
        listed=(Listed(of=EXECUTIONS, name="effect_id", order="at_s"),),
        column="order_id",
        most=100,
    ),
    NewestFirst(
        board=SYSTEM,
        panel="Event History",
        listed=(
            Listed(of=ACCEPTED, name="id", order="at_s"),
            Listed(of=ORDERS, name="effect_id", order="at_s"),
            Listed(of=EXECUTIONS, name="event_id", order="at_s"),
        ),
        column="event_id",
        most=200,
    ),
)

PROMISES: tuple[Promise, ...] = (*_TRADE_STATE, *_PERFORMANCE, *_INSTANCE_STATE, *_AVAILABILITY, *_SYSTEM)

# What nobody but the panel's own source knows, by board, panel and query; a query of "" is all of them.
UNTOLD: Mapping[tuple[str, str, str], str] = {
    (SYSTEM, "Model State", ""): "nothing that the harness sends or reads says which models there are",
    (SYSTEM, "Model Quality", ""): "the figures are the application's own reckoning over its newest 500 orders",
    (SYSTEM, "Win Rate", ""): "as of Model Quality",
    (SYSTEM, "Confidence", ""): "as of Model Quality",
}

TRUTH = Truth(promises=PROMISES)
