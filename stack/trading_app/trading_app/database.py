"""Connections to PostgreSQL: few, made when needed, and never waited for longer than the time limit.

A driver cannot cancel a statement on a server that does not answer (the cancel request would hang as well),
so a limit that runs out hangs up the socket instead; the statement then fails at once and its outcome is
unknown.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from trading_app.errors import UnavailableError, UncertainError

Connection = psycopg.AsyncConnection[TupleRow]


class Database:
    """A bounded set of connections. `errors` counts those that could not be made or were lost in use since the start.

    Args:
        target: connection parameters (host, port, dbname, user, password).
        purpose: shown to the server as part of the application name.
        size: most connections at a time.
        timeout_s: limit for getting a connection, and again for what is done with it.
        idle_limit_s: how long the server lets a transaction sit idle before it ends it. A paused client must
            not keep its locks: the next leader would wait for them.
    """

    def __init__(
        self, *, target: dict[str, Any], purpose: str, size: int, timeout_s: float, idle_limit_s: float
    ) -> None:
        limit_ms, idle_ms = max(1, int(timeout_s * 1000)), max(1, int(idle_limit_s * 1000))
        # An acknowledgement stands for a commit on disk: say so here, whatever the server's default is.
        options = (
            f"-c statement_timeout={limit_ms} -c lock_timeout={limit_ms} -c synchronous_commit=on "
            f"-c idle_in_transaction_session_timeout={idle_ms}"
        )
        name = f"{target['application_name']}:{purpose}"
        self._target = {**target, "application_name": name, "options": options}
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self.errors = 0

    @asynccontextmanager
    async def connection(self, timeout_s: float | None = None) -> AsyncIterator[Connection]:
        """Borrow a connection in autocommit mode; `timeout_s` overrides the limit for what is done with it.

        Raises:
            UnavailableError: PostgreSQL could not be reached; nothing was asked of it.
            UncertainError: it hung up or did not answer in time; what it was asked may have happened.
        """
        conn = await self._borrow()
        loop = asyncio.get_running_loop()
        watchdog = loop.call_later(timeout_s or self._timeout_s, _hang_up, conn)
        try:
            yield conn
        except psycopg.Error as error:
            # A session that the server ended is none whatever the error's class: an idle transaction that was ended
            # is told as an internal error.
            if not (conn.closed or isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)):
                raise
            if conn.closed:
                self.errors += 1
                await self._discard_idle()
            raise UncertainError(f"PostgreSQL did not complete the statement: {_told(error)}") from error
        finally:
            watchdog.cancel()
            await self._give_back(conn)

    def hang_up(self) -> None:
        """End everything in flight, for a quick stop."""
        for conn in self._busy:
            _hang_up(conn)

    async def close(self) -> None:
        """Close idle connections."""
        await self._discard_idle()

    async def _borrow(self) -> Connection:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._slots.acquire()
        except TimeoutError:
            raise UnavailableError(f"no PostgreSQL connection became free within {self._timeout_s:g} s") from None
        try:
            conn = self._idle.pop() if self._idle else await self._connect()
        except BaseException:
            self._slots.release()
            raise
        self._busy.add(conn)
        return conn

    async def _connect(self) -> Connection:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await psycopg.AsyncConnection.connect(**self._target, autocommit=True)
        except TimeoutError:
            self.errors += 1
            raise UnavailableError(f"PostgreSQL did not accept a connection within {self._timeout_s:g} s") from None
        except (psycopg.Error, OSError) as error:
            self.errors += 1
            raise UnavailableError(f"PostgreSQL cannot be reached: {_told(error)}") from error

    async def _give_back(self, conn: Connection) -> None:
        self._busy.discard(conn)
        if conn.closed or conn.info.transaction_status != TransactionStatus.IDLE:
            with suppress(psycopg.Error, OSError):
                await conn.close()
        else:
            self._idle.append(conn)
        self._slots.release()

    async def _discard_idle(self) -> None:
        """After one failure the other idle connections are suspect too: each would fail once more."""
        while self._idle:
            with suppress(psycopg.Error, OSError):
                await self._idle.pop().close()


def _hang_up(conn: Connection) -> None:
    """Shut the socket down without the driver's help; its pending read ends at once."""
    if conn.closed:
        return
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(conn.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
