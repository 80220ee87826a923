"""The leader loses PostgreSQL and keeps Redis, then loses both: without the record it must not act."""

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
from harness.model import Act, LoadProfile, Scenario

STALE = UntilNotified(alert="StaleHeartbeat", also=("PostgreSQLDown",))

SCENARIO = Scenario(
    name="leader-cut-off",
    hypothesis="A leader that is cut off from PostgreSQL, alone or with Redis, stops acting, another one takes over "
    "within a minute, and PostgreSQLDown reaches PagerDuty and Slack, with Redis gone StaleHeartbeat too, RedisDown "
    "Slack and FallbackMode the mailbox; no acknowledged signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-52", "R-61", "R-63"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards with the leader cut off from PostgreSQL are looked at in boards-under-faults; without "
        "viewers its alerts are timed alone",
    ),
    faults=(CutLink(target="{leader}:postgres", hold=UntilNotified(alert="PostgreSQLDown")),),
    then=(
        Act(
            faults=(
                CutLink(target="{leader}:redis", hold=UntilNotified(alert="RedisDown", also=("FallbackMode",))),
                CutLink(target="{leader}:postgres", hold=STALE),
            )
        ),
    ),
    # Failed synchronisations and what the fence refused are counted over five minutes.
    lingering=("HighDBSyncFailureRate", "ElevatedDBSyncFailureRate", "MultipleLeadersFenced"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        NothingAcknowledged(only_target=True),
        NothingAcknowledged(fault=2, only_target=True),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(within_s=60),
        Alert(name="PostgreSQLDown", to=("pagerduty", "slack"), theta_s=(0, 25), clears_s=(0, 30)),
        TakenOver(within_s=60, fault=2),
        Alert(name="PostgreSQLDown", to=("pagerduty", "slack"), fault=2, theta_s=(0, 25), clears_s=(0, 30)),
        Alert(name="RedisDown", to=("slack",), fault=1, theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="FallbackMode", to=("email",), fault=1, theta_s=(0, 25), clears_s=(0, 15)),
        # It has nowhere to leave a heartbeat. The last one was at most 5 s old when the first link went.
        Alert(name="StaleHeartbeat", to=("pagerduty", "slack"), fault=2, theta_s=(50, 60), clears_s=(0, 15)),
        NothingElseFires(
            allowed=("PostgreSQLDown", "RedisDown", "FallbackMode", "StaleHeartbeat"),
            # Whether the share of failures lasts long enough hangs on how soon people were told.
            possible=(
                "HighDBSyncFailureRate",
                "ElevatedDBSyncFailureRate",
                "MultipleLeadersFenced",
                "DelayedHeartbeat",
            ),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
