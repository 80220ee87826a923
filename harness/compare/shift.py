"""How far one measure has moved against the runs before it, and how far it may move by chance.

Each place where the measure was taken gives the logarithm of its ratio to the median of the earlier runs; the shift is
the median of these over all places, so that no single noisy place decides. What chance does is seen on the earlier
runs themselves: each of them against the others, in the same way. docs/gate.md has the formulas and their sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, pi, sqrt
from statistics import median

from harness.compare.student import quantile

LEAST_RUNS = 3  # with two of them nothing is left over to see noise by


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One measure against the runs before.

    Args:
        ratio: how many times as much as before, by the median over the places.
        band: the ratio that chance alone hardly reaches, above 1.
        change: the median over the places of what was added, in the measure's unit.
        places: in how many it was measured, now and before.
        furthest: the place that has moved most, and how many times as much it is there.
    """

    ratio: float
    band: float
    change: float
    places: int
    furthest: tuple[str, float]

    def worse(self, *, less_is_worse: bool) -> float:
        """How many times as bad as before; below 1 is better."""
        return 1 / self.ratio if less_is_worse else self.ratio


def shift_of(
    before: Sequence[Mapping[str, float]],
    now: Mapping[str, float],
    *,
    false_alarms: float,
    grain: float,
    less_is_worse: bool = False,
) -> Shift | None:
    """The shift of a measure; None where fewer than three earlier runs share a place with this one.

    Args:
        before: its figures in the earlier runs, by place.
        now: its figures in this run.
        false_alarms: the probability with which noise alone may leave the band on the bad side.
        grain: the smallest difference that means anything, in the measure's unit: it is added to both sides of each
            ratio, so that figures near zero do not fly off.
        less_is_worse: which of the places has moved most is told of the bad side.
    """
    places = sorted(comparable(before) & now.keys())
    noise = [_typical(run, _others(before, number, places), grain) for number, run in enumerate(before)]
    known = [each for each in noise if each is not None]
    usual = {place: median(run[place] for run in before if place in run) for place in places}
    if not places or len(known) < LEAST_RUNS:
        return None
    ratios = {place: _log_ratio(now[place], usual[place], grain) for place in places}
    furthest = max(places, key=lambda place: -ratios[place] if less_is_worse else ratios[place])
    return Shift(
        ratio=exp(median(ratios.values())),
        band=exp(min(_band(known, false_alarms), 700.0)),
        change=median(now[place] - usual[place] for place in places),
        places=len(places),
        furthest=(furthest, exp(ratios[furthest])),
    )


def comparable(before: Sequence[Mapping[str, float]]) -> set[str]:
    """The places that enough of these runs have measured for another one to be held against them."""
    times = Counter(place for run in before for place in run)
    return {place for place, count in times.items() if count >= LEAST_RUNS}


def _others(before: Sequence[Mapping[str, float]], left_out: int, places: Sequence[str]) -> dict[str, float]:
    """What is usual by all runs but one."""
    found: dict[str, float] = {}
    for place in places:
        values = [run[place] for number, run in enumerate(before) if number != left_out and place in run]
        if len(values) >= LEAST_RUNS - 1:
            found[place] = median(values)
    return found


def _typical(run: Mapping[str, float], usual: Mapping[str, float], grain: float) -> float | None:
    """The median of a run's log ratios to what is usual; None where it shares no place."""
    ratios = [_log_ratio(run[place], value, grain) for place, value in usual.items() if place in run]
    return median(ratios) if ratios else None


def _log_ratio(value: float, usual: float, grain: float) -> float:
    return log((max(value, 0.0) + grain) / (max(usual, 0.0) + grain))


def _band(noise: Sequence[float], false_alarms: float) -> float:
    """How far one more run may be off, as a logarithm: the prediction interval of a normal figure.

    A run left out lies n / (n - 1) times as far from the others as from the middle of all, so the squares of these
    distances, times (n - 1) / n², are the variance. One more run differs by its own noise and by that of the median
    it is held against, whose variance is pi / (2 n) times that of one run.
    """
    runs = len(noise)
    variance = (runs - 1) / runs**2 * sum(each**2 for each in noise)
    return quantile(1 - false_alarms, runs - 1) * sqrt(variance * (1 + pi / (2 * runs)))
