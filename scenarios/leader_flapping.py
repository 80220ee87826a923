"""The lead changes hands 3, 4, 10 and 11 times within the hour."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Silent
from harness.faults.hold import For, UntilNotified
from harness.model import Act, LoadProfile, Scenario
from stack.faults.elections import EndLeases

FLAPPING, EXCESSIVE = "LeadershipFlapping", "ExcessiveLeadershipFlapping"

SCENARIO = Scenario(
    name="leader-flapping",
    hypothesis="Four changes of the lead in an hour reach Slack as LeadershipFlapping, eleven PagerDuty and Slack as "
    "ExcessiveLeadershipFlapping; three and ten do not; no signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-45", "R-50", "R-53", "R-62"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards while the lead changes are looked at in leader-frozen and boards-under-faults; eleven "
        "changes take an hour, with every source up",
    ),
    faults=(EndLeases(times=3, hold=For(production_s=60)),),
    then=(
        Act(faults=(EndLeases(times=1, hold=UntilNotified(alert=FLAPPING)),), steady_s=0),
        Act(faults=(EndLeases(times=6, hold=For(production_s=60)),), steady_s=0),
        Act(faults=(EndLeases(times=1, hold=UntilNotified(alert=EXCESSIVE)),), steady_s=0),
    ),
    # Both look back an hour, which is four minutes of this run: their end is judged in the replay. What the fence
    # refuses is another scenario's.
    lingering=(FLAPPING, EXCESSIVE, "MultipleLeadersFenced"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        Silent(name=FLAPPING, fault=0, nearest=0.99),
        # The six changes that follow within two minutes put the end off by as much.
        Alert(name=FLAPPING, to=("slack",), fault=1, theta_s=(0, 10), clears_s=(0, 120), ends_in_run=False),
        Silent(name=EXCESSIVE, fault=2, nearest=0.99),
        Alert(name=EXCESSIVE, to=("pagerduty", "slack"), fault=3, theta_s=(0, 10), ends_in_run=False),
        # The old leader may try once more in its old term before it learns that it is over.
        NothingElseFires(allowed=(FLAPPING, EXCESSIVE), possible=("MultipleLeadersFenced",)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    profiles=("full",),
)
