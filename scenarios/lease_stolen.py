"""The leader's lease is overwritten with another's name, then deleted, then ended early."""

from harness.checks import EpochsGrow, ExactlyOnce, LeaderKept, LoadKept, NothingElseFires, Recovered, Silent, TakenOver
from harness.faults.hold import For
from harness.model import Act, LoadProfile, Scenario
from stack.faults.lost_lease import LostLease
from stack.faults.stolen_lease import StolenLease

SCENARIO = Scenario(
    name="lease-stolen",
    hypothesis="A leader that finds another's name in its lease steps down, and the lead is taken anew within a minute "
    "and a half; one whose lease is deleted or ends early writes it again and leads on; nobody is called for either; "
    "no signal is lost or executed twice.",
    covers=("R-40", "R-43", "R-61"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards with another's name in the lease are looked at in split-brain",
    ),
    faults=(StolenLease(hold=For(production_s=105)),),
    then=(
        # The leader looks at its lease every 10 s.
        Act(faults=(LostLease(hold=For(production_s=30)),)),
        Act(faults=(LostLease(ends_in_ms=5, hold=For(production_s=30)),)),
    ),
    # What the fence refused stays in its window for five minutes.
    lingering=("MultipleLeadersFenced",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        # The leader looks at its lease every 10 s; a name that no record backs is replaced after a lease, 30 s.
        TakenOver(within_s=90),
        Silent(name="NoLeader", waits=True),
        *(LeaderKept(fault=fault) for fault in (1, 2)),
        *(Silent(name="NoLeader", fault=fault) for fault in (1, 2)),
        NothingElseFires(possible=("MultipleLeadersFenced",)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
)
