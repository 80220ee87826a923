"""PostgreSQL answers late: to all, to the leader alone, and to all while Redis comes and goes."""

from harness.checks import EpochsGrow, ExactlyOnce, KeepsTrading, LeaderUnchanged, LoadKept, NothingElseFires, Recovered
from harness.faults.container import Pause
from harness.faults.flapping import Flapping
from harness.faults.hold import For
from harness.faults.network import SlowLink
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import postgres_slow_for_all, slow_for_all
from stack.books import POSITIONS_BALANCE

BRIEFLY, TOGETHER = For(production_s=45), For(production_s=0)

SCENARIO = Scenario(
    name="postgres-slow",
    hypothesis="With PostgreSQL answering 40 ms late to all, or 60 ms late to the leader, also while Redis hangs every "
    "other half second, trading goes on under the same leader, nobody is told, and no signal is lost or executed "
    "twice.",
    covers=("R-40", "R-42", "R-43", "R-63"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards with PostgreSQL slow are looked at in boards-under-faults and load-viewers; without "
        "viewers the processors are there for its own timing",
    ),
    faults=postgres_slow_for_all(BRIEFLY),
    then=(
        Act(faults=(SlowLink(target="{leader}:postgres", latency_ms=60, jitter_ms=10, hold=BRIEFLY),)),
        Act(
            faults=(
                *slow_for_all("postgres", latency_ms=40, hold=TOGETHER),
                Flapping(fault=Pause(target="redis"), turn_s=0.5, hold=BRIEFLY),
            )
        ),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        KeepsTrading(),
        POSITIONS_BALANCE,
        NothingElseFires(),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=60,
    recovery_s=60,
    profiles=("full",),
)
