"""Rushes beyond the capacity, by themselves, without Redis, with the leader killed, and with PostgreSQL slow."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    LeaderKept,
    LoadKept,
    NothingElseFires,
    Overload,
    Recovered,
    TakenOver,
)
from harness.faults.container import Kill, Stop
from harness.faults.hold import For, UntilNotified
from harness.faults.network import SlowLink
from harness.model import Act, LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE

INSTANCES = ("trading-1", "trading-2", "trading-3")
# 7 s of a run, and rushes come every 6 s: one of them falls into it. The first comes when the stack is steady.
A_RUSH_LONG = For(production_s=105)

SCENARIO = Scenario(
    name="load-burst",
    hypothesis="When for 2 of every 6 seconds fifteen times as many signals come as before, what is too much is "
    "refused in a quarter of a second and the rest acknowledged and executed in time, also without Redis, with the "
    "leader killed and with PostgreSQL slow; the load itself alarms nobody, and no signal is lost or executed twice.",
    covers=("R-40", "R-42", "R-43", "R-60", "R-63", "R-65", "R-66"),
    load=LoadProfile(signals_per_s=60, arrivals="burst:15x/2s/6s@12s", viewers=0),
    faults=(Stop(target="redis", hold=UntilNotified(alert="SignalLoss")),),
    then=(
        Act(faults=(Kill(target="{leader}", hold=UntilNotified(alert="InstanceDown")),)),
        Act(
            faults=tuple(
                SlowLink(target=f"{name}:postgres", latency_ms=40, jitter_ms=10, hold=A_RUSH_LONG) for name in INSTANCES
            )
        ),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        Overload(),
        LeaderKept(fault=0),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(fault=1, within_s=60),
        LeaderKept(fault=2),
        # As in redis-outage and instances-gone: load does not move them.
        Alert(name="SignalLoss", to=("pagerduty", "slack"), theta_s=(25, 30), clears_s=(0, 10), told_within_s=180),
        Alert(name="RedisDown", to=("slack",), theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="FallbackMode", to=("email",), theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), fault=1, clears_s=(0, 15)),
        NothingElseFires(
            allowed=("SignalLoss", "RedisDown", "FallbackMode", "InstanceDown"),
            # The dead leader's heartbeat is about to be stale when it is started again, perhaps in a rush.
            possible=("StaleHeartbeat", "SlowRecovery"),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=180,
    recovery_s=60,
    profiles=("full",),
)
