"""Redis comes back without its data, then with a dump in which a former leader holds the lease."""

from harness.checks import (
    EpochsGrow,
    ExactlyOnce,
    KeepsTrading,
    LeaderKept,
    LoadKept,
    NothingElseFires,
    Recovered,
    Silent,
)
from harness.faults.hold import For
from harness.model import Act, LoadProfile, Scenario
from stack.faults.elections import EndLeases
from stack.faults.redis_data import EmptiedRedis, KeptDump, RestoredRedis

SCENARIO = Scenario(
    name="redis-data",
    hypothesis="When Redis comes back without its data, or with those of a former leader, the leader by PostgreSQL "
    "leads on and writes lease and live state anew; nobody is called for that; no signal is lost or executed twice.",
    covers=("R-40", "R-42", "R-43", "R-60", "R-61"),
    load=LoadProfile(
        signals_per_s=20,
        viewers=0,
        nobody_looks="boards without Redis, and back with it, are looked at in redis-outage and boards-under-faults; "
        "that the live state is written anew is judged in Redis itself",
    ),
    faults=(EmptiedRedis(hold=For(production_s=45)),),
    then=(
        Act(
            faults=(
                KeptDump(hold=For(production_s=0)),
                # NoLeader sees the change itself for a scrape and an evaluation, 15 s each and 10 s for a late answer.
                EndLeases(times=1, led_production_s=45),
                # A lease that nobody backs is replaced after its length, 30 s, at the latest.
                RestoredRedis(hold=For(production_s=75)),
            )
        ),
    ),
    # What the fence refused stays in its window for five minutes.
    lingering=("MultipleLeadersFenced",),
    steady_s=60,
    checks=(
        ExactlyOnce(),
        EpochsGrow(),
        LeaderKept(fault=0),
        LeaderKept(fault=3),
        Silent(name="NoLeader", fault=3),
        Silent(name="SignalLoss", fault=0),
        # The old leader may try once more in its old term before it learns that it is over.
        NothingElseFires(possible=("MultipleLeadersFenced",)),
        Recovered(within_s=60, mode="redis"),
        LoadKept(),
        KeepsTrading(),
    ),
)
