"""High Availability (R-30): who leads, whether the record keeps up, and where the two stores disagree."""

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel
from grafana_foundation_sdk.models.units import CountsPerSecond, Milliseconds, PercentUnit, Seconds, Short

from .frame import board, instances
from .style import ALERT_STATUS, BLUE, GREEN, RED, UP_OR_DOWN, YELLOW, facts_table, lines, name, number, steps
from .targets import PROMETHEUS, now, over_time

_CHOSEN = '{instance=~"$instance"}'
_SCRAPED = '{job="portfolio_manager", instance=~"$instance"}'
_YES_OR_NO = {"_0": ("no", BLUE), "_1": ("yes", GREEN)}
# A sample may be a scrape interval old: the age at the time of the sample says nothing of that.
_BEAT = f"portfolio_manager_last_heartbeat_timestamp{_CHOSEN}"
_HEARTBEAT_AGE = f"timestamp({_BEAT}) - {_BEAT}"
# By the epochs, as a counter that began anew has not seen an hour yet.
_CHANGES = (
    "max(max_over_time(portfolio_manager_leader_epoch[1h])) - min(min_over_time(portfolio_manager_leader_epoch[1h]))"
    " or vector(0)"
)


def high_availability() -> Dashboard:
    """The board, ready to be written as JSON."""
    return board(
        "high-availability",
        "High Availability",
        "Leader election and coordination: who leads, how well the record keeps up, how fresh heartbeats are.",
        refresh="10s",
        variables=[instances()],
        panels=[*_status(), *_numbers(), *_tables(), *_sync(), *_leadership()],
    )


def _status() -> list[Builder[Panel]]:
    return [
        number(
            "Overall Alert Status",
            "The worst of sync failures, changes of the lead and age of heartbeats, of the worst instance.",
            PROMETHEUS,
            now("A", "max(portfolio_manager_overall_alert_status)", "worst"),
            unit="none",
            thresholds=steps(GREEN, (1, YELLOW), (2, RED)),
            said=ALERT_STATUS,
            at=GridPos(x=0, y=0, w=6, h=4),
        ),
        name(
            "Current Leader",
            "The instance that may execute now. Two names are a split brain; no data: nobody trades.",
            PROMETHEUS,
            now("A", "portfolio_manager_is_leader == 1", "{{instance}}"),
            thresholds=steps(BLUE),
            at=GridPos(x=6, y=0, w=6, h=4),
            runbook="no-leader",
        ),
        number(
            "Leaders",
            "How many instances say that they lead. One is right, none trades, two are a split brain.",
            PROMETHEUS,
            now("A", "sum(portfolio_manager_is_leader) or vector(0)", "leaders"),
            unit=Short,
            thresholds=steps(RED, (1, GREEN), (2, RED)),
            at=GridPos(x=12, y=0, w=6, h=4),
            runbook="multiple-leaders",
        ),
        number(
            "Instance Status",
            "Whether Prometheus reaches each instance.",
            PROMETHEUS,
            now("A", f"up{_SCRAPED}", "{{instance}}"),
            unit="none",
            thresholds=steps(RED, (1, GREEN)),
            said=UP_OR_DOWN,
            at=GridPos(x=18, y=0, w=6, h=4),
            runbook="instance-down",
        ).text_mode(BigValueTextMode.VALUE_AND_NAME),
    ]


def _numbers() -> list[Builder[Panel]]:
    return [
        number(
            "Leadership Changes per Hour",
            "New epochs in the last hour: warning above 3, critical above 10.",
            PROMETHEUS,
            now("A", _CHANGES, "changes"),
            unit=Short,
            thresholds=steps(GREEN, (3, YELLOW), (10, RED)),
            at=GridPos(x=0, y=4, w=6, h=4),
            runbook="leadership-flapping",
        ),
        number(
            "Oldest Heartbeat",
            "Age of the oldest last heartbeat: warning above 30 s, critical above 60 s.",
            PROMETHEUS,
            now("A", f"max({_HEARTBEAT_AGE})", "oldest"),
            unit=Seconds,
            thresholds=steps(GREEN, (30, YELLOW), (60, RED)),
            at=GridPos(x=6, y=4, w=6, h=4),
            runbook="heartbeat",
        ),
        number(
            "Without Redis",
            "Instances that coordinate through PostgreSQL alone, as they do not reach Redis.",
            PROMETHEUS,
            now("A", f"sum(portfolio_manager_fallback_mode{_CHOSEN})", "without Redis"),
            unit=Short,
            thresholds=steps(GREEN, (1, YELLOW), (3, RED)),
            at=GridPos(x=12, y=4, w=6, h=4),
            runbook="source-down",
        ),
        number(
            "Fencing Conflicts",
            "Effects in the time range that PostgreSQL refused, as another led by then.",
            PROMETHEUS,
            now("A", f"sum(increase(portfolio_manager_fencing_conflicts_total{_CHOSEN}[$__range]))", "conflicts"),
            unit=Short,
            thresholds=steps(GREEN, (1, RED)),
            at=GridPos(x=18, y=4, w=6, h=4),
            runbook="multiple-leaders",
        ),
    ]


def _leader_in(store: str) -> str:
    """Whom each instance sees as the leader in a store, as the label `<store>`; `none` where it sees nobody."""
    seen = f'label_replace(portfolio_manager_leader_{store}_info{_CHOSEN}, "{store}", "$1", "leader", "(.+)")'
    nobody = f'label_replace(up{_SCRAPED}, "{store}", "none", "", "")'
    return f"max by (instance, {store}) ({seen}) or on (instance) max by (instance, {store}) ({nobody})"


