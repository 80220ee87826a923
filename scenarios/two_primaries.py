"""PostgreSQL itself is split: one instance is on a copy that believes to be primary, and leads there."""

from harness.checks import Alert, LoadKept, NothingElseFires, Recovered, Silent
from harness.faults.hold import For, UntilNotified, UntilPending
from harness.faults.network import CutLink
from harness.model import Act, LoadProfile, Scenario
from stack.faults.second_primary import SecondPrimary

SCENARIO = Scenario(
    name="two-primaries",
    hypothesis="When a second PostgreSQL believes to be primary and an instance leads there, MultipleLeaders reaches "
    "PagerDuty and Slack within the bounds; less than a minute of it reaches nobody. That signals taken there are lost "
    "is not judged: no fence in one database can stop what happens in another.",
    covers=("R-50", "R-53", "R-61"),
    load=LoadProfile(
        signals_per_s=10,
        viewers=0,
        nobody_looks="boards read one PostgreSQL, and this run has two: what they ought to show nobody can say",
    ),
    faults=(
        CutLink(target="trading-3:redis", hold=For(production_s=0)),
        # When two lead depends on who led when the copy was made: mended as soon as the alert waits.
        SecondPrimary(instance="trading-3", hold=UntilPending(alert="MultipleLeaders")),
    ),
    then=(
        Act(
            faults=(
                CutLink(target="trading-3:redis", hold=For(production_s=0)),
                SecondPrimary(instance="trading-3", hold=UntilNotified(alert="MultipleLeaders")),
            )
        ),
    ),
    # What the fence refused stays in its window for five minutes.
    lingering=("MultipleLeadersFenced",),
    checks=(
        Silent(name="MultipleLeaders", fault=1, waits=True),
        # The copied lease (30 s) has to run out on one side before somebody there takes the lead, more patiently (10 s)
        # without Redis.
        Alert(name="MultipleLeaders", to=("pagerduty", "slack"), fault=3, theta_s=(0, 60), clears_s=(0, 15)),
        NothingElseFires(
            allowed=("MultipleLeaders",),
            # An instance without Redis for more than a minute; the fence may meet the old leader's last try.
            possible=("RedisDown", "FallbackMode", "MultipleLeadersFenced", "HighDBSyncFailureRate"),
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    profiles=("full",),
)
