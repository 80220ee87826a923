"""The edge to PostgreSQL: psycopg connections in a bounded pool that replaces those that broke."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, Protocol

import psycopg
from psycopg.types.string import TextLoader

from ..frames import Field
from ..sources import DataSource

_NUMBERS = {"int2": "int16", "int4": "int32", "int8": "int64", "float4": "float64", "float8": "float64"}
_TIMES = {"timestamp", "timestamptz", "date"}


class ConnectionLostError(Exception):
    """The server cannot be reached, or went away in the middle."""


class SqlError(Exception):
    """The server refused the statement; the text is the server's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A result set by columns."""

    fields: Sequence[Field]
    cut: bool = False


class Connection(Protocol):
    """What the pool needs of a connection."""

    async def run(self, sql: str) -> Rows:
        """Run one statement. Raises ConnectionLostError or SqlError."""

    async def close(self) -> None:
        """Let it go, whatever its state."""


class Pool:
    """At most `size` connections; a caller beyond that waits without a limit, as in Go's database/sql."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._free = asyncio.Semaphore(max(1, size))
        self._idle: list[Connection] = []

    async def run(self, sql: str) -> Rows:
        """Run a statement; connections that died while idle are replaced, as database/sql does."""
        async with self._free:
            while self._idle:
                try:
                    return await self._on(self._idle.pop(), sql)
                except ConnectionLostError:
                    continue
            return await self._on(await self._connect(), sql)

    async def close(self) -> None:
        """Close idle connections."""
        while self._idle:
            await self._idle.pop().close()

    async def _on(self, connection: Connection, sql: str) -> Rows:
        try:
            rows = await connection.run(sql)
        except SqlError:
            self._idle.append(connection)
            raise
        except BaseException:  # lost, or the caller went away: its state is unknown
            await connection.close()
            raise
        self._idle.append(connection)
        return rows


def connector(source: DataSource, row_limit: int) -> Callable[[], Awaitable[Connection]]:
    """How to connect to a data source."""
    host, _, port = source.url.partition(":")
    sslmode = str(source.json_data.get("sslmode") or "verify-full")
    settings: dict[str, Any] = {
        "host": host,
        "port": port or "5432",
        "user": source.user,
        "password": source.secure.get("password", ""),
        "dbname": str(source.json_data.get("database") or source.database),
        "sslmode": sslmode,
        "application_name": "grafana",
    }

    async def connect() -> Connection:
        try:
            connection = await psycopg.AsyncConnection.connect(autocommit=True, **settings)
        except psycopg.OperationalError as error:
            raise _translated(error, connecting=True) from error
        connection.adapters.register_loader("json", TextLoader)
        connection.adapters.register_loader("jsonb", TextLoader)
        return _Psycopg(connection, row_limit)

    return connect


class _Psycopg:
    def __init__(self, connection: psycopg.AsyncConnection[Any], row_limit: int) -> None:
        self._connection = connection
        self._row_limit = row_limit

    async def run(self, sql: str) -> Rows:
        try:
            async with self._connection.cursor() as cursor:
                await cursor.execute(sql.encode())
                if cursor.description is None:
                    return Rows(fields=())
                rows = await cursor.fetchmany(self._row_limit + 1)
                types = [_type_name(self._connection, column.type_code) for column in cursor.description]
                names = [column.name for column in cursor.description]
        except psycopg.Error as error:
            raise _translated(error, connecting=False) from error
        return _columns(names, types, rows, self._row_limit)

    async def close(self) -> None:
        await self._connection.close()


def _translated(error: psycopg.Error, *, connecting: bool) -> Exception:
    primary = error.diag.message_primary
    if primary and not (error.sqlstate or "").startswith("57P"):
        return SqlError(primary)
    _, fatal, told = str(error).partition("FATAL:")
    if connecting and fatal:  # a server that answers and refuses, for example a wrong password
        return SqlError(told.strip())
    return ConnectionLostError(str(error))


def _type_name(connection: psycopg.AsyncConnection[Any], oid: int) -> str:
    known = connection.adapters.types.get(oid)
    return known.name if known else "unknown"


def _columns(names: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]], limit: int) -> Rows:
    kept = rows[:limit]
    by_column = list(zip(*kept, strict=True)) if kept else [() for _ in names]
    fields = [_field(name, kind, values) for name, kind, values in zip(names, types, by_column, strict=True)]
    return Rows(fields=fields, cut=len(rows) > limit)


def _field(name: str, type_name: str, values: Sequence[Any]) -> Field:
    if type_name in _NUMBERS:
        return Field(name=name, kind="number", values=values, go_type=_NUMBERS[type_name], nullable=True)
    if type_name == "numeric":
        numbers = [float(value) if isinstance(value, Decimal) else value for value in values]
        return Field(name=name, kind="number", values=numbers, nullable=True)
    if type_name in _TIMES:
        return Field(name=name, kind="time", values=[_nanoseconds(value) for value in values], nullable=True)
    if type_name == "bool":
        return Field(name=name, kind="boolean", values=values, nullable=True)
    return Field(name=name, kind="string", values=[_text(value) for value in values], nullable=True)


def _nanoseconds(value: Any) -> int | None:
    if value is None:
        return None
    at: datetime = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
