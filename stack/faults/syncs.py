"""A share of an instance's synchronisations with PostgreSQL is refused, each in its turn and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults import data
from harness.faults.hold import For, Hold
from harness.poll import Seen
from stack.faults.trap import SERVICE, Trap

# The statement of a synchronisation leaves a heartbeat there, and nothing else writes it (trading_app/record.py).
# The n-th attempt is refused when n * percent / 100 passes a whole number: evenly spread, as a line is drawn in pixels.
# A sequence does not roll back, so refused attempts count; its owner's rights, as the application has none on it.
STRIKE = (
    "CREATE SCHEMA {schema}",
    "CREATE SEQUENCE {schema}.attempts",
    """
    CREATE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    DECLARE
        n numeric := nextval({attempts});
    BEGIN
        IF floor(n * {percent} / 100) > floor((n - 1) * {percent} / 100) THEN
            RAISE EXCEPTION 'refused by the chaos harness: attempt %', n USING ERRCODE = 'query_canceled';
        END IF;
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER {schema} BEFORE INSERT ON public.instance_heartbeats
    FOR EACH ROW WHEN (NEW.instance_id = {instance}) EXECUTE FUNCTION {schema}.refuse()
    """,
)
EFFECT = "SELECT is_called, last_value FROM {schema}.attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSyncs:
    """`percent` of the instance's synchronisations are refused with SQLSTATE 57014 (query_canceled), evenly spread.

    Of 12 % the 9th, 17th, 25th, 34th ... fail. Instances do not disturb each other.
    """

    kind: ClassVar[str] = "fail-syncs"
    instance: str
    percent: float
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    @property
    def target(self) -> str:
        """The link on which they fail."""
        return f"{self.instance}:{SERVICE}"

    def strike(self, stack: RunningStack) -> None:
        """Install the trigger."""
        self._trap.set(stack, STRIKE)

    def effect(self, stack: RunningStack) -> str:
        """A synchronisation of the instance was counted."""
        called, count = data.ask(stack, self._trap.sql(EFFECT)) or (False, 0)
        if not called:
            raise Seen(f"{self.instance} has not synchronised yet")
        return f"{count} synchronisations of {self.instance} were counted, {self.percent:g} % are refused"

    def mend(self, stack: RunningStack) -> None:
        """Remove the trigger and all that belongs to it; nothing happens when it is gone."""
        self._trap.remove(stack)

    def healed(self, stack: RunningStack) -> str:
        """Neither schema nor trigger is left."""
        self._trap.gone(stack)
        return f"nothing refuses synchronisations of {self.instance}"

    @property
    def _trap(self) -> Trap:
        schema = f"chaos_syncs_{self.instance}"
        literals: dict[str, str | float] = {
            "attempts": f'"{schema}".attempts',
            "instance": self.instance,
            "percent": self.percent,
        }
        return Trap(schema=schema, literals=literals)
