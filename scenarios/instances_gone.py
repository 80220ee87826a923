"""Instances hang, one dies, all die."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Reported, Silent
from harness.faults.container import Kill, Pause
from harness.faults.hold import For, UntilNotified
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import INSTANCES
from stack.books import POSITIONS_BALANCE

SECOND, THIRD = {"instance": "trading-2"}, {"instance": "trading-3"}
BRIEFLY = For(production_s=42)
ALL_GONE = UntilNotified(alert="MetricsAbsent", also=("NoLeader", "SignalLoss"))

SCENARIO = Scenario(
    name="instances-gone",
    hypothesis="An instance that hangs or dies reaches PagerDuty and Slack as InstanceDown, a dead one's heartbeat as "
    "StaleHeartbeat too; with all dead MetricsAbsent, NoLeader and SignalLoss come as well; 40 s of hanging "
    "reaches nobody; no acknowledged signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-44", "R-50", "R-52", "R-53", "R-66"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="boards with an instance hanging are looked at in leader-frozen and with one dead in "
        "boards-under-faults; with all dead at once nobody looks at them",
    ),
    faults=tuple(Pause(target=name, hold=BRIEFLY) for name in INSTANCES),
    then=(
        Act(faults=(Pause(target="trading-3", hold=UntilNotified(alert="InstanceDown")),)),
        Act(faults=(Kill(target="trading-2", hold=UntilNotified(alert="StaleHeartbeat")),)),
        Act(faults=tuple(Kill(target=name, hold=ALL_GONE) for name in INSTANCES)),
    ),
    # Each act may change the leader; more than three times within the hour is flapping, and looks back an hour.
    lingering=("LeadershipFlapping",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        *(Reported(figure=("recovery", "positions"), fault=number, at_least=4, at_most=4) for number in (4, 5, 6, 7)),
        Silent(name="InstanceDown", fault=0, waits=True),
        Silent(name="MetricsAbsent", fault=2, waits=True),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), labels=THIRD, fault=3, hangs=True),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), labels=SECOND, fault=4, clears_s=(0, 15)),
        # The last heartbeat seen was scraped up to 15 s before, and up to 5 s old then.
        Alert(
            name="StaleHeartbeat",
            to=("pagerduty", "slack"),
            labels=SECOND,
            fault=4,
            theta_s=(40, 60),
            clears_s=(0, 15),
        ),
        *(
            Alert(
                name="InstanceDown",
                to=("pagerduty", "slack"),
                labels={"instance": name},
                fault=number,
                clears_s=(0, 15),
            )
            for number, name in enumerate(INSTANCES, start=5)
        ),
        Alert(name="MetricsAbsent", to=("pagerduty", "slack"), fault=7, clears_s=(0, 15)),
        # Whoever led may have been the first to die, up to 2 s before the last.
        Alert(name="NoLeader", to=("pagerduty", "slack"), fault=7, theta_s=(-30, 0), clears_s=(0, 60)),
        Alert(name="SignalLoss", to=("pagerduty", "slack"), fault=7, clears_s=(0, 30)),
        NothingElseFires(
            allowed=("InstanceDown", "StaleHeartbeat", "MetricsAbsent", "NoLeader", "SignalLoss"),
            # A leader that is woken may try once more in its old term. The heartbeats of all grow stale near the heal.
            possible=("MultipleLeadersFenced", "LeadershipFlapping", "StaleHeartbeat"),
        ),
        Recovered(within_s=120, mode="redis"),
        LoadKept(),
    ),
)
