"""The leader freezes past its lease and wakes up believing that it still leads, then into a world without Redis."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, TakenOver
from harness.faults.container import Pause, Stop
from harness.faults.hold import UntilNotified
from harness.model import Act, LoadProfile, Scenario
from stack.truths import TRUTH

SCENARIO = Scenario(
    name="leader-frozen",
    hypothesis="When the leader freezes for longer than its lease another one takes over within a minute, without "
    "Redis within 75 s, and the old one does nothing in its old term when it wakes; InstanceDown reaches PagerDuty and "
    "Slack, without Redis SignalLoss too; no signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-52", "R-60", "R-61", "R-66"),
    load=LoadProfile(signals_per_s=20),
    faults=(Pause(target="{leader}", hold=UntilNotified(alert="InstanceDown")),),
    then=(
        # Healed in the reverse order: it wakes first.
        Act(
            faults=(
                Stop(target="redis", hold=UntilNotified(alert="SignalLoss")),
                Pause(target="{leader}", hold=UntilNotified(alert="InstanceDown")),
            )
        ),
    ),
    # What the fence refused stays in its window for five minutes.
    lingering=("MultipleLeadersFenced",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(within_s=60),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), hangs=True),
        # Without Redis everybody waits for another 10 s, so that one that sees it would go first.
        TakenOver(within_s=75, fault=2),
        Alert(name="InstanceDown", to=("pagerduty", "slack"), fault=2, hangs=True),
        # As in redis-outage.
        Alert(name="SignalLoss", to=("pagerduty", "slack"), fault=1, theta_s=(25, 30), clears_s=(0, 10)),
        NothingElseFires(
            allowed=("InstanceDown", "SignalLoss"),
            # It may try once more in its old term, and its heartbeat is about to be stale. Whether it waits with others
            # for RedisDown before it freezes is chance: these two are exercised in redis-outage.
            possible=("MultipleLeadersFenced", "StaleHeartbeat", "RedisDown", "FallbackMode"),
        ),
        Recovered(within_s=60, mode="redis"),
        # A board must not name the old leader for longer than a scrape.
        TRUTH,
        LoadKept(),
    ),
)
