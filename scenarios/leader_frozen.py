"""The leader freezes past its lease and wakes up believing that it still leads."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, TakenOver
from harness.faults.container import Pause
from harness.faults.hold import UntilNotified
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="leader-frozen",
    hypothesis="When the leader freezes for longer than its lease another one takes over within a minute, and the old "
    "one does nothing in its old term when it wakes; InstanceDown reaches PagerDuty and Slack; no acknowledged signal "
    "is lost or executed twice.",
    covers=("R-40", "R-43", "R-52", "R-61", "R-66"),
    load=LoadProfile(signals_per_s=20, viewers=0),
    faults=(Pause(target="{leader}", hold=UntilNotified(alert="InstanceDown")),),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(within_s=60),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), hangs=True),
        NothingElseFires(
            allowed=("InstanceDown",),
            # It may try once more in its old term, and its heartbeat is about to be stale.
            possible=("MultipleLeadersFenced", "StaleHeartbeat"),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
