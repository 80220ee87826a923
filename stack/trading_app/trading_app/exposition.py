"""What is computed at each scrape: gauges of the coordinator, the trades and the process.

A figure that is not known is left out: a stale number would read as a fact. `instance` is Prometheus' own
label.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from trading_app.coordinator import Coordinator
from trading_app.coordinator_metrics import CoordinatorStats
from trading_app.parts import Parts
from trading_app.rules import Mode
from trading_app.status import Status
from trading_app.windows import Window, percentile

PM = "portfolio_manager_"


class Exposition(Collector):
    """All figures of one instance that are not plain counters."""

    def __init__(
        self,
        *,
        coordinator: Coordinator,
        stats: CoordinatorStats,
        status: Status,
        parts: Parts,
        updates: Window,
        known_bad: tuple[str, ...],
    ) -> None:
        self._coordinator = coordinator
        self._stats = stats
        self._status = status
        self._parts = parts
        self._updates = updates
        self._known_bad = known_bad
        self._cpu = CpuShare()
        self._started_wall_s = time.time()

    def collect(self) -> Iterator[Metric]:
        """Everything, at one moment."""
        now = time.monotonic()
        yield from self._leadership(now)
        yield from self._synchronisation(now)
        yield from self._recovery()
        yield self._sources()
        yield from self._trading(now)
        yield from self._process()
        yield _labelled(
            "trading_known_bad",
            "1 for each known-bad variant that is switched on",
            "variant",
            *self._known_bad,
        )

    def _leadership(self, now: float) -> Iterator[Metric]:
        view, authority = self._coordinator.view, self._coordinator.authority()
        changes = self._stats.leadership_changes
        yield _gauge(PM + "is_leader", "1 if this instance may act now", authority is not None)
        # Epoch 0 means that nobody has led yet: the first election of a new system is no change of the lead.
        epoch = view.record.epoch or None if view.record else None
        yield _gauge(PM + "leader_epoch", "Newest epoch seen in the record", epoch)
        yield _counter(PM + "leadership_changes", "Changes of leadership seen in the record", changes)
        yield _labelled(PM + "leader_redis_info", "Leader by the Redis lease", "leader", view.leader_in_redis())
        yield _labelled(PM + "leader_db_info", "Leader by the record", "leader", view.leader_in_record(now))
        yield _gauge(PM + "fallback_mode", "1 while coordinating without Redis", view.mode is Mode.FALLBACK)
        yield _gauge(PM + "heartbeat_running", "1 if heartbeats are being sent", self._stats.heartbeat_running)
        yield _gauge(PM + "last_heartbeat_timestamp", "Last heartbeat, seconds", self._stats.last_heartbeat_wall_s)
        yield _gauge(PM + "overall_alert_status", "0 OK, 1 WARNING, 2 CRITICAL", int(self._stats.overall(now)))

    def _synchronisation(self, now: float) -> Iterator[Metric]:
        attempts = CounterMetricFamily(PM + "db_sync_attempts", "Synchronisations with PostgreSQL", labels=["result"])
        attempts.add_metric(["success"], self._stats.sync_success)
        attempts.add_metric(["failure"], self._stats.sync_failure)
        yield attempts
        yield _gauge(PM + "db_sync_failure_rate", "Failed share in the window, 0..1", self._stats.failure_rate(now))
        latencies_ms = self._stats.latencies_ms(now)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            value = percentile(latencies_ms, share) if latencies_ms else None
            yield _gauge(f"{PM}db_sync_{name}_latency_ms", "Latency of synchronisations in the window", value)

    def _recovery(self) -> Iterator[Metric]:
        recovery = self._status.recovery
        yield _gauge(PM + "recovery_time_ms", "Duration of the recovery at the start", recovery.time_ms)
        # Gauges, as the names that the rules use end without _total; they restart with the process like
        # counters.
        yield _gauge(PM + "recovery_success_count", "Recoveries that succeeded", recovery.successes)
        yield _gauge(PM + "recovery_failure_count", "Recoveries that failed", recovery.failures)
        told = "0 none, 1 DB_UNAVAILABLE, 2 DATA_CORRUPT, 3 VALIDATION_FAILED"
        yield _gauge(PM + "recovery_error_code", told, int(recovery.error))
        yield _gauge(PM + "recovery_timestamp_seconds", "End of the last attempt", recovery.finished_wall_s)
        yield _gauge(PM + "positions_recovered", "Open positions found", recovery.positions)

    def _sources(self) -> Metric:
        told = "1 if this instance's last call to the source was answered, 0 if not"
        family = GaugeMetricFamily(PM + "source_up", told, labels=["source"])
        status = self._status
        for source, seen in (("redis", status.redis), ("postgres", status.postgres), ("clickhouse", status.clickhouse)):
            if seen.ok is not None:
                family.add_metric([source], float(seen.ok))
        return family

    def _trading(self, now: float) -> Iterator[Metric]:
        updates, redis = self._updates, self._parts.redis
        # One that lost the lead, or slept through its end, remembers what nobody vouches for any more.
        leads = self._coordinator.authority() is not None
        trades, outbox_pending = (self._status.trades, self._status.outbox_pending) if leads else (None, None)
        per_s = sum(updates.values(now)) / updates.length_s
        yield _gauge("redis_tss_pending_signals", "Accepted and not yet executed", trades.pending if trades else None)
        yield _counter("redis_tss_connection_errors", "Calls that Redis did not answer", redis.errors)
        told = "Last write that Redis confirmed to this instance"
        yield _gauge("redis_tss_last_update_timestamp_seconds", told, redis.last_write_wall_s)
        yield _gauge("trade_state_updates_per_sec", "Orders that changed the trade state, per second", per_s)
        told = "Mean slippage of the last hour in ClickHouse, basis points"
        yield _gauge("clickhouse_slippage_average", told, self._status.slippage_average)
        told = "Profit less fees of all closed trades so far, as the leader sees it"
        yield _gauge("trading_realized_pnl", told, trades.realized_pnl if trades else None)
        yield _gauge("trading_outbox_pending", "Executions not yet in ClickHouse", outbox_pending)

    def _process(self) -> Iterator[Metric]:
        yield _gauge("instance_cpu_usage", "Share of the machine's processors used, 0..1", self._cpu.read())
        yield _gauge("instance_memory_usage", "Resident memory, bytes", resident_bytes())
        yield _gauge("instance_start_time_seconds", "When this process started", self._started_wall_s)
        parts = self._parts
        yield _gauge("instance_queue_length", "Signals that wait to be stored", parts.inbox.waiting)
        yield _gauge("trading_signals_in_flight", "Signals in progress", parts.admission.in_flight)
        yield _gauge("trading_signals_limit", "Signals that may be in progress at a time", parts.admission.limit)
        told = "Accepted signals that wait to be executed, as this instance last counted them, up to its limit"
        yield _gauge("trading_backlog_seen", told, parts.admission.backlog)
        told = "How long a signal that came now would wait to be stored"
        yield _gauge("trading_expected_wait_seconds", told, parts.inbox.expected_wait_s + parts.admission.lag_s)
        told = "Calls that a service did not answer: refused, cut off or too late"
        failures = CounterMetricFamily("instance_socket_failures", told, labels=["target"])
        failures.add_metric(["postgres"], sum(database.errors for database in parts.databases()))
        failures.add_metric(["redis"], parts.redis.errors)
        failures.add_metric(["clickhouse"], parts.clickhouse.errors)
        yield failures


class CpuShare:
    """Processor time since the last reading at least a second ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at, self._used_s, self._share = clock(), time.process_time(), 0.0

    def read(self) -> float:
        """Share of all processors, 0..1."""
        now, used_s = self._clock(), time.process_time()
        if now - self._at >= 1.0:
            self._share = (used_s - self._used_s) / (now - self._at) / (os.cpu_count() or 1)
            self._at, self._used_s = now, used_s
        return min(1.0, self._share)


def resident_bytes() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _gauge(name: str, told: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(name, told)
    if value is not None:
        family.add_metric([], value)
    return family


def _counter(name: str, told: str, value: float) -> Metric:
    return CounterMetricFamily(name, told, value=value)


def _labelled(name: str, told: str, label: str, *values: str | None) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value in values:
        if value is not None:
            family.add_metric([value], 1.0)
    return family
