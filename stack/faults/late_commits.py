"""Orders of one instance are written and take their time to be committed: the moment in which it does not know yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults import data
from harness.faults.hold import For, Hold
from harness.poll import Seen
from stack.faults.trap import SERVICE, Trap

# A deferred trigger runs when the COMMIT has arrived: from then on the transaction needs its client no more, and is
# committed whether that lives or not. Once a transaction, however many orders it has.
STRIKE = (
    "CREATE SCHEMA {schema}",
    """
    CREATE FUNCTION {schema}.wait() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    DECLARE
        me text := pg_catalog.pg_current_xact_id()::text;
    BEGIN
        IF pg_catalog.current_setting('chaos.waited', true) IS DISTINCT FROM me THEN
            PERFORM pg_catalog.set_config('chaos.waited', me, true);
            PERFORM pg_catalog.pg_sleep({by_s});
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE CONSTRAINT TRIGGER {schema} AFTER INSERT ON public.orders DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.executed_by = {instance}) EXECUTE FUNCTION {schema}.wait()
    """,
)
WAITING = (
    "SELECT count(*) > 0, count(*) FROM pg_stat_activity "
    "WHERE wait_event = 'PgSleep' AND starts_with(application_name, %(instance)s || ':')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCommits:
    """Each commit of orders of the instance takes `by_ms` longer (real, never compressed).

    It has to be less than the application waits for a statement, or the transaction is rolled back instead.
    """

    kind: ClassVar[str] = "late-commits"
    instance: str
    by_ms: int = 500
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    @property
    def target(self) -> str:
        """The link whose commits are late."""
        return f"{self.instance}:{SERVICE}"

    def strike(self, stack: RunningStack) -> None:
        """Install the trigger."""
        self._trap.set(stack, STRIKE)

    def effect(self, stack: RunningStack) -> str:
        """A commit of the instance is waiting."""
        row = data.ask(stack, WAITING, {"instance": self.instance})
        if row is None or not row[0]:
            raise Seen(f"no commit of {self.instance} waits yet")
        return f"{row[1]} commit of {self.instance} waits"

    def mend(self, stack: RunningStack) -> None:
        """Remove the trigger and all that belongs to it; nothing happens when it is gone."""
        self._trap.remove(stack)

    def healed(self, stack: RunningStack) -> str:
        """Neither schema nor trigger is left."""
        self._trap.gone(stack)
        return f"commits of {self.instance} are not late any more"

    @property
    def _trap(self) -> Trap:
        literals: dict[str, str | float] = {"instance": self.instance, "by_s": self.by_ms / 1000}
        return Trap(schema=f"chaos_commits_{self.instance}", literals=literals)
