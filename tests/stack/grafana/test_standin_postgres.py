"""The PostgreSQL plugin: macros, series and tables, errors, and the pool (contract, section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from stack.grafana.standin.errors import QueryError
from stack.grafana.standin.frames import Answer, Field
from stack.grafana.standin.plugins.base import Query
from stack.grafana.standin.plugins.postgres import Postgres
from stack.grafana.standin.plugins.postgres_driver import ConnectionLostError, Pool, Rows, SqlError
from stack.grafana.standin.plugins.postgres_macros import expand
from tests.stack.grafana.support import ask, settings, source

FROM, TO = "2024-03-09T16:00:00Z", "2024-03-09T17:00:00Z"


@dataclass
class Connection:
    """A connection that answers, refuses or breaks as a test says; it counts how many are busy."""

    outcomes: list[Rows | Exception]
    closed: bool = False

    async def run(self, sql: str) -> Rows:
        """The next outcome."""
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Remember it."""
        self.closed = True


@dataclass
class Server:
    """Hands out connections, one after another the ones given."""

    connections: list[Connection]
    opened: list[Connection] = field(default_factory=list)

    async def connect(self) -> Connection:
        """The next connection."""
        made = self.connections.pop(0)
        if isinstance(made.outcomes[0], ConnectionRefusedError):
            raise ConnectionLostError("connection refused")
        self.opened.append(made)
        return made


def number(name: str, *values: Any) -> Field:
    """A column of integers."""
    return Field(name=name, kind="number", values=values, go_type="int64", nullable=True)


def text(name: str, *values: Any) -> Field:
    """A column of texts."""
    return Field(name=name, kind="string", values=values, nullable=True)


def clock(name: str, *seconds: int) -> Field:
    """A column of times."""
    return Field(name=name, kind="time", values=[at * 10**9 for at in seconds], nullable=True)


def run(query: Query, *outcomes: Rows | Exception, row_limit: int = 1_000_000) -> Answer:
    """Run one query on a server that answers these."""
    pool = Pool(Server([Connection(list(outcomes))]).connect, 1)
    plugin = Postgres(source("postgres"), replace(settings(), row_limit=row_limit), pool)
    return asyncio.run(plugin.query([query]))["A"]


def table(*fields: Field) -> Rows:
    """A result set."""
    return Rows(fields=fields)


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("WHERE $__timeFilter(at)", f"WHERE at BETWEEN '{FROM}' AND '{TO}'"),
        ("$__timeFrom(), $__timeTo()", f"'{FROM}', '{TO}'"),
        ("SELECT $__time(at), v", 'SELECT at AS "time", v'),
        ("SELECT $__timeEpoch(at)", 'SELECT extract(epoch from at) as "time"'),
        ("$__timeGroup(at, '5m') AS t", "floor(extract(epoch from at)/300)*300 AS t"),
        ("$__timeGroup(at,'5m'), v", 'floor(extract(epoch from at)/300)*300 AS "time", v'),
        ("$__timeGroupAlias(at, $__interval)", 'floor(extract(epoch from at)/60)*60 AS "time"'),
        ("$__unixEpochFilter(n)", "n >= 1710000000 AND n <= 1710003600"),
        ("$__unixEpochFrom() $__unixEpochTo()", "1710000000 1710003600"),
        ("$__unixEpochNanoFrom() $__unixEpochNanoTo()", "1710000000000000000 1710003600000000000"),
        ("$__unixEpochNanoFilter(n)", "n >= 1710000000000000000 AND n <= 1710003600000000000"),
        ("$__unixEpochGroup(n,'1h') t", "floor((n)/3600)*3600 t"),
        ("$__unixEpochGroupAlias(n,'1h')", 'floor((n)/3600)*3600 AS "time"'),
        ("$__interval_ms $__interval", "60000 1m"),
    ],
)
def test_macros(sql: str, expanded: str) -> None:
    """Filled in as the server does it, not the browser."""
    assert expand(ask(rawSql=sql, interval_ms=60_000)) == expanded


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("$__timeFilterr(at)", 'unknown macro "__timeFilterr"'),
        ("$__timeGroup(at)", "needs time column and interval"),
        ("$__timeGroup(at,'soon')", "error parsing interval"),
        ("$__timeFilter()", "missing time column"),
        ("$__timeGroup(at,'5m',NULL)", "does not implement the fill"),
    ],
)
def test_bad_macros_are_errors(sql: str, told: str) -> None:
    """With the macro's name in the message."""
    with pytest.raises(QueryError, match=told):
        expand(ask(rawSql=sql))


def test_a_macro_ends_at_the_first_parenthesis() -> None:
    """An argument may not hold a call, as in Grafana: the rest stays where it is."""
    assert expand(ask(rawSql="$__time(lower(at))")) == 'lower(at AS "time")'


def test_a_table_keeps_its_columns() -> None:
    """Names, types and nulls as selected, with the SQL that ran."""
    answer = run(ask(rawSql="SELECT 1", format="table"), table(text("asset", "a", None), number("n", 1, 2)))
    (frame,) = answer.frames
    assert [(column.name, column.kind, list(column.values)) for column in frame.fields] == [
        ("asset", "string", ["a", None]),
        ("n", "number", [1, 2]),
    ]
    assert frame.meta["executedQueryString"] == "SELECT 1"


def test_time_series_is_the_default_and_renames_time() -> None:
    """Numbers become nullable floats."""
    (frame,) = run(ask(rawSql="q"), table(clock("time", 10, 20), number("v", 1, None))).frames
    assert [(column.name, list(column.values), column.go_type) for column in frame.fields] == [
        ("Time", [10 * 10**9, 20 * 10**9], ""),
        ("v", [1.0, None], "float64"),
    ]


