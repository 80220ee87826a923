"""Heartbeats of one instance stop, of another come late, of the third a little less often: Redis refuses them."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    Inhibited,
    KeepsTrading,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Recovered,
    Silent,
)
from harness.faults.hold import UntilNotified
from harness.model import LoadProfile, Scenario
from stack.faults.heartbeats import RefuseHeartbeats

FIRST, SECOND, THIRD = ({"instance": f"trading-{number}"} for number in (1, 2, 3))

SCENARIO = Scenario(
    name="late-heartbeats",
    hypothesis="Heartbeats that stop reach PagerDuty and Slack as StaleHeartbeat, heartbeats every 50 s Slack as "
    "DelayedHeartbeat, heartbeats every 20 s nobody; where the critical alert fires the warning is not told; the "
    "leader stays and no signal is lost or executed twice.",
    covers=("R-43", "R-45", "R-50", "R-53"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="every source stays up and nobody changes the lead; what Heartbeat Age shows of a late one "
        "nobody looks at, Prometheus' own record of it is judged",
    ),
    faults=(
        RefuseHeartbeats(
            every_s=(("trading-1", None), ("trading-2", 50.0), ("trading-3", 20.0)),
            # The warning of the first fires two evaluations after its critical alert; both have to be seen together.
            hold=UntilNotified(alert="StaleHeartbeat", also=("DelayedHeartbeat",), at_least_production_s=215),
        ),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        # The last heartbeat before the fault was at most 5 s old; after it the next comes within 5 s.
        Alert(name="StaleHeartbeat", to=("pagerduty", "slack"), labels=FIRST, theta_s=(55, 60), clears_s=(0, 10)),
        Alert(name="DelayedHeartbeat", to=("slack",), labels=SECOND, theta_s=(25, 30), clears_s=(0, 10)),
        Inhibited(name="DelayedHeartbeat", by="StaleHeartbeat", labels=FIRST),
        Silent(name="StaleHeartbeat", labels=SECOND, nearest=0.55),
        Silent(name="DelayedHeartbeat", labels=THIRD, nearest=0.5),
        NothingElseFires(allowed=("StaleHeartbeat", "DelayedHeartbeat")),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
)
