"""One way to ask Redis: bounded in time, never retried behind our back, failures counted."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from trading_app.errors import RefusedError, UnavailableError


class RedisClient:
    """A client that answers or raises UnavailableError within about `timeout_s` seconds.

    An error that Redis itself answers (no permission, another type of value) is raised as RefusedError.
    `errors` counts the calls without an answer since the start; `last_write_wall_s` is the wall time of the last write
    that Redis confirmed (seconds since 1970), None before the first.
    """

    def __init__(self, *, host: str, port: int, password: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._redis = Redis(
            host=host,
            port=port,
            password=password,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            max_connections=4,
            # A new connection waits for one answer, the login's, before it asks. By default it waits for four, and a
            # Redis whose every answer is in time would seem to be gone.
            protocol=2,
            driver_info=None,
        )
        self.errors = 0
        self.last_write_wall_s: float | None = None

    async def get(self, key: str) -> str | None:
        """The string at `key`."""
        value = await self._bounded(self._redis.get(key))
        return None if value is None else str(value)

    async def set(self, key: str, value: str, *, ttl_s: float) -> None:
        """Write a string that expires after `ttl_s` seconds."""
        await self._bounded(self._redis.set(key, value, px=max(1, int(ttl_s * 1000))))
        self.last_write_wall_s = time.time()

    async def script(self, lua: str, keys: list[str], args: list[str]) -> Any:
        """Run a script atomically. The text is sent each time: a Redis that came back empty has no cache."""
        answer = await self._bounded(self._redis.eval(lua, len(keys), *keys, *args))
        self.last_write_wall_s = time.time()
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _bounded(self, call: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(2 * self._timeout_s):  # connecting and asking have a limit each
                return await call
        except ResponseError as error:
            raise RefusedError(f"Redis refused the call: {error}") from error
        except (RedisError, OSError, TimeoutError) as error:
            self.errors += 1
            raise UnavailableError(f"Redis did not answer: {error or type(error).__name__}") from error
