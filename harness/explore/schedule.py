"""A schedule: faults by the clock and the load they meet. Drawn from a seed, cut down, made into a scenario."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.explore.vocabulary import Entry, Vocabulary
from harness.model import Act, LoadProfile, Scenario, Timed

BASELINE_S = 30.0  # production s, as everything here
RECOVERY_S = 120.0
GAP_S = 10.0  # between two faults on one target: what was mended has begun to start
LEAD_S = 5.0  # before the first fault of a schedule that was cut down
TRIES = 40  # for each fault, until one fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What breaks when, under which load.

    Args:
        faults: by their beginning.
        load: the traffic.
        traffic_seed: of the arrivals and the signals.
    """

    faults: tuple[Timed, ...]
    load: LoadProfile
    traffic_seed: int

    @property
    def length_s(self) -> float:
        """When the last fault is mended, production seconds."""
        return max((one.until_s for one in self.faults), default=0.0)

    def only(self, faults: Iterable[Timed]) -> Schedule:
        """The same with some of the faults, without the dead time before the first of them and after the last.

        The times between these faults stay as they are.
        """
        kept = sorted(faults, key=lambda one: one.at_s)
        early_s = max(0.0, kept[0].at_s - LEAD_S) if kept else 0.0
        moved = (replace(one, at_s=round(one.at_s - early_s, 3)) for one in kept)
        return replace(self, faults=tuple(moved))

    def near(self, moment_s: float, before_s: float) -> tuple[Timed, ...]:
        """The faults that were on at a moment or had ended less than `before_s` earlier, production seconds."""
        return tuple(one for one in self.faults if one.at_s <= moment_s <= one.until_s + before_s)


def draw(
    vocabulary: Vocabulary, seed: int, number: int, *, faults: tuple[int, int] = (20, 28), horizon_s: float = 270.0
) -> Schedule:
    """The schedule of that number of a campaign: the same for the same arguments, on any machine.

    Args:
        vocabulary: what may be drawn.
        seed: of the campaign.
        number: from 1.
        faults: fewest and most. Fewer only if they do not fit beside each other.
        horizon_s: when the last is mended, production seconds.
    """
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - it has to be repeatable, not secret
    load = chance.choice(vocabulary.loads)
    weights = [entry.weight for entry in vocabulary.entries]
    chosen: list[Timed] = []
    for _ in range(chance.randint(*faults)):
        for _ in range(TRIES):
            entry = chance.choices(vocabulary.entries, weights)[0]
            one = _timed(entry, chance, horizon_s)
            if not any(fight(one, other) for other in chosen):
                chosen.append(one)
                break
    chosen.sort(key=lambda one: one.at_s)
    return Schedule(faults=tuple(chosen), load=load, traffic_seed=chance.randrange(1 << 31))


def fight(one: Timed, other: Timed) -> bool:
    """Whether two faults would break or mend the same thing at the same time."""
    apart = one.at_s >= other.until_s + GAP_S or other.at_s >= one.until_s + GAP_S
    return bool(one.needs & other.needs) and not apart


def overlaps(faults: Sequence[Timed]) -> int:
    """How many pairs of faults are on together."""
    return sum(
        one.at_s < other.until_s and other.at_s < one.until_s
        for at, one in enumerate(faults)
        for other in faults[at + 1 :]
    )


def scenario_of(schedule: Schedule, vocabulary: Vocabulary, name: str) -> Scenario:
    """The schedule as a scenario of one act."""
    act = Act(timed=schedule.faults, steady_s=0)
    return Scenario(
        name=name,
        hypothesis=vocabulary.hypothesis,
        covers=vocabulary.covers,
        load=schedule.load,
        checks=vocabulary.checks,
        then=(act,) if schedule.faults else (),
        steady_s=BASELINE_S,
        recovery_s=RECOVERY_S,
    )


def _timed(entry: Entry, chance: random.Random, horizon_s: float) -> Timed:
    shortest, longest = (math.log(min(bound, horizon_s)) for bound in entry.lasts_s)
    for_s = round(math.exp(chance.uniform(shortest, longest)), 1)
    at_s = round(chance.uniform(0.0, max(0.0, horizon_s - for_s)), 1)
    return Timed(fault=entry.fault, at_s=at_s, for_s=for_s, touches=entry.touches)
