"""Much traffic, but bearable: by itself, without Redis, with the leader killed, with PostgreSQL slow."""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    LeaderKept,
    LoadKept,
    Recovered,
    TakenOver,
)
from harness.faults.hold import For
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import postgres_slow_for_all
from scenarios._under_load import ALERTS, KEEPS_TRADING, without_leader, without_redis
from stack.books import POSITIONS_BALANCE

SCENARIO = Scenario(
    name="load-sustained",
    hypothesis="With 150 signals a second nearly every one is acknowledged and executed soon, also without Redis, "
    "with the leader killed and with PostgreSQL slow; the load itself alarms nobody, and no signal is lost or "
    "executed twice.",
    covers=("R-40", "R-42", "R-43", "R-60", "R-63", "R-65", "R-66"),
    load=LoadProfile(
        signals_per_s=150,
        viewers=0,
        nobody_looks="ten people under load are in load-viewers; here the machine is to be busy with signals alone",
    ),
    faults=without_redis(),
    then=(without_leader(), Act(faults=postgres_slow_for_all(For(production_s=75)))),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        KEEPS_TRADING,
        LeaderKept(fault=0),
        # As in load-burst.
        TakenOver(fault=1, within_s=60),
        LeaderKept(fault=2),
        *ALERTS,
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=150,
    recovery_s=60,
    profiles=("full",),
)
