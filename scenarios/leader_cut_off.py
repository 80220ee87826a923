"""The leader loses PostgreSQL and keeps Redis: without the record it must not act, whatever its lease says."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    LoadKept,
    NothingAcknowledged,
    NothingElseFires,
    Recovered,
    TakenOver,
)
from harness.faults.hold import UntilNotified
from harness.faults.network import CutLink
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="leader-cut-off",
    hypothesis="A leader that is cut off from PostgreSQL alone stops acting, another one takes over within a minute, "
    "and PostgreSQLDown reaches PagerDuty and Slack; no acknowledged signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-52", "R-61", "R-63"),
    load=LoadProfile(signals_per_s=20, viewers=0),
    faults=(CutLink(target="{leader}:postgres", hold=UntilNotified(alert="PostgreSQLDown")),),
    # Failed synchronisations are counted over five minutes.
    lingering=("HighDBSyncFailureRate", "ElevatedDBSyncFailureRate"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        NothingAcknowledged(only_target=True),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(within_s=60),
        Alert(name="PostgreSQLDown", to=("pagerduty", "slack"), theta_s=(0, 25), clears_s=(0, 30)),
        NothingElseFires(
            allowed=("PostgreSQLDown",),
            # Whether the share of failures lasts long enough hangs on how soon people were told.
            possible=("HighDBSyncFailureRate", "ElevatedDBSyncFailureRate", "MultipleLeadersFenced"),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
