"""Whether one more signal may come in, decided before anything is done for it.

A signal that is let in costs many times what a refusal costs, and those behind it wait. So beyond its capacity an
instance says no at once, while it still keeps what it says yes to: answers stay quick, and as many signals as before
get through. A refusal promises that nothing was taken; the sender may try again, here or elsewhere.

How much the capacity is nobody has to know. Commits that get slow are the sign that PostgreSQL has enough to do, and
then fewer signals are let in at a time; quick ones let it be more again (additive increase, multiplicative decrease, as
in TCP: Chiu and Jain, 1989). What is accepted and waits to be executed is a queue as well, and bounded like the others.
"""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

# How many are let in at a time: at first (what comes in a second of brisk traffic: a pause of PostgreSQL is no
# overload), at least, and more by so many after each quick commit.
AT_FIRST, AT_LEAST, MORE = 64.0, 16.0, 4.0
LESS = 0.8  # times as many after a slow commit
# How often the event loop is asked whether it is late: a tenth of the shortest wait that anybody would set.
LOOK_S = 0.05


class Reason(StrEnum):
    """Why a signal was not taken; a label of the metric. The first four are overload."""

    IN_FLIGHT = "in_flight"
    WAIT = "wait"
    BACKLOG = "backlog"
    LATE = "late"
    RECOVERY = "recovery"
    UNAVAILABLE = "unavailable"
    CONFLICT = "conflict"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A no: its reason, HTTP status, a sentence, and when it is worth trying again (whole s, None for never)."""

    reason: Reason
    status: int
    sentence: str
    retry_after_s: int | None = None


@dataclass(slots=True, kw_only=True)
class Admission:
    """The door of one instance.

    Args:
        max_in_flight: most signals in progress at a time.
        within_s: the longest that a signal may have to wait before a commit takes it up.
        slow_s: a commit that takes longer says that PostgreSQL has enough to do.
        max_backlog: most signals that may wait to be executed.
    """

    max_in_flight: int
    within_s: float
    slow_s: float = math.inf
    max_backlog: float = math.inf
    limit: float = AT_FIRST
    backlog: int = 0
    in_flight: int = 0
    lag_s: float = 0.0

    def refusal(self, wait_s: float) -> Refusal | None:
        """None if one more may come in.

        Args:
            wait_s: how long it would wait for a commit. What the event loop is behind comes on top of it.
        """
        if self.in_flight >= min(self.limit, self.max_in_flight):
            sentence = f"{self.in_flight} signals are in progress, send it again"
            return Refusal(reason=Reason.IN_FLIGHT, status=429, sentence=sentence, retry_after_s=1)
        expected_s = wait_s + self.lag_s
        if expected_s > self.within_s:
            sentence = f"it would wait {expected_s:.2f} s to be stored, send it again"
            return Refusal(reason=Reason.WAIT, status=503, sentence=sentence, retry_after_s=math.ceil(expected_s))
        if self.backlog >= self.max_backlog:
            sentence = f"{self.backlog} signals wait to be executed, send it again"
            return Refusal(reason=Reason.BACKLOG, status=503, sentence=sentence, retry_after_s=1)
        return None

    def heard(self, took_s: float) -> None:
        """A commit took so long, infinitely long if it failed: let in fewer at a time, or more again.

        That commits of little are quick does not show that those of more would be: beyond the usual only what is used
        is widened.
        """
        if took_s > self.slow_s:
            self.limit = max(AT_LEAST, self.limit * LESS)
        elif self.limit < AT_FIRST or self.in_flight >= self.limit / 2:
            self.limit = min(self.limit + MORE, self.max_in_flight)

    @contextmanager
    def working(self) -> Iterator[None]:
        """One signal is in progress meanwhile."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def look(self) -> float:
        """Measure how late the event loop is; due again at once, as it waits here.

        Requests wait in their sockets for as long before anybody sees them.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + LOOK_S
        await asyncio.sleep(LOOK_S)
        self.lag_s = max(0.0, loop.time() - due)
        return 0.0
