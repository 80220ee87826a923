"""Instances start again and find the database gone, slow, or positions that are off."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Silent
from harness.faults.hold import For, UntilNotified, UntilPending
from harness.faults.network import CutLink, SlowLink
from harness.faults.restarted import StartedUnder
from harness.model import Act, LoadProfile, Scenario
from stack.faults.positions import SkewedPosition

FIRST, SECOND, THIRD = ({"instance": f"trading-{number}"} for number in (1, 2, 3))
TOLD = UntilNotified(alert="SlowRecovery", also=("RecoveryFailed",))

SCENARIO = Scenario(
    name="troubled-recovery",
    hypothesis="An instance that cannot recover (RecoveryFailed, RecoveryValidationFailed) reaches PagerDuty and "
    "Slack, one that recovers in more than 500 ms Slack (SlowRecovery); one that takes less, and positions off by less "
    "than 0.01, and a database that is back within half a minute, reach nobody; no signal is lost or executed twice.",
    covers=("R-43", "R-44", "R-50", "R-53", "R-66"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="boards with an instance dead, and back, are looked at in boards-under-faults; without viewers "
        "recovery has the processors for its own timing",
    ),
    faults=(
        SkewedPosition(off=0.009, hold=For(production_s=0)),
        StartedUnder(target="trading-1", fault=CutLink(target="trading-1:postgres", hold=TOLD)),
        StartedUnder(target="trading-2", fault=SlowLink(target="trading-2:postgres", latency_ms=110, hold=TOLD)),
        StartedUnder(target="trading-3", fault=SlowLink(target="trading-3:postgres", latency_ms=60, hold=TOLD)),
    ),
    then=(
        # Mended as soon as the alert waits: less than the 30 s that it has to.
        Act(
            faults=(
                StartedUnder(
                    target="trading-1",
                    fault=CutLink(target="trading-1:postgres", hold=UntilPending(alert="RecoveryFailed")),
                ),
            )
        ),
        Act(
            faults=(
                StartedUnder(
                    target="trading-2",
                    fault=SkewedPosition(off=0.02, hold=UntilNotified(alert="RecoveryValidationFailed")),
                ),
            )
        ),
    ),
    # Instances that start again change the leader, and without a database fail to synchronise: both look back for long.
    lingering=("LeadershipFlapping", "HighDBSyncFailureRate", "ElevatedDBSyncFailureRate"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        Silent(name="RecoveryValidationFailed", fault=0),
        Alert(name="RecoveryFailed", to=("pagerduty", "slack"), labels=FIRST, fault=1, clears_s=(0, 15)),
        Silent(name="RecoveryFailed", fault=4, labels=FIRST, waits=True),
        Alert(name="SlowRecovery", to=("slack",), labels=SECOND, fault=2, clears_s=(0, 15)),
        Silent(name="SlowRecovery", fault=3, labels=THIRD, nearest=0.6),
        Alert(name="RecoveryValidationFailed", to=("pagerduty", "slack"), labels=SECOND, fault=5, clears_s=(0, 15)),
        NothingElseFires(
            allowed=("RecoveryFailed", "SlowRecovery", "RecoveryValidationFailed"),
            # An instance without its database for as long as this, and a lead that changes hands as instances restart.
            # To start takes real seconds, which on a busy machine are more than the four that a minute is here.
            possible=(
                "InstanceDown",
                "PostgreSQLDown",
                "HighDBSyncFailureRate",
                "ElevatedDBSyncFailureRate",
                "MultipleLeadersFenced",
                "LeadershipFlapping",
            ),
        ),
        Recovered(within_s=120, mode="redis"),
        LoadKept(),
    ),
)
