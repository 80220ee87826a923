"""The coordinator's dictionary and its alert levels."""

import json

import pytest
from trading_app.coordinator_metrics import CoordinatorStats, Level, dictionary
from trading_app.rules import Mode, Record, View
from trading_app.windows import percentile

# The dictionary of seed 004, key by key.
KEYS = {
    "db_sync_success": int,
    "db_sync_failure": int,
    "db_sync_total": int,
    "db_sync_failure_rate": float,
    "db_sync_avg_latency_ms": float,
    "db_sync_min_latency_ms": float,
    "db_sync_max_latency_ms": float,
    "db_sync_p50_latency_ms": float,
    "db_sync_p95_latency_ms": float,
    "db_sync_p99_latency_ms": float,
    "db_sync_latency_samples": int,
    "leadership_changes": int,
    "current_leader_redis": str,
    "current_leader_db": str,
    "this_instance": str,
    "is_leader": bool,
    "heartbeat_running": bool,
    "fallback_mode": bool,
    "last_heartbeat": str,
    "alerts": dict,
    "overall_alert_status": str,
}


@pytest.fixture
def stats() -> CoordinatorStats:
    """Nothing counted yet, at production windows."""
    return CoordinatorStats(
        leadership_window_s=3600,
        sync_window_s=300,
        heartbeat_warning_s=30,
        heartbeat_critical_s=60,
        started_at=0.0,
    )


def led_by(name: str, epoch: int) -> View:
    """A view in which Redis and the record agree, read at 100 s, good for 20 s."""
    return View(
        record=Record(leader_id=name, epoch=epoch, remaining_s=20), record_at=100, redis_holder=f"{name}:{epoch}"
    )


def test_dictionary_is_the_seeds(stats: CoordinatorStats) -> None:
    """Exactly the documented keys, of the documented types, as JSON."""
    stats.synced(ok=True, latency_s=0.01, now=100)
    stats.beat(now=100, wall_s=1_700_000_000)
    told = dictionary(stats, led_by("a", 3), instance_id="a", is_leader=True, now=101)
    assert {key: type(value) for key, value in told.items()} == KEYS
    assert set(told["alerts"]) == {
        "db_sync_failure_rate",
        "leadership_changes",
        "heartbeat_staleness",
        "overall_status",
    }
    assert set(told["alerts"]["leadership_changes"]) == {
        "status",
        "value",
        "threshold_warning",
        "threshold_critical",
        "message",
    }
    assert json.loads(json.dumps(told)) == told
    assert told["last_heartbeat"] == "2023-11-14T22:13:20+00:00"


def test_unknown_is_none(stats: CoordinatorStats) -> None:
    """Before anything is known, leaders and the last heartbeat are None."""
    told = dictionary(stats, View(), instance_id="a", is_leader=False, now=1)
    assert (told["current_leader_redis"], told["current_leader_db"], told["last_heartbeat"]) == (None, None, None)
    assert told["alerts"]["heartbeat_staleness"]["value"] is None


def test_lapsed_record_names_nobody(stats: CoordinatorStats) -> None:
    """A lease that has run out is no leader, whatever the row says; in fallback mode Redis names nobody."""
    told = dictionary(stats, led_by("a", 3), instance_id="b", is_leader=False, now=121)
    assert (told["current_leader_db"], told["current_leader_redis"]) == (None, "a")
    told = dictionary(stats, View(mode=Mode.FALLBACK), instance_id="b", is_leader=False, now=1)
    assert (told["fallback_mode"], told["current_leader_redis"]) == (True, None)


@pytest.mark.parametrize(
    ("failures", "level"), [(5, Level.OK), (6, Level.WARNING), (10, Level.WARNING), (11, Level.CRITICAL)]
)
def test_sync_failure_levels(stats: CoordinatorStats, failures: int, level: Level) -> None:
    """More than 5 % of failed synchronisations is a warning, more than 10 % critical."""
    stats.beat(now=100, wall_s=1)
    for n in range(100):
        stats.synced(ok=n >= failures, latency_s=0.01, now=100)
    assert stats.alerts(100)["db_sync_failure_rate"].level is level
    assert stats.overall(100) is level


def test_failures_are_forgotten(stats: CoordinatorStats) -> None:
    """The failure rate looks at its window, not at the whole life."""
    stats.synced(ok=False, latency_s=1, now=100)
    assert stats.failure_rate(399) == 1.0
    stats.synced(ok=True, latency_s=1, now=399)
    assert stats.failure_rate(401) == 0.0
    assert stats.sync_failure == 1


@pytest.mark.parametrize(
    ("changes", "level"), [(3, Level.OK), (4, Level.WARNING), (10, Level.WARNING), (11, Level.CRITICAL)]
)
def test_leadership_change_levels(stats: CoordinatorStats, changes: int, level: Level) -> None:
    """More than 3 changes an hour is a warning, more than 10 critical; an hour later it is over."""
    stats.beat(now=100, wall_s=1)
    for epoch in range(changes + 1):
        stats.seen(led_by("a", 5 + epoch), 100)
    assert stats.leadership_changes == changes
    assert stats.alerts(100)["leadership_changes"].level is level
    assert stats.alerts(3701)["leadership_changes"].value == 0


def test_only_new_epochs_are_changes(stats: CoordinatorStats) -> None:
    """The epoch found at the start is no change; the same or an older one again is none either."""
    seen = [stats.seen(led_by("a", epoch), 1) for epoch in (7, 7, 8, 7, 8, 9)]
    assert seen == [False, False, True, False, False, True]


def test_the_first_election_ever_is_no_change(stats: CoordinatorStats) -> None:
    """Epoch 0 stands for a system that nobody has led."""
    seen = [stats.seen(led_by("a", epoch), 1) for epoch in (0, 0, 1, 2)]
    assert seen == [False, False, False, True]


@pytest.mark.parametrize(
    ("age_s", "level"), [(30, Level.OK), (31, Level.WARNING), (60, Level.WARNING), (61, Level.CRITICAL)]
)
def test_heartbeat_levels(stats: CoordinatorStats, age_s: float, level: Level) -> None:
    """Older than 30 s is a warning, older than 60 s critical, also when there never was one."""
    assert stats.alerts(age_s)["heartbeat_staleness"].level is level
    stats.beat(now=100, wall_s=1)
    assert stats.alerts(100 + age_s)["heartbeat_staleness"].level is level


def test_percentiles_are_nearest_rank() -> None:
    """Percentiles are values that were really measured."""
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.99) == 7.0
