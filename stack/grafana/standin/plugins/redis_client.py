"""The edge to Redis: a bounded pool; one deadline covers connecting, waiting for a place, and the reply."""

import asyncio
from typing import Any

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from ..sources import DataSource


class RedisDownError(Exception):
    """Redis cannot be reached, or did not answer in time."""


class RedisReplyError(Exception):
    """Redis answered with an error; the text is its own."""


class PooledClient:
    """Commands over a pool; nothing is tried twice, as the plugin's library does it."""

    def __init__(self, pool: BlockingConnectionPool, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s

    async def command(self, *words: str) -> Any:
        """Run one command and give the raw reply."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._raw(words)
        except TimeoutError as error:
            raise RedisDownError(f"i/o timeout after {self._timeout_s:g}s") from error
        except ResponseError as error:
            raise RedisReplyError(str(error)) from error
        except (RedisError, OSError) as error:
            raise RedisDownError(str(error)) from error

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self._pool.disconnect()

    async def _raw(self, words: tuple[str, ...]) -> Any:
        taken = self._pool.get_connection()  # type: ignore[no-untyped-call] # a decorator hides its types
        connection: AbstractConnection = await taken
        try:
            await connection.send_command(*words)
            return await connection.read_response()
        except ResponseError:
            raise
        except BaseException:  # lost, late, or the caller went away: a reply may still be on its way
            await connection.disconnect(nowait=True)
            raise
        finally:
            await self._pool.release(connection)


def connect(source: DataSource, timeout_s: float, size: int) -> PooledClient:
    """A client for a data source; opens nothing yet.

    Args:
        source: its url is `redis://host:port`; the password is among its secrets.
        timeout_s: for connecting, reading and writing.
        size: most connections at a time.
    """
    pool = BlockingConnectionPool.from_url(
        source.url if "://" in source.url else f"redis://{source.url}",
        username=source.json_data.get("user") or None,
        password=source.secure.get("password") or None,
        max_connections=size,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        client_name="grafana",
    )
    return PooledClient(pool, timeout_s)
