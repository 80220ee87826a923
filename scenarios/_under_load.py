"""What the scenarios with heavy load break, one after the other, and which alerts that sets off."""

from harness.checks import Alert, KeepsTrading, NothingElseFires
from harness.faults.container import Kill, Stop
from harness.faults.hold import UntilNotified
from harness.model import Act, Check


def without_redis(at_least_production_s: float = 0.0) -> tuple[Stop]:
    """Redis is stopped until people are told, and for so long."""
    return (Stop(target="redis", hold=UntilNotified(alert="SignalLoss", at_least_production_s=at_least_production_s)),)


def without_leader(at_least_production_s: float = 0.0) -> Act:
    """The leader is killed until people are told, and for so long."""
    hold = UntilNotified(alert="InstanceDown", at_least_production_s=at_least_production_s)
    return Act(faults=(Kill(target="{leader}", hold=hold),))


# Signals wait for the lease of a dead leader to end (2 s in a run) and for the next one. Until it has recovered, an
# instance that was started again refuses what comes to it, a third of all: 0.6 is that and what chance adds.
KEEPS_TRADING = KeepsTrading(executed_within_s=5.0, only_reached=True, min_ok_share_between=0.6)

# As in redis-outage and instances-gone.
ALERTS: tuple[Check, ...] = (
    Alert(name="SignalLoss", to=("pagerduty", "slack"), theta_s=(25, 30), clears_s=(0, 10), told_within_s=180),
    Alert(name="RedisDown", to=("slack",), theta_s=(0, 25), clears_s=(0, 15)),
    Alert(name="FallbackMode", to=("email",), theta_s=(0, 25), clears_s=(0, 15)),
    Alert(name="InstanceDown", to=("pagerduty", "slack"), fault=1, clears_s=(0, 15)),
    NothingElseFires(
        allowed=("SignalLoss", "RedisDown", "FallbackMode", "InstanceDown"),
        # The dead leader's heartbeat is about to be stale when it is started again, perhaps in a rush.
        possible=("StaleHeartbeat", "SlowRecovery"),
    ),
)
