"""The one time axis that all lanes of a scenario share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from harness.results import ScenarioResult

WIDTH = 1160.0
PLOT_LEFT = 176.0
PLOT_RIGHT = 1150.0
PLOT_WIDTH = PLOT_RIGHT - PLOT_LEFT
_TICK_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
_LONGEST_S = 30 * 86400  # what claims to be longer is a damaged clock, not a scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Wall clock to pixels.

    Args:
        start_s: left end, s since the epoch.
        end_s: right end.
        bin_s: width of a bin in whole seconds, so that long runs stay small.
    """

    start_s: float
    end_s: float
    bin_s: int

    @property
    def span_s(self) -> float:
        """Length of the axis."""
        return self.end_s - self.start_s

    @property
    def bins(self) -> int:
        """How many bins the axis has."""
        return max(1, math.ceil(self.span_s / self.bin_s))

    def x(self, wall_s: float) -> float:
        """The pixel of a moment; moments outside are drawn at the edge."""
        share = (wall_s - self.start_s) / self.span_s
        return PLOT_LEFT + PLOT_WIDTH * min(max(share, 0.0), 1.0)

    def holds(self, wall_s: float) -> bool:
        """True when the moment lies on the axis."""
        return self.start_s <= wall_s <= self.end_s

    def bin(self, wall_s: float) -> int | None:
        """The bin of a moment, None outside of the axis."""
        return self.nearest_bin(wall_s) if self.holds(wall_s) else None

    def nearest_bin(self, wall_s: float) -> int:
        """The bin of a moment; moments outside of the axis belong to its first or last one."""
        return min(max(int((wall_s - self.start_s) // self.bin_s), 0), self.bins - 1)

    def bin_edges_x(self) -> list[float]:
        """The pixels where bins begin, and where the last one ends."""
        return [self.x(self.start_s + index * self.bin_s) for index in range(self.bins + 1)]

    def bin_middles_x(self) -> list[float]:
        """The pixels of the middles of the bins."""
        edges = self.bin_edges_x()
        return [(left + right) / 2 for left, right in pairwise(edges)]

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Pixels and words of the time marks: seconds or minutes since the start of the axis."""
        step_s = next((step for step in _TICK_S if self.span_s / step <= 12), _TICK_S[-1])
        for index in range(int(self.span_s // step_s) + 1):
            yield self.x(self.start_s + index * step_s), since(index * step_s)


def since(offset_s: float) -> str:
    """Time since the start, for example 0:45 or 1:02:05."""
    minutes, seconds = divmod(int(offset_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def axis_of(scenario: ScenarioResult, recorded_s: Iterable[float], most_bins: int) -> Axis:
    """The axis over a scenario's phases; over its faults, or what was recorded, where it has none.

    Args:
        scenario: its phases and faults say when it ran; a time of 0 or less is one that nobody saw.
        recorded_s: moments of the evidence.
        most_bins: upper bound of the number of bins.
    """
    phased = [moment for phase in scenario.phases for moment in (phase.started_s, phase.ended_s)]
    moments = _seen(phased) or _seen(_fault_moments(scenario)) or _seen(recorded_s) or [0.0]
    start_s = float(math.floor(min(moments)))
    end_s = min(max(*moments, start_s + 1.0), start_s + _LONGEST_S)
    return Axis(start_s=start_s, end_s=end_s, bin_s=max(1, math.ceil((end_s - start_s) / most_bins)))


def _seen(moments: Iterable[float | None]) -> list[float]:
    return [moment for moment in moments if moment is not None and math.isfinite(moment) and moment > 0]


def _fault_moments(scenario: ScenarioResult) -> Iterator[float | None]:
    for fault in scenario.faults:
        yield from (fault.asked_s, fault.confirmed_s, fault.healed_s, fault.confirmed_healed_s)
