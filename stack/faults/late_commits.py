"""Orders of one instance are written and take their time to be committed: the moment in which it does not know yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psycopg import sql

from harness.containers.running import RunningStack
from harness.faults import data
from harness.faults.hold import For, Hold
from harness.poll import Seen

SERVICE = "postgres"
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
MEND = "DROP SCHEMA IF EXISTS {schema} CASCADE"  # the trigger goes with its function, when no transaction waits in it
HEALED = (
    "SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger WHERE tgname = %(schema)s)"
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
        data.change(stack, [self._sql(statement) for statement in STRIKE])

    def effect(self, stack: RunningStack) -> str:
        """A commit of the instance is waiting."""
        row = data.ask(stack, WAITING, {"instance": self.instance})
        if row is None or not row[0]:
            raise Seen(f"no commit of {self.instance} waits yet")
        return f"{row[1]} commit of {self.instance} waits"

    def mend(self, stack: RunningStack) -> None:
        """Remove the trigger and all that belongs to it; nothing happens when it is gone."""
        data.change(stack, self._sql(MEND))

    def healed(self, stack: RunningStack) -> str:
        """Neither schema nor trigger is left."""
        data.proven(stack, HEALED, {"schema": self._schema})
        return f"commits of {self.instance} are not late any more"

    @property
    def _schema(self) -> str:
        return f"chaos_commits_{self.instance}"

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(
            schema=sql.Identifier(self._schema),
            instance=sql.Literal(self.instance),
            by_s=sql.Literal(self.by_ms / 1000),
        )
