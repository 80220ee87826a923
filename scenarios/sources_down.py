"""ClickHouse, then PostgreSQL: cut off for a moment, then down until people are told."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    LoadKept,
    NothingAcknowledged,
    NothingElseFires,
    Recovered,
    Silent,
)
from harness.faults.container import Kill, Stop
from harness.faults.hold import For, UntilNotified, UntilPending
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import cut_for_all

SCENARIO = Scenario(
    name="sources-down",
    hypothesis="Without ClickHouse trading goes on and ClickHouseDown reaches Slack; without PostgreSQL nothing is "
    "acknowledged that is not kept, and PostgreSQLDown reaches PagerDuty and Slack; moments without them, or without "
    "Redis, reach nobody; no acknowledged signal is lost or executed twice, and all executions arrive in ClickHouse.",
    covers=("R-43", "R-46", "R-50", "R-52", "R-53", "R-63", "R-64"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="the same sources are down in boards-under-faults, with people at the boards; without viewers "
        "alerts are timed alone",
    ),
    faults=cut_for_all("clickhouse", For(production_s=40)),
    then=(
        # The age of the live state counts from the last write, up to 5 s before.
        Act(faults=cut_for_all("redis", UntilPending(alert="SignalLoss"))),
        Act(faults=(Kill(target="clickhouse", hold=UntilNotified(alert="ClickHouseDown")),)),
        Act(faults=cut_for_all("postgres", For(production_s=20))),
        Act(faults=(Stop(target="postgres", hold=UntilNotified(alert="PostgreSQLDown")),)),
    ),
    # Each time without PostgreSQL may change the leader, and fails synchronisations: both look back for long.
    lingering=("LeadershipFlapping", "HighDBSyncFailureRate", "ElevatedDBSyncFailureRate"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        NothingAcknowledged(fault=10),
        Silent(name="ClickHouseDown", fault=0, waits=True),
        Silent(name="SignalLoss", fault=5, waits=True),
        # Slippage is read from ClickHouse every 15 s.
        Alert(name="ClickHouseDown", to=("slack",), fault=6, theta_s=(0, 30), clears_s=(0, 30)),
        Silent(name="PostgreSQLDown", fault=7, waits=True),
        Alert(name="PostgreSQLDown", to=("pagerduty", "slack"), fault=10, theta_s=(0, 25), clears_s=(0, 30)),
        NothingElseFires(
            allowed=("ClickHouseDown", "PostgreSQLDown"),
            # A minute without Redis is where RedisDown and FallbackMode begin to fire. Whether the others last long
            # enough hangs on how quickly PostgreSQL comes back.
            possible=(
                "RedisDown",
                "FallbackMode",
                "HighDBSyncFailureRate",
                "ElevatedDBSyncFailureRate",
                "NoLeader",
                "MultipleLeadersFenced",
                "LeadershipFlapping",
            ),
        ),
        Recovered(within_s=120, mode="redis"),
        LoadKept(),
    ),
)
