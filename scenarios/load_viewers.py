"""Ten people at the boards and brisk traffic: as it is, without Redis, with the leader killed, with PostgreSQL slow."""

from harness.checks import (
    Breaks,
    EpochsGrow,
    ExactlyOnce,
    LoadKept,
    Panels,
    Recovered,
    TakenOver,
)
from harness.faults.container import Kill, Stop
from harness.faults.hold import For
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import postgres_slow_for_all
from scenarios._of_the_leader import OF_THE_LEADER
from scenarios._under_load import ALERTS, KEEPS_TRADING
from stack.books import POSITIONS_BALANCE

# Ten people have fourteen tabs, refreshed each real minute one after the other: of each board there are two or three,
# and somebody looks at it within 26 s.
SEEN_S = 450.0
UNTIL_SEEN = For(production_s=SEEN_S)

SCENARIO = Scenario(
    name="load-viewers",
    hypothesis="With ten people at the boards and 60 signals a second each panel whose source is up answers within 3 s "
    "and trading goes on, also without Redis, with the leader killed and with PostgreSQL slow; panels that read Redis "
    "say that it is down and come back; the load itself alarms nobody, and no signal is lost or executed twice.",
    covers=("R-32", "R-33", "R-40", "R-42", "R-43", "R-60", "R-63", "R-65", "R-66"),
    load=LoadProfile(signals_per_s=60, viewers=10, real_refresh=True),
    faults=(Stop(target="redis", hold=UNTIL_SEEN),),
    # Not only until people are told: somebody has to look at each board with the fault on, and before the next one.
    then=(
        Act(faults=(Kill(target="{leader}", hold=UNTIL_SEEN),), steady_s=SEEN_S),
        Act(faults=postgres_slow_for_all(UNTIL_SEEN), steady_s=SEEN_S),
    ),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        # Back within half a minute: the first look at it after the heal has to be good.
        Panels(
            within_s=3.0,
            breaks=(Breaks(act=1, by=("redis",)), Breaks(act=2, empty=OF_THE_LEADER)),
            back_within_refreshes=0.5,
            min_loads=1,
        ),
        KEEPS_TRADING,
        TakenOver(fault=1, within_s=60),
        *ALERTS,
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=SEEN_S,
    recovery_s=60,
    profiles=("full",),
)