def test_epoch_numbers_serve_as_time() -> None:
    """In seconds, as $__timeGroup gives them."""
    (frame,) = run(ask(rawSql="q"), table(number("time", 1_710_000_000.0), number("v", 1))).frames
    assert list(frame.fields[0].values) == [1_710_000_000 * 10**9]


def test_text_columns_become_labels() -> None:
    """One column a label set."""
    rows = table(clock("time", 10, 10), text("asset", "a", "b"), text("side", "BUY", "BUY"), number("v", 1, 2))
    (frame,) = run(ask(rawSql="q"), rows).frames
    assert [dict(column.labels) for column in frame.fields[1:]] == [
        {"asset": "a", "side": "BUY"},
        {"asset": "b", "side": "BUY"},
    ]


def test_a_single_metric_column_names_the_series() -> None:
    """Time, metric and one value: no label is left."""
    rows = table(clock("time", 10, 10), text("metric", "filled", "rejected"), number("orders", 3, 1))
    (frame,) = run(ask(rawSql="q"), rows).frames
    assert [(column.name, dict(column.labels)) for column in frame.fields[1:]] == [("filled", {}), ("rejected", {})]


def test_a_metric_column_beside_two_values_stays_a_label() -> None:
    """The series could not be told apart by the metric alone."""
    rows = table(clock("time", 10), text("metric", "filled"), number("orders", 3), number("volume", 7))
    (frame,) = run(ask(rawSql="q"), rows).frames
    assert [(column.name, dict(column.labels)) for column in frame.fields[1:]] == [
        ("orders", {"metric": "filled"}),
        ("volume", {"metric": "filled"}),
    ]


def test_series_without_a_time_column_are_an_error() -> None:
    """The message begins as Grafana's."""
    answer = run(ask(rawSql="q"), table(clock("at", 10), number("v", 1)))
    assert (answer.error or "").startswith("db has no time column")


def test_unsorted_series_are_an_error() -> None:
    """Long rows must come in order of time."""
    answer = run(ask(rawSql="q"), table(clock("time", 20, 10), text("m", "a", "a"), number("v", 1, 2)))
    assert "sorted ascending by time" in (answer.error or "")


@pytest.mark.parametrize("wanted", ["table", "time_series"])
def test_no_rows_is_one_frame_without_fields(wanted: str) -> None:
    """In both formats."""
    (frame,) = run(ask(rawSql="q", format=wanted), table(clock("time"), number("v"))).frames
    assert list(frame.fields) == []


def test_an_unknown_format_is_an_error() -> None:
    """It is not taken for a table."""
    assert "format" in (run(ask(rawSql="q", format="graph"), table()).error or "")


def test_empty_sql_gives_no_entry() -> None:
    """Not even an empty one."""
    plugin = Postgres(source("postgres"), settings(), Pool(Server([]).connect, 1))
    assert asyncio.run(plugin.query([ask(rawSql="")])) == {}


def test_an_sql_error_has_the_servers_words_and_a_frame_without_fields() -> None:
    """The SQL that failed can be read in it."""
    answer = run(ask(rawSql="SELECT nope"), SqlError('column "nope" does not exist'))
    assert answer.error == 'db query error: pq: column "nope" does not exist'
    assert answer.frames[0].meta["executedQueryString"] == "SELECT nope"
    assert answer.frames[0].fields == ()


def test_an_unreachable_server_is_an_error_per_query() -> None:
    """Never a failure of the whole plugin."""
    answer = run(ask(rawSql="q"), ConnectionRefusedError())
    assert answer.error == "failed to connect to server - please inspect Grafana server log for details"


def test_rows_beyond_the_limit_are_announced() -> None:
    """A cut result says so in its notices."""
    rows = Rows(fields=[number("v", 1)], cut=True)
    (frame,) = run(ask(rawSql="q", format="table"), rows, row_limit=1).frames
    assert frame.meta["notices"][0]["severity"] == "warning"


def test_a_connection_that_died_while_idle_is_replaced() -> None:
    """The first query after a restart of the server works."""
    ok = table(number("v", 1))
    server = Server([Connection([ok, ConnectionLostError("gone")]), Connection([ok])])

    async def scenario() -> list[Rows]:
        pool = Pool(server.connect, 5)
        return [await pool.run("q"), await pool.run("q")]

    assert asyncio.run(scenario()) == [ok, ok]
    assert [made.closed for made in server.opened] == [True, False]


def test_a_refused_statement_keeps_its_connection() -> None:
    """An SQL error is no reason to connect anew."""
    ok = table(number("v", 1))
    server = Server([Connection([SqlError("no"), ok])])

    async def scenario() -> Rows:
        pool = Pool(server.connect, 5)
        with pytest.raises(SqlError):
            await pool.run("bad")
        return await pool.run("good")

    assert asyncio.run(scenario()) == ok


def test_the_pool_is_bounded_and_a_cancelled_query_gives_its_place_back() -> None:
    """With every place taken the next caller waits; when one goes away, it gets on."""
    entered: list[int] = []
    hold = asyncio.Event()

    class Slow(Connection):
        async def run(self, sql: str) -> Rows:
            entered.append(1)
            await hold.wait()
            return self.outcomes[0]  # type: ignore[return-value] # only rows are put there

    def slow(count: int) -> Sequence[Connection]:
        return [Slow([table()]) for _ in range(count)]

    async def scenario() -> tuple[int, int]:
        server = Server(list(slow(3)))
        pool = Pool(server.connect, 2)
        tasks = [asyncio.create_task(pool.run("q")) for _ in range(3)]
        for _ in range(10):
            await asyncio.sleep(0)
        first = len(entered)
        tasks[0].cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        second = len(entered)
        hold.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert server.opened[0].closed
        return first, second

    assert asyncio.run(scenario()) == (2, 3)
