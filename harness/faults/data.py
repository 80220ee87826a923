"""Faults on data: statements that the owner of a PostgreSQL of the stack runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg
from psycopg import sql

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.hold import For, Hold
from harness.poll import Seen

CONNECT_S = 5
STATEMENT_S = 10

Row = tuple[Any, ...]
Values = Mapping[str, object]
Statement = str | sql.Composed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A fault that statements strike and mend.

    Args:
        target: the PostgreSQL, by its name in the stack.
        strike_sql: breaks it.
        proof: a query; its first value is true once the fault is in place. Further values tell what was seen.
        mend_sql: puts it right; must do no harm when there is nothing to mend.
        healed_sql: a query as `proof`, true once all is as before.
        hold: how long it stays.
    """

    kind: ClassVar[str] = "sql"
    target: str
    strike_sql: str
    proof: str
    mend_sql: str
    healed_sql: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Run the statements that break it."""
        change(stack, self.strike_sql, service=self.target)

    def effect(self, stack: RunningStack) -> str:
        """The proof's first value is true."""
        return proven(stack, self.proof, service=self.target)

    def mend(self, stack: RunningStack) -> None:
        """Run the statements that put it right."""
        change(stack, self.mend_sql, service=self.target)

    def healed(self, stack: RunningStack) -> str:
        """The first value of the query for it is true."""
        return proven(stack, self.healed_sql, service=self.target)


def change(
    stack: RunningStack,
    statements: Statement | list[Statement],
    values: Values | None = None,
    *,
    service: str = "postgres",
) -> None:
    """Run statements in one transaction as the owner of a PostgreSQL.

    Args:
        stack: where it runs.
        statements: SQL; where `values` are given, %(name)s stands for them and %% for a percent sign.
        values: by name.
        service: the PostgreSQL, by its name in the stack.

    Raises:
        Seen: it cannot be reached, or broke off the connection or a statement; may be tried again.
        InfrastructureError: it refused a statement; with what it said.
    """
    with told(service), connection(stack, service) as opened:
        for statement in statements if isinstance(statements, list) else [statements]:
            opened.execute(_query(statement), values)


def ask(
    stack: RunningStack, query: Statement, values: Values | None = None, *, service: str = "postgres"
) -> Row | None:
    """The first row of a query, None if there is none; arguments and errors as of `change`."""
    with told(service), connection(stack, service) as opened:
        return opened.execute(_query(query), values).fetchone()


def proven(stack: RunningStack, query: Statement, values: Values | None = None, *, service: str = "postgres") -> str:
    """What a query tells whose first value must be true; the others are words.

    Raises:
        Seen: it is not, or there is no row.
        InfrastructureError: as `change`.
    """
    row = ask(stack, query, values, service=service)
    if row is None:
        raise Seen(f"no row in {service}")
    holds, *seen = row
    words = " ".join(map(str, seen)) or f"{service} answers {holds}"
    if holds is not True:
        raise Seen(words)
    return words


def connection(stack: RunningStack, service: str) -> psycopg.Connection[Row]:
    """A connection as the owner; its statements are bounded in time."""
    host, port = stack.endpoint(service, 5432)
    login = stack.plan.logins[service]
    target: Mapping[str, Any] = {
        "host": host,
        "port": port,
        "user": login.user,
        "password": login.password,
        "dbname": stack.plan.databases[service],
        "connect_timeout": CONNECT_S,
        "options": f"-c statement_timeout={STATEMENT_S * 1000}",
        "application_name": "harness",
    }
    return psycopg.connect(**target)


def _query(statement: Statement) -> bytes | sql.Composed:
    return statement.encode() if isinstance(statement, str) else statement


@contextmanager
def told(service: str) -> Iterator[None]:
    """Turn the driver's errors into the harness's, as `change` raises them."""
    try:
        yield
    except psycopg.OperationalError as unreachable:
        raise Seen(f"{service} did not do it: {_sentence(unreachable)}") from unreachable
    except psycopg.Error as refused:
        raise InfrastructureError(f"{service} refused a statement of the harness: {_sentence(refused)}") from refused


def _sentence(error: psycopg.Error) -> str:
    return " ".join(str(error).split()) or type(error).__name__
