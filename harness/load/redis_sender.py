"""Redis traffic: each arrival is one pipeline on one of a fixed number of connections, as redis-benchmark's are."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import gevent
from gevent.queue import LifoQueue
from redis.backoff import NoBackoff
from redis.connection import Connection
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from harness.load.attempt import Attempt
from harness.load.outcome import Outcome, of_replies
from harness.load.redis_mix import Command
from harness.load.sender import Arrival, Ready
from harness.load.spec import RedisWork

_CLEAN_WITHIN_S = 5.0
_Connection: Any = Connection  # the library ships it without types


class _TooLongError(Exception):
    """Cleaning up is given up."""


class RedisSender:
    """Pipelines to one Redis. An arrival that finds all connections busy waits; its latency counts from its due time.

    Args:
        work: where Redis is, and what it is asked.
        seed: draws the commands.
    """

    def __init__(self, work: RedisWork, seed: int) -> None:
        self._work, self._seed = work, seed
        self._free: LifoQueue[Any] = LifoQueue()
        for _ in range(work.clients):
            self._free.put(_connection(work.url))

    def ready(self, arrival: Arrival, request_id: str) -> Ready:
        """The pipeline of an arrival."""
        del request_id
        return Ready("redis", partial(self._send, self._work.mix.of(self._seed, arrival.index)))

    def close(self) -> None:
        """Delete the keys of the mix, where Redis still answers, and close the connections."""
        with gevent.Timeout(_CLEAN_WITHIN_S, _TooLongError), contextlib.suppress(RedisError, OSError, _TooLongError):
            connection = _connection(self._work.url)
            keys = list(self._work.mix.every_key())
            for first in range(0, len(keys), 1000):
                connection.send_command("DEL", *keys[first : first + 1000])
                connection.read_response()
            connection.disconnect()
        while not self._free.empty():
            self._free.get().disconnect()

    def _send(self, commands: list[Command], timeout_s: float) -> Outcome:
        connection: Any = None
        clean = False
        try:
            with Attempt(timeout_s, RedisError) as made:
                connection = self._free.get()
                connection.connect()
                packed = connection.pack_commands(commands)
                made.left = True
                connection.send_packed_command(packed, check_health=False)
                errors = [error for _ in commands if (error := _reply(connection))]
                clean = True
                return of_replies(errors[0] if errors else "")
            return made.outcome
        finally:
            if connection is not None:
                if not clean:
                    connection.disconnect()
                self._free.put(connection)


def _reply(connection: Any) -> str:
    """One answer's error, empty without one."""
    try:
        connection.read_response()
    except ResponseError as refused:
        return f"{type(refused).__name__}: {refused}"
    return ""


def _connection(url: str) -> Any:
    # No retries: what was sent twice would have been counted once.
    parts = urlsplit(url)
    return _Connection(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 6379,
        db=int(parts.path.strip("/") or 0),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,
        protocol=2,  # the plain answers of these commands; the newer protocol begins with a greeting of its own
    )
