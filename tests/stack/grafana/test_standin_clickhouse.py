"""The ClickHouse plugin: macros, formats, types and errors (contract, section 3)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from stack.grafana.standin.errors import PluginError, QueryError
from stack.grafana.standin.frames import Answer
from stack.grafana.standin.plugins.base import Query
from stack.grafana.standin.plugins.clickhouse import ClickHouse
from stack.grafana.standin.plugins.clickhouse_macros import expand
from stack.grafana.standin.plugins.clickhouse_types import column_field
from tests.stack.grafana.support import ask, settings, source

DEFAULTS: dict[str, Any] = {
    "host": "clickhouse",
    "port": 8123,
    "protocol": "http",
    "dialTimeout": "1",
    "queryTimeout": "1",
}
ROWS = {
    "meta": [{"name": "at", "type": "DateTime"}, {"name": "asset", "type": "String"}, {"name": "v", "type": "Float64"}],
    "data": [["2024-03-09 16:00:00", "b", 1.5], ["2024-03-09 16:00:00", "a", 2.5]],
}
EMPTY = {"meta": ROWS["meta"], "data": []}


def make(handle: Callable[[httpx.Request], Any], **json_data: Any) -> ClickHouse:
    """A plugin on a transport that a test controls."""
    made = source("grafana-clickhouse-datasource", "", {"password": "hush"}, **(DEFAULTS | json_data))
    return ClickHouse(made, settings(), httpx.MockTransport(handle))


def run(query: Query, body: Any = ROWS, status: int = 200) -> Answer:
    """Run one query on a server that answers this."""

    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)

    return asyncio.run(make(handle).query([query]))["A"]


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("$__fromTime, $__toTime", "toDateTime(1710000000), toDateTime(1710003600)"),
        ("$__fromTime_ms", "fromUnixTimestamp64Milli(1710000000000)"),
        ("$__timeFilter(at)", "at >= toDateTime(1710000000) AND at <= toDateTime(1710003600)"),
        (
            "$__timeFilter_ms(at)",
            "at >= fromUnixTimestamp64Milli(1710000000000) AND at <= fromUnixTimestamp64Milli(1710003600000)",
        ),
        ("$__dateFilter(d)", "d >= toDate('2024-03-09') AND d <= toDate('2024-03-09')"),
        ("$__timeInterval(lower(at))", "toStartOfInterval(toDateTime(lower(at)), INTERVAL 15 second)"),
        ("$__timeInterval_ms(at)", "toStartOfInterval(toDateTime64(at, 3), INTERVAL 15000 millisecond)"),
        ("n * $__interval_s", "n * 15"),
    ],
)
def test_macros(sql: str, expanded: str) -> None:
    """As version 4.0.3 of the plugin; nested parentheses are fine."""
    assert expand(ask(rawSql=sql)) == expanded


def test_an_interval_below_a_second_is_a_second() -> None:
    """Zero would divide by nothing."""
    assert expand(ask(rawSql="$__interval_s", interval_ms=10)) == "1"


@pytest.mark.parametrize("sql", ["$__interval", "$__conditionalAll(a, $b)", "$__timeFilter(at", "$__timeGroup(at)"])
def test_what_the_plugin_would_not_expand_is_an_error(sql: str) -> None:
    """Loud here, instead of SQL that fails for no visible reason."""
    with pytest.raises(QueryError):
        expand(ask(rawSql=sql))


def test_a_table_keeps_rows_and_columns() -> None:
    """Format 1; the frame is named after the query."""
    (frame,) = run(ask(rawSql="q", format=1)).frames
    assert frame.name == "A"
    assert frame.meta["preferredVisualisationType"] == "table"
    assert [(column.name, list(column.values)) for column in frame.fields] == [
        ("at", [1_710_000_000 * 10**9] * 2),
        ("asset", ["b", "a"]),
        ("v", [1.5, 2.5]),
    ]


@pytest.mark.parametrize("chosen", [{}, {"format": 0}])
def test_time_series_pivot_text_into_labels(chosen: dict[str, int]) -> None:
    """Format 0, also when it is absent."""
    (frame,) = run(ask(rawSql="q", **chosen)).frames
    assert [(dict(column.labels), list(column.values)) for column in frame.fields[1:]] == [
        ({"asset": "a"}, [2.5]),
        ({"asset": "b"}, [1.5]),
    ]
    assert frame.meta["preferredVisualisationType"] == "graph"


def test_no_rows() -> None:
    """A series has no fields then; a table keeps its columns."""
    assert list(run(ask(rawSql="q", format=0), EMPTY).frames[0].fields) == []
    assert [column.name for column in run(ask(rawSql="q", format=1), EMPTY).frames[0].fields] == ["at", "asset", "v"]


@pytest.mark.parametrize(("wanted", "told"), [("table", "must be a number"), (2, "does not implement")])
def test_other_formats_are_errors(wanted: object, told: str) -> None:
    """Text is an error in the plugin; logs and traces are not built here."""
    assert told in (run(ask(rawSql="q", format=wanted)).error or "")


@pytest.mark.parametrize(
    ("declared", "given", "kind", "go_type", "value"),
    [
        ("UInt64", 5, "number", "uint64", 5),
        ("Nullable(Int32)", None, "number", "int32", None),
        ("Float64", "nan", "number", "float64", math.nan),
        ("Float64", "-inf", "number", "float64", -math.inf),
        ("Decimal(10, 2)", "1.25", "number", "float64", 1.25),
        ("LowCardinality(Nullable(String))", "x", "string", "string", "x"),
        ("Enum8('a' = 1)", "a", "string", "string", "a"),
        ("Date", "2024-03-09", "time", "time.Time", 1_709_942_400 * 10**9),
        ("DateTime64(3)", "2024-03-09 16:00:00.250", "time", "time.Time", 1_710_000_000_250 * 10**6),
        ("DateTime('UTC')", "2024-03-09 16:00:00", "time", "time.Time", 1_710_000_000 * 10**9),
        ("Bool", True, "boolean", "bool", True),
        ("Array(UInt8)", [1, 2], "string", "string", "[1, 2]"),
    ],
)
def test_types(declared: str, given: Any, kind: str, go_type: str, value: Any) -> None:
    """Each as the plugin's own converter gives it."""
    made = column_field("c", declared, [given])
    assert (made.kind, made.go_type) == (kind, go_type)
    assert made.values[0] == value or (math.isnan(value) and math.isnan(made.values[0]))
    assert made.nullable == ("Nullable" in declared)


