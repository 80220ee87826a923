"""Boards and trading on stores that are as full as after weeks: nothing is broken."""

from harness.checks import EpochsGrow, ExactlyOnce, LeaderUnchanged, LoadKept, NothingElseFires, Panels, Recovered
from harness.model import LoadProfile, Scenario
from stack.books import POSITIONS_BALANCE

SCENARIO = Scenario(
    name="heavy-data",
    hypothesis="With a million signals, orders and events in PostgreSQL and ten million executions in ClickHouse every "
    "panel is filled, fresh and answers within 3 s, and signals are executed exactly once as with empty tables.",
    covers=("R-23", "R-24", "R-29", "R-32"),
    load=LoadProfile(signals_per_s=20),
    data=("history",),
    profiles=("full",),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderUnchanged(),
        POSITIONS_BALANCE,
        NothingElseFires(),
        Panels(within_s=3.0),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=240,
)
