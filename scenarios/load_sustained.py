"""Much traffic, but bearable: by itself, without Redis, with the leader killed, with PostgreSQL slow."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderKept,
    LoadKept,
    NothingElseFires,
    Recovered,
    TakenOver,
)
from harness.faults.container import Kill, Stop
from harness.faults.hold import For, UntilNotified
from harness.faults.network import SlowLink
from harness.model import Act, LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE

INSTANCES = ("trading-1", "trading-2", "trading-3")

SCENARIO = Scenario(
    name="load-sustained",
    hypothesis="With 150 signals a second nearly every one is acknowledged and executed soon, also without Redis, "
    "with the leader killed and with PostgreSQL slow; the load itself alarms nobody, and no signal is lost or "
    "executed twice.",
    covers=("R-40", "R-42", "R-43", "R-60", "R-63", "R-65", "R-66"),
    load=LoadProfile(signals_per_s=150, viewers=0),
    faults=(Stop(target="redis", hold=UntilNotified(alert="SignalLoss")),),
    then=(
        Act(faults=(Kill(target="{leader}", hold=UntilNotified(alert="InstanceDown")),)),
        Act(
            faults=tuple(
                SlowLink(target=f"{name}:postgres", latency_ms=40, jitter_ms=10, hold=For(production_s=75))
                for name in INSTANCES
            )
        ),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        # Signals wait for the lease of a dead leader to end (2 s in a run) and for the next one.
        KeepsTrading(executed_within_s=5.0, only_reached=True),
        LeaderKept(fault=0),
        # As in load-burst.
        TakenOver(fault=1, within_s=60),
        LeaderKept(fault=2),
        Alert(name="SignalLoss", to=("pagerduty", "slack"), theta_s=(25, 30), clears_s=(0, 10), told_within_s=180),
        Alert(name="RedisDown", to=("slack",), theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="FallbackMode", to=("email",), theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), fault=1, clears_s=(0, 15)),
        NothingElseFires(
            allowed=("SignalLoss", "RedisDown", "FallbackMode", "InstanceDown"),
            possible=("StaleHeartbeat", "SlowRecovery"),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=150,
    recovery_s=60,
    profiles=("full",),
)
