"""Who looks on hangs: ClickHouse for longer than anybody waits for it, then Prometheus, then Prometheus is gone."""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderUnchanged,
    LoadKept,
    NothingElseFires,
    Recovered,
    Silent,
)
from harness.faults.container import Kill, Pause
from harness.faults.hold import For
from harness.faults.unwatched import Unwatched
from harness.model import Act, LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE

SCENARIO = Scenario(
    name="watchers-hang",
    hypothesis="ClickHouse that hangs and then does what it was asked has each execution once in the end; it, and "
    "Prometheus that hangs or dies, leave trading alone; for as long as Prometheus is away no alert is owed, and "
    "nothing fires when it is back.",
    covers=("R-43", "R-46", "R-64"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards while Prometheus hangs are looked at in boards-under-faults; while ClickHouse hangs, and "
        "with Prometheus dead, nobody looks at them",
    ),
    # The application waits 5 s for ClickHouse at any time scale, 75 s of production; what it sent before lies in
    # ClickHouse's socket, is done when it wakes, and was sent again meanwhile.
    faults=(Pause(target="clickhouse", hold=For(production_s=90)),),
    then=(
        Act(faults=(Unwatched(fault=Pause(target="prometheus", hold=For(production_s=60))),)),
        Act(faults=(Unwatched(fault=Kill(target="prometheus", hold=For(production_s=45))),)),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        KeepsTrading(),
        POSITIONS_BALANCE,
        Silent(name="ClickHouseDown", fault=0, waits=True),
        NothingElseFires(blind=(1, 2)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=60,
    recovery_s=60,
    profiles=("full",),
)
