"""How many acknowledged signals wait to be executed, and when nobody could execute them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from harness.checks.client_log import OK, ClientLog
from harness.checks.final_log import Effect

# Instances count what waits four times a second.
SEEN_WITHIN_S = 0.5

Stretches = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """By what the client was told and what was executed; stretches are (from, until), wall clock s, in order.

    `full` are those in which as many signals waited as may. `leaderless` are those between the last execution of one
    term and the first of a later one: what is acknowledged then can only wait.
    """

    full: Stretches
    leaderless: Stretches

    @classmethod
    def of(cls, client: ClientLog, executed_s: Mapping[str, float], effects: Sequence[Effect], full_at: int) -> Backlog:
        """The stretches of a run.

        Args:
            client: what was acknowledged, and when.
            executed_s: when each signal was first executed.
            effects: all executions, with their terms.
            full_at: so many may wait; 0 where nobody promises a number, and then nothing is ever full.
        """
        return cls(full=_full(client, executed_s, full_at) if full_at else (), leaderless=_leaderless(effects))

    def is_full(self, at_s: float) -> bool:
        """Whether as many waited as may, or had just before."""
        return _lately_in(self.full, at_s)

    def stands(self, at_s: float) -> bool:
        """Whether it was full at a moment when nobody led who could have made room."""
        return _lately_in(self.leaderless, at_s) and self.is_full(at_s)


def _lately_in(stretches: Stretches, at_s: float) -> bool:
    last = bisect_right(stretches, (at_s, inf)) - 1
    return last >= 0 and at_s <= stretches[last][1] + SEEN_WITHIN_S


def _full(client: ClientLog, executed_s: Mapping[str, float], full_at: int) -> Stretches:
    steps: list[tuple[float, int]] = []
    for one, request in client.requests.items():
        if request.outcome == OK and request.answered_s < executed_s.get(one, inf):
            steps += [(request.answered_s, 1), (executed_s.get(one, inf), -1)]
    starts, ends, waiting = [], [], 0
    for at_s, step in sorted(steps):
        if (waiting, step) == (full_at - 1, 1):
            starts.append(at_s)
        elif (waiting, step) == (full_at, -1):
            ends.append(at_s)
        waiting += step
    return tuple(zip(starts, ends, strict=True))


def _leaderless(effects: Sequence[Effect]) -> Stretches:
    """From the last execution under an epoch to the first under a later one."""
    terms: dict[int, tuple[float, float]] = {}
    for one in effects:
        first_s, last_s = terms.get(one.epoch, (one.at_s, one.at_s))
        terms[one.epoch] = (min(first_s, one.at_s), max(last_s, one.at_s))
    in_order = [terms[epoch] for epoch in sorted(terms) if epoch >= 0]
    return tuple((before[1], after[0]) for before, after in pairwise(in_order) if before[1] < after[0])
