"""A trigger of the harness' own in PostgreSQL, with what belongs to it in a schema that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from harness.containers.running import RunningStack
from harness.faults import data

SERVICE = "postgres"
REMOVE = "DROP SCHEMA IF EXISTS {schema} CASCADE"  # the trigger goes with its function, when no transaction is in it
GONE = (
    "SELECT NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %(schema)s) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger WHERE tgname = %(schema)s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What sets and removes it.

    Args:
        schema: the name of its schema, and of its trigger.
        literals: what stands in its statements for {name}; {schema} is its own.
    """

    schema: str
    literals: Mapping[str, str | float]

    def sql(self, statement: str) -> sql.Composed:
        """A statement with all of them quoted."""
        literals = {name: sql.Literal(value) for name, value in self.literals.items()}
        return sql.SQL(statement).format(schema=sql.Identifier(self.schema), **literals)

    def set(self, stack: RunningStack, statements: Sequence[str]) -> None:
        """Install it, in one transaction."""
        data.change(stack, [self.sql(statement) for statement in statements])

    def remove(self, stack: RunningStack) -> None:
        """Remove it and all that belongs to it; nothing happens when it is gone."""
        data.change(stack, self.sql(REMOVE))

    def gone(self, stack: RunningStack) -> None:
        """Neither schema nor trigger is left.

        Raises:
            Seen: one is.
        """
        data.proven(stack, GONE, {"schema": self.schema})
