"""PostgreSQL commits and does not say so: each commit waits for a standby that does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults import data
from harness.faults.hold import For, Hold
from harness.poll import Seen

NOBODY = "nobody_of_the_chaos_harness"
# Written to disk already, and kept from its client and from all others until it is let go (PostgreSQL: synchronous
# replication). A statement_timeout ends the wait, and the client is told that it was committed, as it was.
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
IN_FORCE = "SELECT current_setting('synchronous_standby_names')"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCommits:
    """Commits are on disk, and neither their client nor anybody else learns of them.

    It is the moment between a commit and its acknowledgement, made long enough to be seen.
    """

    kind: ClassVar[str] = "hold-commits"
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """Ask for a standby that will never come."""
        self._configure(stack, f"ALTER SYSTEM SET synchronous_standby_names = '{NOBODY}'")

    def effect(self, stack: RunningStack) -> str:
        """The standby is asked for, and a commit waits for it."""
        row = data.ask(stack, WAITING, service=self.target)
        waiting = 0 if row is None else int(row[0])
        if not waiting:
            raise Seen(f"no commit waits in {self.target} yet")
        return f"{waiting} commits wait in {self.target}"

    def mend(self, stack: RunningStack) -> None:
        """Ask for no standby; what waits goes on. Nothing happens where none was asked for."""
        self._configure(stack, "ALTER SYSTEM RESET synchronous_standby_names")

    def healed(self, stack: RunningStack) -> str:
        """No standby is asked for, and nothing waits."""
        asked = data.ask(stack, IN_FORCE, service=self.target)
        waiting = data.ask(stack, WAITING, service=self.target)
        if asked != ("",) or waiting != (0,):
            raise Seen(f"{self.target} asks for the standby {asked}, and {waiting} commits wait")
        return f"no commit waits in {self.target}"

    def _configure(self, stack: RunningStack, statement: str) -> None:
        """ALTER SYSTEM is refused inside a transaction."""
        with data.told(self.target), data.connection(stack, self.target) as opened:
            opened.autocommit = True
            opened.execute(statement.encode())
            opened.execute("SELECT pg_reload_conf()")
