"""Redis: typed and free-form commands, as redis-datasource 2.2.0."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from ..errors import PluginError, QueryError
from ..frames import Answer, Field, Frame
from ..settings import Settings
from ..sources import DataSource
from .base import Health, Query, one_by_one
from .redis_client import RedisDownError, RedisReplyError, connect

_KEY_COMMANDS = ("type", "get", "ttl", "hlen", "xlen", "llen", "scard")
_NOT_HERE = (
    "clientList", "slowlogGet", "zrange", "xrange", "xrevrange", "xinfoStream", "tmscan", "clusterInfo",
    "clusterNodes", "smembers", "hkeys", "hmget",
)  # fmt: skip


class Client(Protocol):
    """What the plugin needs of a Redis client; replies are raw bytes, integers, lists or nothing."""

    async def command(self, *words: str) -> Any:
        """Run one command. Raises RedisDownError or RedisReplyError."""

    async def close(self) -> None:
        """Close kept connections."""


class Redis:
    """One Redis data source; the pool is built, and its first connection made, on first use."""

    def __init__(
        self,
        source: DataSource,
        settings: Settings,
        make: Callable[[DataSource, float, int], Client] = connect,
    ) -> None:
        del settings  # this plugin has timeouts of its own
        if (client := str(source.json_data.get("client") or "standalone")) != "standalone":
            raise PluginError(f"this stand-in speaks only to a standalone Redis, not {client}")
        self._timeout_s = source.number("timeout", 10)
        self._size = int(source.number("poolSize", 5))
        self._make: Callable[[], Client] = lambda: make(source, self._timeout_s, self._size)
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answers by refId. Raises PluginError if the first connection cannot be made."""
        client = await self._connected()
        return await one_by_one(lambda query: _run(client, query), queries)

    async def health(self) -> Health:
        """PING."""
        try:
            await (await self._connected()).command("PING")
        except PluginError as error:
            return Health(ok=False, message=f"getInstance error: {error}")
        except (RedisDownError, RedisReplyError) as error:
            return Health(ok=False, message=f"PING command failed: {error}")
        return Health(ok=True, message="Data Source is working as expected.")

    async def close(self) -> None:
        """Close kept connections."""
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> Client:
        async with self._lock:
            if self._client is None:
                client = self._make()
                try:
                    await client.command("PING")
                except (RedisDownError, RedisReplyError) as error:
                    await client.close()
                    raise PluginError(str(error)) from error
                self._client = client
            return self._client


async def _run(client: Client, query: Query) -> Answer:
    try:
        return Answer(frames=await _frames(client, query))
    except RedisDownError as error:
        raise QueryError(str(error), status=504 if "timeout" in str(error) else 502) from error
    except RedisReplyError as error:
        raise QueryError(str(error)) from error


async def _frames(client: Client, query: Query) -> list[Frame]:
    if query.text("query"):
        return await _free_form(client, query)
    command, key = query.text("command"), query.text("keyName")
    if command in _KEY_COMMANDS:
        return [_single(key, _as_text(await client.command(command, key)))]
    if command in _NOT_HERE or command.startswith(("ts.", "graph.", "ft.", "json.", "rg.")):
        raise QueryError(f"this stand-in does not implement the Redis command {command}", status=400)
    typed = _TYPED.get(command)
    return await typed(client, query) if typed else []  # the plugin: no frames and no error


async def _hget(client: Client, query: Query) -> list[Frame]:
    key = query.text("keyName")
    return [_single(key, _as_text(await client.command("hget", key, query.text("field"))))]


async def _hgetall(client: Client, query: Query) -> list[Frame]:
    reply = await client.command("hgetall", query.text("keyName"))
    words = [_as_text(word) for word in reply]
    fields = (
        Field(name="Field", kind="string", values=words[0::2]),
        Field(name="Value", kind="string", values=words[1::2]),
    )
    return [Frame(name=query.text("keyName"), fields=fields)]


async def _info(client: Client, query: Query) -> list[Frame]:
    if query.text("section") == "commandstats":
        raise QueryError("this stand-in does not implement INFO commandstats", status=400)
    section = query.text("section")
    reply = _as_text(await client.command("info", *([section] if section else [])))
    pairs = [line.split(":") for line in reply.splitlines() if ":" in line]
    return [Frame(name="info", fields=[_value(pair[0], pair[1]) for pair in pairs])]


_TYPED: dict[str, Callable[[Client, Query], Awaitable[list[Frame]]]] = {
    "hget": _hget,
    "hgetall": _hgetall,
    "info": _info,
}


async def _free_form(client: Client, query: Query) -> list[Frame]:
    try:
        words = shlex.split(query.text("query"))
    except ValueError as error:
        raise QueryError("query is not valid") from error
    reply = await client.command(*words)
    key = query.text("keyName")
    if reply is None:
        raise QueryError("wrong command")
    if isinstance(reply, int):
        return [Frame(name=key, fields=[Field(name="Value", kind="number", values=[reply], go_type="int64")])]
    if isinstance(reply, list):
        return [_column(key, _flat(reply))]
    lines = _as_text(reply).replace("\r\n", "\n").split("\n")
    return [_single(key, lines[0])] if len(lines) == 1 else [_column(key, lines)]


def _flat(reply: Sequence[Any]) -> list[str]:
    words: list[str] = []
    for item in reply:
        if item is None:
            raise QueryError("unsupported array return type")
        words += (_flat(item) or ["(empty array)"]) if isinstance(item, list) else [_as_text(item)]
    return words


def _column(key: str, values: list[str]) -> Frame:
    return Frame(name=key, fields=[Field(name="Value", kind="string", values=values)])


def _single(key: str, text: str) -> Frame:
    return Frame(name=key, fields=[_value("Value", text)])


def _value(name: str, text: str) -> Field:
    try:
        return Field(name=name, kind="number", values=[float(text)])
    except ValueError:
        return Field(name=name, kind="string", values=[text])


def _as_text(reply: Any) -> str:
    if reply is None:
        return ""  # a nil reply read into a Go string
    return reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
