"""Redis answers slowly, too slowly, byte by byte, or not at all on connections that stay open."""

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
from harness.faults.container import Pause
from harness.faults.hold import For, UntilNotified, UntilPending
from harness.faults.network import CutOff, SlowLink
from harness.faults.toxic import HalfOpenLink, TricklingLink
from harness.model import Act, LoadProfile, Scenario

LINKS = tuple(f"trading-{number}:redis" for number in (1, 2, 3))
# It may show within half a second, of which nothing can be said; it fires after a minute.
NOTICED = UntilPending(alert="RedisDown", at_least_production_s=15)
TOLD = UntilNotified(alert="SignalLoss", also=("RedisDown", "FallbackMode"))

SCENARIO = Scenario(
    name="redis-slow",
    hypothesis="With Redis slow, silent, frozen or cut off, for all or the leader alone, the leader stays and "
    "signals are executed as usual; answers of 300 ms reach nobody, half a minute without answers neither; after that "
    "SignalLoss reaches PagerDuty and Slack, RedisDown Slack and FallbackMode the mailbox.",
    covers=("R-40", "R-42", "R-43", "R-51", "R-53", "R-60", "R-61"),
    # An act of a second has to have signals enough to conclude from: thirty, where chance makes sixty of them forty.
    load=LoadProfile(
        signals_per_s=60,
        viewers=0,
        nobody_looks="boards with Redis slow are looked at in boards-under-faults and without it in redis-outage; "
        "while it hangs nobody looks at them",
    ),
    # An instance waits 500 ms for an answer.
    faults=tuple(SlowLink(target=link, latency_ms=300, jitter_ms=50, hold=For(production_s=45)) for link in LINKS),
    then=(
        Act(faults=tuple(SlowLink(target=link, latency_ms=900, hold=NOTICED) for link in LINKS)),
        # "+OK" comes in time, the lease does not.
        Act(faults=tuple(TricklingLink(target=link, bytes_per_s=20, hold=NOTICED) for link in LINKS)),
        Act(faults=(HalfOpenLink(target="{leader}:redis", hold=NOTICED),)),
        Act(faults=(Pause(target="redis", hold=NOTICED),)),
        Act(faults=(CutOff(target="redis", hold=NOTICED),)),
        Act(faults=tuple(HalfOpenLink(target=link, hold=TOLD) for link in LINKS)),
    ),
    steady_s=60,
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        Silent(name="RedisDown", fault=0),
        Silent(name="FallbackMode", fault=0),
        *(Silent(name="RedisDown", fault=fault, waits=True) for fault in (3, 6, 9, 10, 11)),
        # The age counts from the last write before the fault (at most one heartbeat, 5 s, old): 25 to 30 s to go.
        Alert(name="SignalLoss", to=("pagerduty", "slack"), fault=12, theta_s=(25, 30), clears_s=(0, 20)),
        # A look at the lease (10 s) or a heartbeat (5 s), and a timeout of half a second that cannot shrink.
        Alert(name="RedisDown", to=("slack",), fault=12, theta_s=(0, 25), clears_s=(0, 20)),
        Alert(name="FallbackMode", to=("email",), fault=12, theta_s=(0, 25), clears_s=(0, 20)),
        NothingElseFires(allowed=("SignalLoss", "RedisDown", "FallbackMode")),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
    profiles=("full",),
)
