"""PostgreSQL breaks off what it is doing: sessions in the middle of transactions, then all of them in a restart."""

from harness.checks import EpochsGrow, ExactlyOnce, LoadKept, NothingElseFires, Recovered
from harness.faults.container import Restart
from harness.faults.hold import For
from harness.faults.sessions import EndSessions
from harness.model import Act, LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE

SCENARIO = Scenario(
    name="postgres-breaks-off",
    hypothesis="Sessions that PostgreSQL ends in the middle of their transactions, and a restart under traffic, lose "
    "no acknowledged signal, execute none twice and leave positions right; nobody is told of moments.",
    covers=("R-43", "R-63"),
    load=LoadProfile(
        signals_per_s=30,
        viewers=0,
        nobody_looks="boards without PostgreSQL are looked at in boards-under-faults for longer than these moments, "
        "which are over between two refreshes",
    ),
    faults=(EndSessions(whose="trading-%", hold=For(production_s=45)),),
    then=(Act(faults=(Restart(target="postgres", hold=For(production_s=15)),)),),
    # The restart may change the leader; synchronisations that fail with it are looked back upon for long.
    lingering=("LeadershipFlapping", "HighDBSyncFailureRate", "ElevatedDBSyncFailureRate"),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        # How long a restart takes is the machine's; sources-down judges an outage that lasts.
        NothingElseFires(
            possible=(
                "PostgreSQLDown",
                "ElevatedDBSyncFailureRate",
                "HighDBSyncFailureRate",
                "MultipleLeadersFenced",
                "LeadershipFlapping",
            )
        ),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=60,
    recovery_s=60,
    profiles=("full",),
)
