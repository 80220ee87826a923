"""A short Redis outage, for tests of the whole: the same shape as the shipped scenario, with a brief baseline."""

from harness.checks import Alert, EpochsGrow, ExactlyOnce, LeaderUnchanged, NothingElseFires
from harness.faults.container import Stop
from harness.faults.hold import UntilNotified
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="brief-outage",
    hypothesis="With Redis gone for a moment nothing is executed twice or lost, and people are told in time.",
    covers=("R-43",),
    load=LoadProfile(signals_per_s=20),
    faults=(Stop(target="redis", hold=UntilNotified(alert="SignalLoss", at_most_production_s=210)),),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        Alert(name="SignalLoss", theta_s=(25, 30), clears_s=(0, 10), told_within_s=180),
        NothingElseFires(allowed=("SignalLoss",), possible=("RedisDown", "FallbackMode")),
    ),
    steady_s=30,
    recovery_s=60,
)
