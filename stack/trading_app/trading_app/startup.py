"""Recovery at the start, tried again until PostgreSQL answers, halted when the data cannot be trusted."""

import asyncio
import time

from trading_app.database import Database
from trading_app.errors import UnavailableError
from trading_app.log import Log
from trading_app.outbox import Backoff
from trading_app.recovery import RecoveryCode, RecoveryFailedError, Trusted, recover
from trading_app.statements import Statements
from trading_app.status import RecoveryState, RecoveryStatus


async def recover_until_done(
    *,
    database: Database,
    statements: Statements,
    trusted: Trusted,
    status: RecoveryStatus,
    backoff: Backoff,
    log: Log,
    attempted: asyncio.Event,
) -> bool:
    """True once recovered, False if trading is halted. Waits for PostgreSQL as long as it takes.

    Sets `attempted` when the first attempt is over, whichever way.
    """
    while True:
        started = time.monotonic()
        try:
            await _prepare(database, statements)
            positions = await recover(database, trusted)
        except UnavailableError as error:
            _failed(status, RecoveryCode.DB_UNAVAILABLE, error, log)
        except RecoveryFailedError as error:
            status.state = RecoveryState.HALTED
            _failed(status, error.code, error, log)
        else:
            status.time_ms = (time.monotonic() - started) * 1000
            status.successes += 1
            status.positions = len(positions)
            status.error, status.message, status.state = RecoveryCode.NONE, None, RecoveryState.DONE
            log.info("recovered", positions=len(positions), time_ms=round(status.time_ms, 1))
        status.finished_wall_s = time.time()
        attempted.set()
        if status.error is not RecoveryCode.DB_UNAVAILABLE:
            return status.state is RecoveryState.DONE
        await asyncio.sleep(backoff.failed())


async def _prepare(database: Database, statements: Statements) -> None:
    for sql in statements.at_start:
        async with database.connection() as conn:
            await conn.execute(sql)


def _failed(status: RecoveryStatus, code: RecoveryCode, error: Exception, log: Log) -> None:
    status.failures += 1
    status.error, status.message = code, str(error)
    log.error("recovery_failed", code=code.name, error=str(error))
