"""Synchronisations with PostgreSQL fail at three rates, one an instance: critical, warning, and just below."""

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
from harness.faults.hold import For, UntilNotified
from harness.model import LoadProfile, Scenario
from stack.faults.syncs import FailSyncs

FIRST, SECOND, THIRD = ({"instance": f"trading-{number}"} for number in (1, 2, 3))

SCENARIO = Scenario(
    name="sync-failures",
    hypothesis="12 % of failed synchronisations reach PagerDuty and Slack as HighDBSyncFailureRate, 6 % Slack as "
    "ElevatedDBSyncFailureRate, 4 % nobody; where the critical alert fires the warning is not told; the leader stays "
    "and no signal is lost or executed twice.",
    covers=("R-43", "R-45", "R-50", "R-53", "R-63"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="every source stays up and the leader stays; what the boards show of failed synchronisations is "
        "judged in boards-under-faults, with the leader cut off",
    ),
    faults=(
        FailSyncs(instance="trading-3", percent=4, hold=For(production_s=0)),
        FailSyncs(instance="trading-2", percent=6, hold=UntilNotified(alert="ElevatedDBSyncFailureRate")),
        FailSyncs(instance="trading-1", percent=12, hold=UntilNotified(alert="HighDBSyncFailureRate")),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        # A synchronisation each 2.5 s, 120 in the window of 5 min. Of 12 % a failure comes every 21 s: the twelfth or
        # thirteenth in the window lifts it above 10 %. Of 6 % one comes every 42 s: the sixth or seventh above 5 %.
        Alert(name="HighDBSyncFailureRate", to=("pagerduty", "slack"), labels=FIRST, fault=2, theta_s=(200, 320)),
        Alert(name="ElevatedDBSyncFailureRate", to=("slack",), labels=SECOND, fault=1, theta_s=(200, 345)),
        Inhibited(name="ElevatedDBSyncFailureRate", by="HighDBSyncFailureRate", labels=FIRST),
        Silent(name="HighDBSyncFailureRate", fault=1, labels=SECOND, nearest=0.5),
        Silent(name="ElevatedDBSyncFailureRate", fault=0, labels=THIRD, nearest=0.6),
        NothingElseFires(allowed=("HighDBSyncFailureRate", "ElevatedDBSyncFailureRate")),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
    # The whole window has to be there before the fault, or the share would rise sooner than it does in production.
    steady_s=300,
    profiles=("full",),
)
