"""ClickHouse, then PostgreSQL: cut off for a moment, then down until people are told."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Silent
from harness.faults.container import Kill, Stop
from harness.faults.hold import For, UntilNotified
from harness.faults.network import CutLink
from harness.model import Act, LoadProfile, Scenario

INSTANCES = ("trading-1", "trading-2", "trading-3")

SCENARIO = Scenario(
    name="sources-down",
    hypothesis="Without ClickHouse trading goes on and ClickHouseDown reaches Slack; without PostgreSQL nothing is "
    "acknowledged that is not kept, and PostgreSQLDown reaches PagerDuty and Slack; moments without them reach nobody; "
    "no acknowledged signal is lost or executed twice, and all executions arrive in ClickHouse.",
    covers=("R-43", "R-46", "R-50", "R-52", "R-53", "R-63", "R-64"),
    load=LoadProfile(signals_per_s=10, viewers=0),
    faults=tuple(CutLink(target=f"{name}:clickhouse", hold=For(production_s=40)) for name in INSTANCES),
    then=(
        Act(faults=(Kill(target="clickhouse", hold=UntilNotified(alert="ClickHouseDown")),)),
        Act(faults=tuple(CutLink(target=f"{name}:postgres", hold=For(production_s=20)) for name in INSTANCES)),
        Act(faults=(Stop(target="postgres", hold=UntilNotified(alert="PostgreSQLDown")),)),
    ),
    # Each time without PostgreSQL may change the leader, and fails synchronisations: both look back for long.
    lingering=("LeadershipFlapping", "HighDBSyncFailureRate", "ElevatedDBSyncFailureRate"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        Silent(name="ClickHouseDown", fault=0, waits=True),
        # Slippage is read from ClickHouse every 15 s.
        Alert(name="ClickHouseDown", to=("slack",), fault=3, theta_s=(0, 30), clears_s=(0, 30)),
        Silent(name="PostgreSQLDown", fault=4, waits=True),
        Alert(name="PostgreSQLDown", to=("pagerduty", "slack"), fault=7, theta_s=(0, 25), clears_s=(0, 15)),
        NothingElseFires(
            allowed=("ClickHouseDown", "PostgreSQLDown"),
            # Whether they last long enough hangs on how quickly PostgreSQL comes back.
            possible=(
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