def test_the_request_carries_user_database_and_format() -> None:
    """The password goes in a header, never in the address; a closing semicolon goes."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=ROWS)

    plugin = make(handle, username="viewer", defaultDatabase="trade_system")
    asyncio.run(plugin.query([ask(rawSql="SELECT 1;\n", format=1)]))
    sent = asked[-1]
    assert sent.content == b"SELECT 1"
    assert (sent.headers["x-clickhouse-user"], sent.headers["x-clickhouse-key"]) == ("viewer", "hush")
    assert sent.url.params["database"] == "trade_system"
    assert sent.url.params["default_format"] == "JSONCompact"
    assert "hush" not in str(sent.url)


def test_an_sql_error_has_the_servers_words() -> None:
    """As an error of that query."""
    answer = run(ask(rawSql="q", format=1), "Code: 60, Table default.x doesn't exist", 404)
    assert "Table default.x doesn't exist" in (answer.error or "")


def test_an_answer_cut_in_half_is_an_error() -> None:
    """Not an empty table."""
    assert "not a result set" in (run(ask(rawSql="q", format=1), '{"meta":').error or "")


def refuse(_: httpx.Request) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("connection refused")


async def hang(_: httpx.Request) -> httpx.Response:
    """A frozen server."""
    await asyncio.Event().wait()
    raise AssertionError


def test_a_refused_first_connection_is_an_error_per_query() -> None:
    """The plugin keeps its client and reports it for the query."""
    answer = asyncio.run(make(refuse).query([ask(rawSql="q", format=1)]))["A"]
    assert (answer.status, answer.source) == (502, "downstream")


async def broken_off(_request: httpx.Request) -> httpx.Response:
    """A server that went away in the middle of an answer; the library has no words for it."""
    raise httpx.ReadError("")


def test_an_error_without_words_is_named() -> None:
    """A panel that shows an error has to say one."""
    answer = asyncio.run(make(broken_off).query([ask(rawSql="q", format=1)]))["A"]
    assert answer.error == "clickhouse: ReadError"


def test_a_hanging_first_connection_fails_the_plugin() -> None:
    """Within its dial timeout."""
    with pytest.raises(PluginError, match="timed out"):
        asyncio.run(make(hang, dialTimeout="0.05").query([ask(rawSql="q", format=1)]))


def test_hanging_later_is_an_error_within_the_query_timeout() -> None:
    """Once it worked, a frozen server is an error of the query."""
    answers: list[Callable[[httpx.Request], Any]] = [lambda _: httpx.Response(200), hang]

    async def handle(request: httpx.Request) -> httpx.Response:
        outcome = answers.pop(0)(request)
        return outcome if isinstance(outcome, httpx.Response) else await outcome

    answer = asyncio.run(make(handle, queryTimeout="0.05").query([ask(rawSql="q", format=1)]))["A"]
    assert (answer.error, answer.status) == ("context deadline exceeded", 504)


def test_a_failed_ping_crashes_the_health_check() -> None:
    """As in release 4.0.3."""
    assert asyncio.run(make(refuse).health()).crashed
    assert asyncio.run(make(lambda _: httpx.Response(200)).health()).message == "Data source is working"


def test_settings_that_would_stop_the_real_plugin() -> None:
    """A bare number as a timeout, and a protocol that this stand-in does not speak."""
    with pytest.raises(PluginError, match="quoted"):
        make(refuse, dialTimeout=5)
    with pytest.raises(PluginError, match="protocol http"):
        asyncio.run(make(refuse, protocol="native").query([ask(rawSql="q")]))
