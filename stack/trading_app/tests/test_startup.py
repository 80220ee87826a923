"""The first attempt to recover has the instance for itself; what comes after it does not wait for success."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from trading_app.database import Database
from trading_app.errors import UnavailableError
from trading_app.log import Log
from trading_app.outbox import Backoff
from trading_app.recovery import validated
from trading_app.startup import recover_until_done
from trading_app.statements import Statements
from trading_app.status import RecoveryState, RecoveryStatus


class Rows:
    """A connection whose every query gives no row."""

    async def execute(self, _sql: str) -> "Rows":
        """Itself is the cursor."""
        return self

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """No open position."""
        return []


class Waking:
    """A database that is away for the first attempts."""

    def __init__(self, away: int) -> None:
        self.away, self.asked = away, 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Rows]:
        """Refused until it is awake."""
        self.asked += 1
        if self.asked <= self.away:
            raise UnavailableError("not yet")
        yield Rows()


@pytest.mark.parametrize("away", [0, 1, 3])
def test_the_rest_begins_after_the_first_attempt(away: int) -> None:
    """Without PostgreSQL the instance is there, says so and beats; with it nothing competed with the recovery."""
    asyncio.run(_recovers(away))


async def _recovers(away: int) -> None:
    database, status, attempted = Waking(away), RecoveryStatus(), asyncio.Event()
    seen: list[tuple[int, RecoveryState]] = []

    async def rest() -> None:
        await attempted.wait()
        seen.append((database.asked, status.state))

    waiting = asyncio.create_task(rest())
    done = await recover_until_done(
        database=cast("Database", database),
        statements=Statements(),
        trusted=validated,
        status=status,
        backoff=Backoff(minimum_s=0.001, maximum_s=0.002),
        log=Log("trading-1"),
        attempted=attempted,
    )
    await waiting
    assert done
    assert status.failures == away
    asked, state = seen[0]
    assert asked == 1
    assert (state is RecoveryState.DONE) == (away == 0)
