"""The order book is killed under traffic and comes back."""

from harness.checks import Alert, ExactlyOnce, LoadKept, NothingElseFires, Recovered
from harness.faults.container import Kill
from harness.faults.hold import UntilNotified
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="orders-killed",
    hypothesis="When the order book dies no acknowledged order is lost or kept twice, and the one on call is told.",
    covers=("O-1", "O-2"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="the board shows one service; quiet-day looks at it, and here it is gone",
    ),
    faults=(Kill(target="orders", hold=UntilNotified(alert="OrdersDown", at_most_production_s=240)),),
    checks=(
        # It has neither leaders nor events nor an analytics store.
        ExactlyOnce(events=False, epochs=False, shipped=False),
        Recovered(within_s=60),
        LoadKept(),
        # Prometheus sees it at its next scrape.
        Alert(name="OrdersDown", theta_s=(0, 15), clears_s=(0, 15), to=("pagerduty",), told_within_s=180),
        NothingElseFires(allowed=("OrdersDown",)),
    ),
    steady_s=60,
    recovery_s=60,
)
