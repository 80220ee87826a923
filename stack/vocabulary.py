"""What random campaigns draw from: faults on every service that signals go through, and on every link."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import EpochsGrow, ExactlyOnce, Recovered
from harness.explore.vocabulary import Entry, Vocabulary
from harness.faults.base import StackFault
from harness.faults.container import Kill, Pause, Restart, Stop
from harness.faults.network import CutLink, CutOff, SlowLink
from harness.model import LoadProfile
from stack.faults.ghosts import GhostLeader, GhostLease
from stack.faults.stolen_lease import StolenLease
from stack.topology import INSTANCES

# Production seconds. The lease is 30 s, so the middle of a long one outlasts it; an instance gives a statement 2 s.
SHORT_S, LONG_S = (5.0, 30.0), (15.0, 105.0)
NOBODY_S = (10.0, 45.0)  # of what leaves nobody to lead: while nobody acts there is nothing to be seen
SLOW_MS, LATE_MS = 120, 900  # below and above what an instance waits for an answer
DATABASES = ("redis", "postgres", "clickhouse")
LEADER = "{leader}"


def _entries() -> Iterator[Entry]:
    for name in DATABASES:
        times = NOBODY_S if name == "postgres" else LONG_S
        yield from _broken(name, times, weight=2.0)
        yield Entry(fault=CutOff(target=name), lasts_s=times, weight=0.5)
    for name in (*(f"trading-{number}" for number in INSTANCES), LEADER):
        yield from _broken(name, LONG_S, weight=2.0 if name == LEADER else 1.0)
        for database in DATABASES:
            link = f"{name}:{database}"
            yield Entry(fault=CutLink(target=link), lasts_s=LONG_S, weight=1.5 if name == LEADER else 1.0)
            yield Entry(fault=SlowLink(target=link, latency_ms=SLOW_MS, jitter_ms=80), lasts_s=LONG_S, weight=0.25)
            yield Entry(fault=SlowLink(target=link, latency_ms=LATE_MS), lasts_s=SHORT_S, weight=0.25)
    yield Entry(fault=StolenLease(), lasts_s=SHORT_S, weight=1.5)
    yield Entry(fault=GhostLease(), lasts_s=NOBODY_S, weight=1.0)
    yield Entry(fault=GhostLeader(lasts_production_s=15), lasts_s=SHORT_S, weight=1.0)


def _broken(name: str, lasts_s: tuple[float, float], weight: float) -> Iterator[Entry]:
    """Every way in which a container breaks."""
    faults: tuple[tuple[StackFault, tuple[float, float]], ...] = (
        (Stop(target=name), lasts_s),
        (Kill(target=name), lasts_s),
        (Pause(target=name), lasts_s),
        (Restart(target=name), SHORT_S),
    )
    yield from (Entry(fault=fault, lasts_s=times, weight=weight / len(faults)) for fault, times in faults)


VOCABULARY = Vocabulary(
    entries=tuple(_entries()),
    loads=(
        LoadProfile(signals_per_s=15, viewers=0),
        LoadProfile(signals_per_s=30, viewers=0),
        LoadProfile(signals_per_s=20, arrivals="constant", viewers=0),
    ),
    covers=("R-40", "R-43"),
    checks=(ExactlyOnce(), EpochsGrow(), Recovered(within_s=120, mode="redis")),
    hypothesis="Whatever breaks and heals, in any order and together: no acknowledged signal is lost or executed "
    "twice, nothing is done in an old term, and two minutes after the last healing all is well.",
)
