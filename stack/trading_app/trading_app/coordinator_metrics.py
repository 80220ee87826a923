"""The coordinator's own figures and the dictionary of `/coordinator/metrics`, with its alert levels."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from trading_app.rules import Mode, View
from trading_app.windows import Window, percentile

DB_SYNC_FAILURE_RATE_WARNING = 0.05
DB_SYNC_FAILURE_RATE_CRITICAL = 0.10
LEADERSHIP_CHANGES_WARNING_PER_HOUR = 3.0
LEADERSHIP_CHANGES_CRITICAL_PER_HOUR = 10.0


class Level(IntEnum):
    """How bad; the worst wins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One figure against its two thresholds; above a threshold is past it."""

    value: float | None
    warning: float
    critical: float
    level: Level
    message: str

    def as_dict(self) -> dict[str, Any]:
        """In the dictionary's words."""
        return {
            "status": self.level.name,
            "value": self.value,
            "threshold_warning": self.warning,
            "threshold_critical": self.critical,
            "message": self.message,
        }


def judged(value: float, *, warning: float, critical: float) -> Level:
    """The level of a figure."""
    if value > critical:
        return Level.CRITICAL
    return Level.WARNING if value > warning else Level.OK


@dataclass(slots=True, kw_only=True)
class CoordinatorStats:
    """Counts what the coordinator does. Times are monotonic seconds unless named otherwise.

    Args:
        leadership_window_s: one production hour (an hour divided by the run's time compression).
        sync_window_s: window of the failure rate and the latencies.
        heartbeat_warning_s, heartbeat_critical_s: thresholds for the age of the last heartbeat.
        started_at: when this instance started; its first heartbeat is due from then on.
    """

    leadership_window_s: float
    sync_window_s: float
    heartbeat_warning_s: float
    heartbeat_critical_s: float
    started_at: float
    sync_success: int = 0
    sync_failure: int = 0
    leadership_changes: int = 0
    last_heartbeat: float | None = None
    last_heartbeat_wall_s: float | None = None
    heartbeat_running: bool = False
    _latencies_ms: Window = field(init=False)
    _failures: Window = field(init=False)
    _changes: Window = field(init=False)
    _epoch_seen: int | None = None

    def __post_init__(self) -> None:
        self._latencies_ms = Window(length_s=self.sync_window_s, most=1000)
        self._failures = Window(length_s=self.sync_window_s, most=1000)
        self._changes = Window(length_s=self.leadership_window_s)

    def synced(self, *, ok: bool, latency_s: float, now: float) -> None:
        """One synchronisation with PostgreSQL ended."""
        self._failures.add(0.0 if ok else 1.0, now)
        if ok:
            self.sync_success += 1
            self._latencies_ms.add(latency_s * 1000, now)
        else:
            self.sync_failure += 1

    def seen(self, view: View, now: float) -> bool:
        """Count a change of leadership when the record shows a new epoch; True if it did.

        Epoch 0 means that nobody has led yet: the first election of a new system changes nothing.
        """
        if view.record is None or view.record.epoch == 0:
            return False
        epoch, before = view.record.epoch, self._epoch_seen
        self._epoch_seen = epoch if before is None else max(before, epoch)
        if before is None or epoch <= before:
            return False
        self.leadership_changes += 1
        self._changes.add(1.0, now)
        return True

    def beat(self, *, now: float, wall_s: float) -> None:
        """A heartbeat was stored where coordination happens."""
        self.last_heartbeat, self.last_heartbeat_wall_s = now, wall_s

    def failure_rate(self, now: float) -> float:
        """Share of failed synchronisations in the window."""
        attempts = self._failures.values(now)
        return sum(attempts) / len(attempts) if attempts else 0.0

    def latencies_ms(self, now: float) -> list[float]:
        """Latencies of the successful synchronisations in the window."""
        return self._latencies_ms.values(now)

    def alerts(self, now: float) -> dict[str, Alert]:
        """The three judged figures (thresholds of R-45)."""
        return {
            "db_sync_failure_rate": self._failure_alert(now),
            "leadership_changes": self._changes_alert(now),
            "heartbeat_staleness": self._heartbeat_alert(now),
        }

    def _failure_alert(self, now: float) -> Alert:
        rate = self.failure_rate(now)
        warning, critical = DB_SYNC_FAILURE_RATE_WARNING, DB_SYNC_FAILURE_RATE_CRITICAL
        level = judged(rate, warning=warning, critical=critical)
        message = f"{rate:.1%} of database synchronisations failed"
        return Alert(value=rate, warning=warning, critical=critical, level=level, message=message)

    def _changes_alert(self, now: float) -> Alert:
        changes = sum(self._changes.values(now))
        warning, critical = LEADERSHIP_CHANGES_WARNING_PER_HOUR, LEADERSHIP_CHANGES_CRITICAL_PER_HOUR
        level = judged(changes, warning=warning, critical=critical)
        message = f"{changes:.0f} leadership changes in the last hour"
        return Alert(value=changes, warning=warning, critical=critical, level=level, message=message)

    def _heartbeat_alert(self, now: float) -> Alert:
        beaten = self.last_heartbeat is not None
        age_s = now - (self.last_heartbeat if self.last_heartbeat is not None else self.started_at)
        warning, critical = self.heartbeat_warning_s, self.heartbeat_critical_s
        level = judged(age_s, warning=warning, critical=critical)
        message = f"last heartbeat {age_s:.1f} s ago" if beaten else f"no heartbeat in {age_s:.1f} s since the start"
        return Alert(value=age_s if beaten else None, warning=warning, critical=critical, level=level, message=message)

    def overall(self, now: float) -> Level:
        """The worst of the three."""
        return max(alert.level for alert in self.alerts(now).values())


def dictionary(stats: CoordinatorStats, view: View, *, instance_id: str, is_leader: bool, now: float) -> dict[str, Any]:
    """The `get_metrics()` dictionary, JSON values only."""
    overall = stats.overall(now).name
    alerts: dict[str, Any] = {name: alert.as_dict() for name, alert in stats.alerts(now).items()}
    beat = stats.last_heartbeat_wall_s
    return {
        **_sync_part(stats, now),
        "leadership_changes": stats.leadership_changes,
        "current_leader_redis": view.leader_in_redis(),
        "current_leader_db": view.leader_in_record(now),
        "this_instance": instance_id,
        "is_leader": is_leader,
        "heartbeat_running": stats.heartbeat_running,
        "fallback_mode": view.mode is Mode.FALLBACK,
        "last_heartbeat": None if beat is None else datetime.fromtimestamp(beat, UTC).isoformat(),
        "alerts": {**alerts, "overall_status": overall},
        "overall_alert_status": overall,
    }


def _sync_part(stats: CoordinatorStats, now: float) -> dict[str, Any]:
    latencies_ms = stats.latencies_ms(now)
    count = len(latencies_ms)
    return {
        "db_sync_success": stats.sync_success,
        "db_sync_failure": stats.sync_failure,
        "db_sync_total": stats.sync_success + stats.sync_failure,
        "db_sync_failure_rate": stats.failure_rate(now),
        "db_sync_avg_latency_ms": sum(latencies_ms) / count if count else 0.0,
        "db_sync_min_latency_ms": min(latencies_ms, default=0.0),
        "db_sync_max_latency_ms": max(latencies_ms, default=0.0),
        "db_sync_p50_latency_ms": percentile(latencies_ms, 0.50),
        "db_sync_p95_latency_ms": percentile(latencies_ms, 0.95),
        "db_sync_p99_latency_ms": percentile(latencies_ms, 0.99),
        "db_sync_latency_samples": count,
    }
