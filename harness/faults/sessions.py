"""Sessions of PostgreSQL that are ended in the middle of what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import psycopg

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults import background, data
from harness.faults.hold import For, Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen

LOOKS_EVERY_S = 0.01
# With a transaction id of its own a session has written something and not ended it: what it wrote is rolled back, or,
# when it is in its commit, kept without a word to the client.
END_ONE = """
SELECT application_name, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name LIKE %(whose)s AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
ORDER BY xact_start DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessions:
    """Again and again a session is ended that has written in its transaction.

    Args:
        whose: pattern (LIKE) of the sessions' application names.
        apart_s: from one that was ended to the next, real s.
        at_least: so many are ended before it counts as in effect.
        hold: how long it goes on after that.
    """

    kind: ClassVar[str] = "end-sessions"
    whose: str
    apart_s: float = 0.3
    at_least: int = 3
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Begin to look for such sessions."""
        with data.told(self.target):
            opened = data.connection(stack, self.target)
        opened.autocommit = True
        reaper = _Reaper(connection=opened, whose=self.whose, apart_s=self.apart_s)
        _REAPERS.keep(stack, self, reaper)
        background.begin(stack, self, reaper.look, every_s=LOOKS_EVERY_S, at_end=opened.close)

    def effect(self, stack: RunningStack) -> str:
        """Some have been ended in their transaction."""
        background.check(stack, self)
        ended = self._reaper(stack).ended
        if len(ended) < self.at_least:
            raise Seen(f"{len(ended)} sessions were ended so far")
        return f"ended in a transaction: {', '.join(ended)}"

    def mend(self, stack: RunningStack) -> None:
        """End no more."""
        background.end(stack, self)

    def healed(self, stack: RunningStack) -> str:
        """It could go on until it was mended."""
        background.check(stack, self)
        return f"{len(self._reaper(stack).ended)} sessions were ended, and no more are"

    def _reaper(self, stack: RunningStack) -> _Reaper:
        reaper = _REAPERS.get(stack, self)
        if reaper is None:
            raise InfrastructureError("no session was ever looked for")
        return reaper


@dataclass(slots=True, kw_only=True)
class _Reaper:
    """Ends one session at a time, and keeps their names."""

    connection: psycopg.Connection[data.Row]
    whose: str
    apart_s: float
    ended: list[str] = field(default_factory=list)
    not_before_s: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def look(self) -> None:
        """End a session that is in a transaction, if there is one and the last was ended long enough ago."""
        if self.clock() < self.not_before_s:
            return
        row = self.connection.execute(END_ONE, {"whose": self.whose}).fetchone()
        if row is not None and row[1]:
            self.ended.append(str(row[0]))
            self.not_before_s = self.clock() + self.apart_s


_REAPERS: Remembered[_Reaper] = Remembered()
