"""The Redis plugin: typed and free-form commands, errors (contract, section 3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from stack.grafana.standin.errors import PluginError
from stack.grafana.standin.frames import Answer
from stack.grafana.standin.plugins.redis import Redis
from stack.grafana.standin.plugins.redis_client import RedisDownError, RedisReplyError
from tests.stack.grafana.support import ask, settings, source


@dataclass
class FakeClient:
    """Replies by command; what is not there is nil."""

    replies: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    closed: bool = False

    async def command(self, *words: str) -> Any:
        """The reply, raised if it is an exception."""
        self.asked.append(words)
        reply = self.replies.get(words[0].lower())
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


def plugin(*clients: FakeClient) -> Redis:
    """A plugin that gets these clients, one each time it builds its pool."""
    given = list(clients)
    return Redis(source("redis-datasource", "redis://redis:6379"), settings(), lambda *_: given.pop(0))


def run(replies: dict[str, Any], **model: Any) -> Answer:
    """Run one query."""
    return asyncio.run(plugin(FakeClient(replies)).query([ask(**model)]))["A"]


def test_hget_reads_numbers_and_words() -> None:
    """A number is a number; everything else is text; the frame is named after the key."""
    (number,) = run({"hget": b"3"}, command="hget", keyName="tss:state", field="open_trades").frames
    assert (number.name, number.fields[0].name, number.fields[0].kind, list(number.fields[0].values)) == (
        "tss:state",
        "Value",
        "number",
        [3.0],
    )
    (word,) = run({"hget": b"trading-1"}, command="hget", keyName="k", field="leader").frames
    assert (word.fields[0].kind, list(word.fields[0].values)) == ("string", ["trading-1"])


def test_a_missing_field_is_an_empty_text() -> None:
    """Not an error: a probe must not count it as a value."""
    (frame,) = run({}, command="hget", keyName="k", field="absent").frames
    assert list(frame.fields[0].values) == [""]


def test_hgetall_is_two_columns_of_text() -> None:
    """Numbers too stay text, as in the plugin."""
    (frame,) = run({"hgetall": [b"a", b"1", b"b", b"x"]}, command="hgetall", keyName="k").frames
    assert [(column.name, list(column.values)) for column in frame.fields] == [
        ("Field", ["a", "b"]),
        ("Value", ["1", "x"]),
    ]


@pytest.mark.parametrize("command", ["type", "get", "ttl", "hlen", "xlen", "llen", "scard"])
def test_commands_with_one_key(command: str) -> None:
    """One value each."""
    assert list(run({command: 7}, command=command, keyName="k").frames[0].fields[0].values) == [7.0]


def test_info_is_one_row_with_a_field_a_line() -> None:
    """Numbers and texts, comments left out."""
    reply = b"# Memory\r\nused_memory:1024\r\nmaxmemory_policy:noeviction\r\n"
    (frame,) = run({"info": reply}, command="info", section="memory").frames
    assert [(column.name, list(column.values)) for column in frame.fields] == [
        ("used_memory", [1024.0]),
        ("maxmemory_policy", ["noeviction"]),
    ]


def test_a_free_query_wins_over_the_command() -> None:
    """And quotes hold words together."""
    client = FakeClient({"llen": 4})
    (frame,) = asyncio.run(plugin(client).query([ask(query='LLEN "my key"', command="hget")]))["A"].frames
    assert client.asked[-1] == ("LLEN", "my key")
    assert (frame.fields[0].name, list(frame.fields[0].values)) == ("Value", [4])


@pytest.mark.parametrize(
    ("reply", "values"),
    [(b"1.5", [1.5]), (b"a\r\nb", ["a", "b"]), ([b"a", 2, [b"x", []]], ["a", "2", "x", "(empty array)"])],
)
def test_replies_of_free_queries(reply: Any, values: list[Any]) -> None:
    """One value, lines, or a flattened list."""
    assert list(run({"cmd": reply}, query="CMD x").frames[0].fields[0].values) == values


@pytest.mark.parametrize(("query", "told"), [("GET absent", "wrong command"), ('GET "half', "query is not valid")])
def test_nil_and_nonsense_in_free_queries_are_errors(query: str, told: str) -> None:
    """In the plugin's words."""
    assert run({}, query=query).error == told


def test_an_unknown_command_is_neither_frame_nor_error() -> None:
    """As in release 2.2.0: a probe must count values, not errors."""
    answer = run({}, command="nonsense")
    assert (answer.error, list(answer.frames)) == (None, [])


@pytest.mark.parametrize("command", ["clientList", "tmscan", "ts.range", "xrange"])
def test_commands_that_are_not_built_are_refused_loudly(command: str) -> None:
    """They exist in the plugin, so silence would be a lie."""
    assert "stand-in does not implement" in (run({}, command=command, keyName="k").error or "")


def test_an_error_reply_is_an_error_of_the_query() -> None:
    """The other queries go on."""
    client = FakeClient({"hget": RedisReplyError("WRONGTYPE Operation"), "hlen": 2})
    queries = [ask(command="hget", keyName="k", field="f"), ask(command="hlen", keyName="k", refId="B")]
    answers = asyncio.run(plugin(client).query(queries))
    assert answers["A"].error == "WRONGTYPE Operation"
    assert answers["B"].error is None


def test_down_at_first_fails_the_plugin_and_the_next_request_tries_again() -> None:
    """A failed first connection is not remembered."""
    down, up = FakeClient({"ping": RedisDownError("connection refused")}), FakeClient({"hget": b"1"})
    tried = plugin(down, up)

    async def scenario() -> Answer:
        with pytest.raises(PluginError, match="refused"):
            await tried.query([ask(command="hget")])
        return (await tried.query([ask(command="hget")]))["A"]

    assert asyncio.run(scenario()).error is None
    assert down.closed


def test_down_later_is_an_error_of_the_query() -> None:
    """Not of the plugin; and health says so too."""
    client = FakeClient({"hget": RedisDownError("i/o timeout after 5s")})
    tried = plugin(client)
    answer = asyncio.run(tried.query([ask(command="hget")]))["A"]
    assert (answer.error, answer.status) == ("i/o timeout after 5s", 504)
    client.replies["ping"] = RedisDownError("connection refused")
    health = asyncio.run(tried.health())
    assert (health.ok, health.message) == (False, "PING command failed: connection refused")


def test_health() -> None:
    """The message of release 2.2.0."""
    assert asyncio.run(plugin(FakeClient()).health()).message == "Data Source is working as expected."
