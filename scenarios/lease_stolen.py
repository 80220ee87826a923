"""Somebody else's name appears in the leader's lease: it steps down, and the lead is taken anew."""

from harness.checks import EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered, Silent, TakenOver
from harness.faults.hold import For
from harness.model import LoadProfile, Scenario
from stack.faults.stolen_lease import StolenLease

SCENARIO = Scenario(
    name="lease-stolen",
    hypothesis="A leader that finds another's name in its lease steps down, and the lead is taken anew within a minute "
    "and a half; nobody is called for that; no signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-61"),
    load=LoadProfile(signals_per_s=20, viewers=0),
    faults=(StolenLease(hold=For(production_s=105)),),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        # The leader looks at its lease every 10 s; a name that no record backs is replaced after a lease, 30 s.
        TakenOver(within_s=90),
        Silent(name="NoLeader", waits=True),
        NothingElseFires(possible=("MultipleLeadersFenced",)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