def _tables() -> list[Builder[Panel]]:
    both = f"portfolio_manager_leader_redis_info{_CHOSEN} and on (instance, leader) portfolio_manager_leader_db_info"
    same = f"count by (instance) ({both}) or on (instance) max by (instance) (up{_SCRAPED}) * 0"
    health = {
        "Up": f"max by (instance) (up{_SCRAPED})",
        "Leads": f"max by (instance) (portfolio_manager_is_leader{_CHOSEN})",
        "Without Redis": f"max by (instance) (portfolio_manager_fallback_mode{_CHOSEN})",
        "Heartbeat Age": f"max by (instance) ({_HEARTBEAT_AGE})",
        "Status": f"max by (instance) (portfolio_manager_overall_alert_status{_CHOSEN})",
        "Recovery": f"max by (instance) (portfolio_manager_recovery_time_ms{_CHOSEN})",
        "Uptime": f"max by (instance) (time() - instance_start_time_seconds{_CHOSEN})",
    }
    return [
        facts_table(
            "Leader by Redis and by the Record",
            "Whom each instance sees as the leader in Redis and in PostgreSQL. Different names for more than a moment "
            "are a split brain; `none` in Redis is fallback mode.",
            {
                "In Redis": _leader_in("redis"),
                "In PostgreSQL": _leader_in("db"),
                "Same": same,
            },
            said={"Same": {"_0": ("no", YELLOW), "_1": ("yes", GREEN)}},
            hidden=("In Redis", "In PostgreSQL"),
            at=GridPos(x=0, y=8, w=10, h=7),
            runbook="split-brain",
        ),
        facts_table(
            "Instance Health",
            "Each instance on a line: reachable, leading, without Redis, its heartbeat, its alerts, its last recovery.",
            health,
            said={
                "Up": UP_OR_DOWN,
                "Leads": _YES_OR_NO,
                "Without Redis": {"_0": ("no", GREEN), "_1": ("yes", YELLOW)},
                "Status": ALERT_STATUS,
            },
            units={"Heartbeat Age": Seconds, "Recovery": Milliseconds, "Uptime": Seconds},
            at=GridPos(x=10, y=8, w=14, h=7),
            runbook="instance-down",
        ),
    ]


def _sync() -> list[Builder[Panel]]:
    names = ("p50", "p95", "p99")
    return [
        lines(
            "Sync Rate",
            "Synchronisations with PostgreSQL per second that succeeded, of each instance.",
            PROMETHEUS,
            [
                over_time(
                    "A",
                    "sum by (instance) (rate(portfolio_manager_db_sync_attempts_total"
                    '{result="success", instance=~"$instance"}[$__rate_interval]))',
                    "{{instance}}",
                )
            ],
            unit=CountsPerSecond,
            at=GridPos(x=0, y=15, w=8, h=8),
        ),
        lines(
            "Sync Failure Rate",
            "Failed share of each instance's synchronisations with PostgreSQL: warning above 5 %, critical above 10 %.",
            PROMETHEUS,
            [over_time("A", f"portfolio_manager_db_sync_failure_rate{_CHOSEN}", "{{instance}}")],
            unit=PercentUnit,
            thresholds=steps(GREEN, (0.05, YELLOW), (0.1, RED)),
            at=GridPos(x=8, y=15, w=8, h=8),
            runbook="db-sync-failure-rate",
        ),
        lines(
            "Sync Latency by Instance",
            "Latency of each instance's good synchronisations: the middle one, and what 95 and 99 of 100 stay below.",
            PROMETHEUS,
            [
                over_time(ref, f"portfolio_manager_db_sync_{name}_latency_ms{_CHOSEN}", f"{{{{instance}}}} {name}")
                for ref, name in zip("ABC", names, strict=True)
            ],
            unit=Milliseconds,
            at=GridPos(x=16, y=15, w=8, h=8),
        ),
    ]


def _leadership() -> list[Builder[Panel]]:
    return [
        lines(
            "Who Leads",
            "1 while an instance may act. Two at once are a split brain, a gap is a time without trading.",
            PROMETHEUS,
            [over_time("A", f"portfolio_manager_is_leader{_CHOSEN}", "{{instance}}")],
            unit=Short,
            at=GridPos(x=0, y=23, w=8, h=8),
            runbook="multiple-leaders",
        ),
        lines(
            "Changes per Hour over Time",
            "New epochs in the hour before each point: warning above 3, critical above 10.",
            PROMETHEUS,
            [over_time("A", _CHANGES, "changes")],
            unit=Short,
            thresholds=steps(GREEN, (3, YELLOW), (10, RED)),
            at=GridPos(x=8, y=23, w=8, h=8),
            runbook="leadership-flapping",
        ),
        lines(
            "Heartbeat Age",
            "Age of each instance's last heartbeat: warning above 30 s, critical above 60 s.",
            PROMETHEUS,
            [over_time("A", _HEARTBEAT_AGE, "{{instance}}")],
            unit=Seconds,
            thresholds=steps(GREEN, (30, YELLOW), (60, RED)),
            at=GridPos(x=16, y=23, w=8, h=8),
            runbook="heartbeat",
        ),
    ]
