"""Rushes beyond the capacity, by themselves, without Redis, with the leader killed, and with PostgreSQL slow.

The capacity is the exchange's: what processors can do differs between machines, and so would what is too much for them.
"""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    LeaderKept,
    LoadKept,
    Overload,
    Recovered,
    TakenOver,
)
from harness.faults.hold import For
from harness.model import Act, LoadProfile, Scenario
from scenarios._instances import postgres_slow_for_all
from scenarios._under_load import ALERTS, without_leader, without_redis
from stack.books import POSITIONS_BALANCE

WAITING_AT_MOST = 120  # a second's work of the exchange
# 7 s of a run, and rushes come every 6 s: one of them falls into it. The first comes when the stack is steady.
A_RUSH_S = 105

SCENARIO = Scenario(
    name="load-burst",
    hypothesis="When for 2 of every 6 seconds four times as many signals come as the exchange takes, what is too much "
    "is refused in a quarter of a second and the rest acknowledged and executed in time, also without Redis, with the "
    "leader killed and with PostgreSQL slow; the load itself alarms nobody, and no signal is lost or executed twice.",
    covers=("R-40", "R-42", "R-43", "R-60", "R-63", "R-65", "R-66"),
    load=LoadProfile(
        signals_per_s=40,
        arrivals="burst:12x/2s/6s@12s",
        viewers=0,
        nobody_looks="ten people under load are in load-viewers; here the capacity itself is met, and viewers would "
        "take the processors from it",
    ),
    faults=without_redis(A_RUSH_S),
    then=(without_leader(A_RUSH_S), Act(faults=postgres_slow_for_all(For(production_s=A_RUSH_S)))),
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        POSITIONS_BALANCE,
        Overload(full_at=WAITING_AT_MOST),
        LeaderKept(fault=0),
        # The lease is 30 s, looked at every 2.5 s.
        TakenOver(fault=1, within_s=60),
        LeaderKept(fault=2),
        *ALERTS,
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
    ),
    steady_s=180,
    recovery_s=60,
    profiles=("full",),
    # A rush brings eight seconds' work, and one second's may wait.
    subject_settings=(("exchange_orders_per_s", "120"), ("max_backlog", str(WAITING_AT_MOST))),
)
