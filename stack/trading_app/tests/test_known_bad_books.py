"""The known-bad variant of the book of positions, beside the good application in the same story."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import OperationalError
from test_http import application
from trading_app import statements as sql
from trading_app.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = (1, "s-1", "BTC", "BUY", 100.0, 2.0, NOW)


class Answer:
    """The rows of one statement."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    async def fetchone(self) -> tuple[Any, ...] | None:
        """The first."""
        return self.rows[0] if self.rows else None

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """All of them."""
        return self.rows

    async def __aiter__(self) -> AsyncIterator[tuple[Any, ...]]:
        for row in self.rows:
            yield row


class Server:
    """A PostgreSQL with one signal that waits; keeps what was committed, and dies after so many commits."""

    def __init__(self, *, dies_after: int) -> None:
        self.committed: list[str] = []
        self._open: list[str] | None = None
        self._commits_left = dies_after

    @asynccontextmanager
    async def connection(self, *_: object) -> AsyncIterator["Server"]:
        """The server itself."""
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """What is written in it is committed with it."""
        self._open = []
        yield
        written, self._open = self._open, None
        self._commit(written)

    async def execute(self, statement: str, values: dict[str, Any] | None = None) -> Answer:
        """Answer as the tables would."""
        if statement in (sql.INSERT_ORDERS, sql.WRITE_POSITIONS):
            name = "orders" if statement == sql.INSERT_ORDERS else "positions"
            if self._open is None:
                self._commit([name])
            else:
                self._open.append(name)
        rows = [] if values is None or "rows" not in values else values["rows"].obj
        answers: dict[str, list[tuple[Any, ...]]] = {
            sql.FENCE: [("t-1", 1)],
            sql.CLAIM: [WAITING],
            sql.INSERT_ORDERS: [(row.get("order_id"),) for row in rows],
            sql.WRITE_EVENTS: [(row.get("execution_id"), NOW) for row in rows],
        }
        return Answer(answers.get(statement, []))

    def _commit(self, written: list[str]) -> None:
        if self._commits_left == 0:
            raise OperationalError("the instance is dead")
        self._commits_left -= 1
        self.committed += written


@pytest.mark.parametrize(
    ("name", "dies_after", "committed"),
    [
        ("", 9, ["orders", "positions"]),
        ("", 0, []),
        ("late-positions", 9, ["orders", "positions"]),
        ("late-positions", 1, ["orders"]),
        ("late-positions", 0, []),
    ],
)
def test_a_crash_between_two_commits_tears_the_book_apart(
    monkeypatch: pytest.MonkeyPatch, name: str, dies_after: int, committed: list[str]
) -> None:
    """Orders and positions are committed together or not at all; under late-positions orders stay without them."""
    server = Server(dies_after=dies_after)
    monkeypatch.setattr(Database, "connection", server.connection)
    made = application(known_bad=name)
    monkeypatch.setattr(made.election.coordinator, "authority", lambda: 1)
    with suppress(OperationalError):
        asyncio.run(made.trader._executor.execute(1))
    assert server.committed == committed
