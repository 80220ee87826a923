"""A fault that strikes when something has happened in the system, and not at a time: a crash at a chosen point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import psycopg

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults import data
from harness.faults.base import StackFault
from harness.faults.hold import Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until

BROKEN_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.005  # what is waited for may last for some milliseconds only
_STRUCK_AT: Remembered[str] = Remembered()  # what was seen when the fault struck


@dataclass(frozen=True, slots=True, kw_only=True)
class Sees:
    """Something that a PostgreSQL of the stack can tell.

    Args:
        what: what is waited for, in words.
        sql: a query; its first value is true once it has happened, further values tell what was seen. Asked in no
            transaction, so that it may look at the sessions of others.
        since: a query whose first value is %(since)s in `sql`, asked before anything is broken; empty for none.
        service: the PostgreSQL, by its name in the stack.
        within_s: the longest wait, real s.
    """

    what: str
    sql: str
    since: str = ""
    service: str = "postgres"
    within_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A fault struck at the moment when something is seen; if it is not seen in time nothing is struck, and told.

    All roles in it are aimed together, before it begins: "{leader}" is one player in event, condition and fault.

    Args:
        seen: what is waited for.
        fault: what is struck then; its hold is this fault's.
        under: what is broken from before the wait until `fault` has struck, so that the moment comes, or lasts.
    """

    kind: ClassVar[str] = "triggered"
    seen: Sees
    fault: StackFault
    under: StackFault | None = None

    @property
    def target(self) -> str:
        """What the fault breaks."""
        return self.fault.target

    @property
    def hold(self) -> Hold:
        """How long the fault stays."""
        return self.fault.hold

    def strike(self, stack: RunningStack) -> None:
        """Break what lets the moment come, wait for it, strike, and mend the former.

        Raises:
            TimedOutError: it was not seen in time; says what was seen instead.
        """
        with data.told(self.seen.service), data.connection(stack, self.seen.service) as looking:
            looking.autocommit = True
            values = self._since(looking)
            if self.under is not None:
                self._break_first(self.under, stack)
            seen = until(
                f"{self.seen.what}, for a {self.fault.kind} of {self.target}",
                lambda: _seen(looking, self.seen.sql, values),
                within_s=self.seen.within_s,
                every_s=LOOKS_EVERY_S,
            )
            self.fault.strike(stack)
        _STRUCK_AT.keep(stack, self, seen)
        if self.under is not None:
            self.under.mend(stack)

    def effect(self, stack: RunningStack) -> str:
        """The fault's own proof, with what was seen when it struck."""
        seen = _STRUCK_AT.get(stack, self)
        if seen is None:
            raise InfrastructureError(f"{self.seen.what} was not seen: nothing was struck")
        return f"{self.fault.effect(stack)}; struck when this was seen: {self.seen.what}: {seen}"

    def mend(self, stack: RunningStack) -> None:
        """Mend both; either is done although the other fails."""
        _STRUCK_AT.forget(stack, self)
        try:
            if self.under is not None:
                self.under.mend(stack)
        finally:
            self.fault.mend(stack)

    def healed(self, stack: RunningStack) -> str:
        """Both are seen to be healed."""
        condition = f"; {self.under.healed(stack)}" if self.under is not None else ""
        return self.fault.healed(stack) + condition

    def _since(self, looking: psycopg.Connection[data.Row]) -> data.Values | None:
        if not self.seen.since:
            return None
        row = looking.execute(self.seen.since.encode()).fetchone()
        return {"since": None if row is None else row[0]}

    def _break_first(self, under: StackFault, stack: RunningStack) -> None:
        under.strike(stack)
        until(
            f"{under.kind} of {under.target} to take effect",
            lambda: under.effect(stack),
            within_s=BROKEN_WITHIN_S,
            every_s=0.02,
        )


def _seen(looking: psycopg.Connection[data.Row], sql: str, values: data.Values | None) -> str:
    row = looking.execute(sql.encode(), values).fetchone()
    if row is None or row[0] is not True:
        raise Seen("no row" if row is None else " ".join(map(str, row)))
    return " ".join(map(str, row[1:])) or "yes"
