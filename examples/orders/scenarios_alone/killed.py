"""The order book is killed under traffic and comes back; nobody watches it."""

from harness.checks import ExactlyOnce, LoadKept, Recovered
from harness.faults.container import Kill
from harness.faults.hold import For
from harness.model import LoadProfile, Scenario

SCENARIO = Scenario(
    name="killed",
    hypothesis="When the order book dies no acknowledged order is lost or kept twice.",
    covers=(),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="this stack is one without boards",
    ),
    faults=(Kill(target="orders", hold=For(production_s=30)),),
    checks=(ExactlyOnce(events=False, epochs=False, shipped=False), Recovered(within_s=60), LoadKept()),
    steady_s=60,
    recovery_s=60,
)
