"""The record names a leader that does not exist: for a moment, then for longer than anybody may bear."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Silent
from harness.faults.hold import For, UntilNotified
from harness.model import Act, LoadProfile, Scenario
from stack.faults.ghosts import GhostLeader

SCENARIO = Scenario(
    name="ghost-leader",
    hypothesis="With the lead taken away the old leader steps down and the fence refuses what it still tries, which "
    "reaches Slack as MultipleLeadersFenced; without a leader for two minutes NoLeader reaches PagerDuty and Slack, "
    "for 75 s nobody; accepted signals wait and are executed exactly once.",
    covers=("R-40", "R-43", "R-50", "R-53", "R-61"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards while nobody leads are looked at in boards-under-faults, without PostgreSQL, and boards "
        "with two names in split-brain",
    ),
    faults=(GhostLeader(hold=For(production_s=75)),),
    then=(Act(faults=(GhostLeader(hold=UntilNotified(alert="NoLeader")),)),),
    # Each ghost is a leader more, and each election: four within the hour is flapping, which looks back an hour.
    lingering=("LeadershipFlapping",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        Silent(name="NoLeader", fault=0, waits=True),
        Alert(name="MultipleLeadersFenced", to=("slack",), fault=0, theta_s=(0, 5)),
        # Instances see within one synchronisation (2.5 s) that they lead no longer, and claim as quickly afterwards.
        Alert(name="NoLeader", to=("pagerduty", "slack"), fault=1, theta_s=(0, 10), clears_s=(0, 30)),
        Alert(name="MultipleLeadersFenced", to=("slack",), fault=1, theta_s=(0, 5)),
        NothingElseFires(allowed=("NoLeader", "MultipleLeadersFenced"), possible=("LeadershipFlapping",)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
