"""Redis stops under traffic: trading goes on through PostgreSQL, people are told, and all comes back by itself."""

from harness.checks import (
    Alert,
    Breaks,
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Panels,
    Recovered,
)
from harness.faults.container import Stop
from harness.faults.hold import UntilNotified
from harness.model import LoadProfile, Scenario
from stack.truths import TRUTH

SCENARIO = Scenario(
    name="redis-outage",
    hypothesis="With Redis gone no acknowledged signal is lost or executed twice and the leader stays; SignalLoss "
    "reaches PagerDuty and Slack, RedisDown Slack and FallbackMode the mailbox, and all resolve; "
    "every panel that does not read Redis answers within 3 s.",
    covers=("R-20", "R-32", "R-33", "R-40", "R-42", "R-43", "R-51", "R-53", "R-60"),
    load=LoadProfile(signals_per_s=20),
    faults=(Stop(target="redis", hold=UntilNotified(alert="SignalLoss")),),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        # The age counts from the last write before the stop (at most one heartbeat, 5 s, old): 25 to 30 s to go.
        # After the start an instance retries within 5 s and writes its heartbeat within another 5 s.
        Alert(name="SignalLoss", to=("pagerduty", "slack"), theta_s=(25, 30), clears_s=(0, 10), told_within_s=180),
        # Heartbeats (5 s) and looks at the lease (10 s, plus a timeout that cannot shrink) show each instance that
        # Redis is gone; it is asked again every 5 s.
        Alert(name="RedisDown", to=("slack",), theta_s=(0, 25), clears_s=(0, 15)),
        Alert(name="FallbackMode", to=("email",), theta_s=(0, 25), clears_s=(0, 15)),
        NothingElseFires(allowed=("SignalLoss", "RedisDown", "FallbackMode")),
        Panels(within_s=3.0, breaks=(Breaks(by=("redis",)),)),
        TRUTH,
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
)
