"""What people at the boards see of each kind of fault, one after the other."""

from dataclasses import replace

from harness.checks import Breaks, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Panels, Recovered
from harness.faults.container import Kill, Pause, Stop
from harness.faults.hold import For
from harness.faults.network import CutLink
from harness.faults.unwatched import Unwatched
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import postgres_slow_for_all, slow_for_all
from scenarios._of_the_leader import OF_THE_LEADER
from stack.truths import TRUTH

# Boards are refreshed each 60 s: two whole loads of each, and one that the fault falls into. As long to come back.
LOOKED_AT, CALM_S = For(production_s=180), 180.0
# The slowest board takes 40 real s to show that Prometheus hangs: seven queries of one panel, 5 s each, behind others.
LOOKED_AT_HANGING = For(production_s=2100)
POSTGRES_SLOW, REDIS_SLOW, CLICKHOUSE, REDIS, CUT_OFF, POSTGRES, PROMETHEUS, KILLED = range(1, 9)

# A quantile of no executions is none.
OF_EXECUTIONS = ("Execution Latency", "Execution Latency over Time", "Execution Transactions")

SCENARIO = Scenario(
    name="boards-under-faults",
    hypothesis="Whatever breaks, panels whose source is up are filled, fresh and answer within 3 s; those whose source "
    "is down say so within its timeout and come back within two refreshes; all show what is right; no signal is lost "
    "or executed twice.",
    covers=("R-32", "R-33", "R-40", "R-43", "R-46", "R-60", "R-61", "R-63", "R-64"),
    load=LoadProfile(signals_per_s=20),
    # What heals at once comes first, what looks back for long last.
    faults=postgres_slow_for_all(LOOKED_AT),
    then=(
        Act(
            faults=slow_for_all("redis", latency_ms=300, jitter_ms=50, hold=LOOKED_AT),
            steady_s=CALM_S,
        ),
        Act(faults=(Kill(target="clickhouse", hold=LOOKED_AT),), steady_s=CALM_S),
        Act(faults=(Stop(target="redis", hold=LOOKED_AT),), steady_s=CALM_S),
        Act(faults=(CutLink(target="{leader}:postgres", hold=LOOKED_AT),), steady_s=CALM_S),
        Act(faults=(Stop(target="postgres", hold=LOOKED_AT),), steady_s=CALM_S),
        Act(faults=(Unwatched(fault=Pause(target="prometheus", hold=LOOKED_AT_HANGING)),), steady_s=CALM_S),
        Act(faults=(Kill(target="{leader}", hold=LOOKED_AT),), steady_s=CALM_S),
    ),
    lingering=("LeadershipFlapping", "HighDBSyncFailureRate", "ElevatedDBSyncFailureRate", "MultipleLeadersFenced"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        Panels(
            within_s=3.0,
            breaks=(
                Breaks(act=CLICKHOUSE, by=("clickhouse",)),
                Breaks(act=REDIS, by=("redis",)),
                Breaks(act=CUT_OFF, empty=OF_THE_LEADER),
                # Without it nothing is executed, so nothing gets to ClickHouse either.
                Breaks(act=POSTGRES, by=("postgres",), old=("clickhouse",), empty=(*OF_THE_LEADER, *OF_EXECUTIONS)),
                Breaks(act=PROMETHEUS, by=("prometheus",), hangs=True),
                Breaks(act=KILLED, empty=OF_THE_LEADER),
            ),
        ),
        # A counter that begins again lets increases come out too small: see docs/dashboards.md.
        replace(TRUTH, before_act=KILLED),
        # Alerts are judged where the same faults are held for as long as each needs: here all may come that these set
        # off, and none of the others. Fault 10 is Prometheus, by which they are known.
        NothingElseFires(
            possible=(
                "ClickHouseDown",
                "DelayedHeartbeat",
                "ElevatedDBSyncFailureRate",
                "FallbackMode",
                "HighDBSyncFailureRate",
                "InstanceDown",
                "LeadershipFlapping",
                "MultipleLeadersFenced",
                "NoLeader",
                "PostgreSQLDown",
                "RedisDown",
                "SignalLoss",
                "SlowRecovery",
                "StaleHeartbeat",
            ),
            blind=(10,),
        ),
        Recovered(within_s=120, mode="redis"),
        LoadKept(),
    ),
    steady_s=180,
    profiles=("full",),
)
