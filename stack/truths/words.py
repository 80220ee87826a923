"""What the boards' promises have in common: what happens and when it is seen, and the ways onto a panel."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.truth import CLIENT, Happenings, OfRange, Promise, Rate, Scraped, Terms, Waiting, Way, Word

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
# Nor does anybody who cannot read the record, and what was read last is what the exposition still tells.
NOT_READ = ("postgres",)
REDIS_IS_OLD = ("redis", "trading", *NOT_READ)
# A Prometheus that wakes or starts takes its targets for down until it has scraped them.
NOT_WATCHED = ("prometheus",)
CLICKHOUSE_SECONDS = 1.0  # its DateTime, and the range that the plugin's $__timeFilter asks for
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
BY_INSTANCE = ("instance",)
PENDING = "redis_tss_pending_signals"
ANSWERS = Word(path=("http",), there=True)
LEADS = Word(path=("body", "leader"))
SYNCS, FAILURES = "portfolio_manager_db_sync_attempts_total", "instance_socket_failures_total"
HEARTBEAT, STATUS = "portfolio_manager_last_heartbeat_timestamp", "portfolio_manager_overall_alert_status"


def mean_slippage(board: str, panel: str) -> OfRange:
    """The mean cost of what ClickHouse holds of the time range."""
    of = replace(SHIPPED, amount="slippage")
    return OfRange(board=board, panel=panel, of=of, how="mean", grain_s=CLICKHOUSE_SECONDS)


def waiting(
    board: str, panel: str, way: Way, *, ref: str = "A", field: str = "", unless: tuple[str, ...] = ()
) -> Waiting:
    """Signals that were accepted and have no order yet."""
    return Waiting(board=board, panel=panel, ref=ref, came=SIGNALS, gone=ORDERS, way=way, field=field, unless=unless)


def rate(board: str, panel: str, ref: str, of: Happenings, counter: str) -> tuple[Promise, ...]:
    """By what happened, and sharper by what the counters told: received and executed differ by little."""
    metric = f"redis_tss_signals_{counter}_total"
    return (
        Rate(board=board, panel=panel, ref=ref, of=of),
        Scraped(board=board, panel=panel, ref=ref, metric=metric, how="rate"),
    )


def signal_rates(board: str, panel: str) -> tuple[Promise, ...]:
    """Received, filled and rejected, as the queries A, B and C."""
    return (
        *rate(board, panel, "A", SIGNALS, "received"),
        *rate(board, panel, "B", FILLED, "executed"),
        *rate(board, panel, "C", REJECTED, "failed"),
    )


def queue(board: str, panel: str, ref: str, metric: str) -> Scraped:
    """A queue is known to within some signals; what its length was told to be is known exactly."""
    return Scraped(board=board, panel=panel, ref=ref, metric=metric, fold="max")


def up(source: str) -> Word:
    """Whether an instance says that a store answers."""
    return Word(path=("body", "components", source, "status"), equals="up")


def gauge(board: str, panel: str, metric: str, how: str = "now") -> Scraped:
    """A figure of each instance as it told it, and of nobody else."""
    only = (("job", "portfolio_manager"),)
    return Scraped(board=board, panel=panel, metric=metric, how=how, only=only, by=BY_INSTANCE)
