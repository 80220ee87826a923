"""What a lost session is told as, whatever the server called it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from trading_app.database import Database
from trading_app.errors import UncertainError


class Session:
    """A connection that is closed, or not."""

    def __init__(self, *, closed: bool) -> None:
        self.closed = closed
        self.info = SimpleNamespace(transaction_status=TransactionStatus.IDLE)

    async def close(self) -> None:
        """It may be closed again."""


def raised(monkeypatch: pytest.MonkeyPatch, error: Exception, *, closed: bool) -> Exception:
    """What a borrower is told when the driver raises `error`, and the session is closed or not."""

    async def connect(_: Database) -> Any:
        return Session(closed=closed)

    monkeypatch.setattr(Database, "_connect", connect)
    database = Database(target={"application_name": "t"}, purpose="t", size=1, timeout_s=1, idle_limit_s=1)

    async def story() -> None:
        async with database.connection():
            raise error

    with pytest.raises(type(error) if not closed else UncertainError) as told:
        asyncio.run(story())
    return told.value


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"),
        psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
        psycopg.OperationalError("the connection is closed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_session_that_was_ended_leaves_its_outcome_unclear(
    monkeypatch: pytest.MonkeyPatch, error: psycopg.Error
) -> None:
    """A database that stalls in a transaction ends it with an error of another class than all other losses."""
    assert str(error) in str(raised(monkeypatch, error, closed=True))


def test_a_mistake_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that the server refuses in a session that lives is no outage."""
    raised(monkeypatch, psycopg.errors.UndefinedTable("no such table"), closed=False)
