"""The leader is cut off from Redis, where somebody else's name takes its place: briefly, then for longer."""

from harness.checks import (
    Alert,
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Recovered,
    Silent,
)
from harness.faults.hold import For, UntilNotified
from harness.faults.network import CutLink
from harness.model import Act, LoadProfile, Scenario
from stack.faults.ghosts import GhostLease
from stack.truths import TRUTH

LEADERS_REDIS = "{leader}:redis"

SCENARIO = Scenario(
    name="split-brain",
    hypothesis="When Redis and PostgreSQL name different leaders for a minute, SplitBrainDetected reaches PagerDuty "
    "and Slack, for half a minute nobody; the leader by PostgreSQL goes on, no signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-50", "R-53", "R-61"),
    load=LoadProfile(signals_per_s=20),
    faults=(CutLink(target=LEADERS_REDIS, hold=For(production_s=35)), GhostLease(hold=For(production_s=35))),
    then=(
        Act(
            faults=(
                CutLink(target=LEADERS_REDIS, hold=UntilNotified(alert="RedisDown", also=("FallbackMode",))),
                GhostLease(hold=UntilNotified(alert="SplitBrainDetected")),
            )
        ),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        Silent(name="SplitBrainDetected", fault=1, waits=True),
        Silent(name="RedisDown", fault=0, waits=True),
        Silent(name="FallbackMode", fault=0, waits=True),
        # Nobody acted in an old term: there was nothing for the fence to stop.
        Silent(name="MultipleLeadersFenced", fault=3),
        # Followers look at the lease every 10 s.
        Alert(name="SplitBrainDetected", to=("pagerduty", "slack"), fault=3, theta_s=(0, 15), clears_s=(0, 15)),
        Alert(name="RedisDown", to=("slack",), fault=2, theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="FallbackMode", to=("email",), fault=2, theta_s=(0, 25), clears_s=(0, 15)),
        NothingElseFires(allowed=("SplitBrainDetected", "RedisDown", "FallbackMode")),
        Recovered(within_s=60, mode="redis"),
        # Boards show both names, and the leader by PostgreSQL as the leader.
        TRUTH,
        LoadKept(),
        KeepsTrading(),
    ),
)
