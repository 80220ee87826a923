"""Answers as a probe gets them over HTTP, clause by clause: series, tables, nulls, NaN and errors of each plugin.

Which clause of the contract is tested where stands in docs/decisions/grafana-standin-clauses.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.grafana.standin.plugins.postgres_driver import ConnectionLostError, Rows, SqlError
from stack.grafana.standin.plugins.redis_client import RedisDownError
from tests.stack.grafana.real_plugins import CH, FROM_MS, PG, PROM, REDIS, Edges, grafana, matrix, rows
from tests.stack.grafana.support import ADMIN

RANGE = PROM | {"refId": "A", "expr": "up", "range": True, "intervalMs": 15_000, "maxDataPoints": 1_000}
TABLE = PG | {"refId": "A", "rawSql": "SELECT 1", "format": "table"}
SERIES = PG | {"refId": "A", "rawSql": "SELECT 1", "format": "time_series"}
FACTS = CH | {"refId": "A", "rawSql": "SELECT 1", "format": 1}
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask one query of a server whose data sources answer so; the frames of A."""

    def asked(query: dict[str, Any], **edges: Any) -> list[dict[str, Any]]:
        with grafana(tmp_path, Edges(**edges)) as served:
            return served.frames(query)

    return asked


def clickhouse(types: dict[str, str], *data: list[Any]) -> dict[str, Any]:
    """A result set of ClickHouse."""
    return {"meta": [{"name": name, "type": kind} for name, kind in types.items()], "data": list(data)}


def test_values_are_column_major_in_the_order_of_the_fields(ask: Ask) -> None:
    """One array a field, each as long as the others."""
    (frame,) = ask(TABLE, postgres=rows(("a", "number", [1, 2, 3]), ("b", "string", ["x", "y", "z"])))
    assert [field["name"] for field in frame["schema"]["fields"]] == ["a", "b"]
    assert frame["data"]["values"] == [[1, 2, 3], ["x", "y", "z"]]


def test_a_series_of_prometheus_over_http(ask: Ask) -> None:
    """Clock first with its step; the value named after its metric, labels without the name; whole milliseconds."""
    (frame,) = ask(RANGE, prometheus=matrix("1", "0", __name__="up", job="x"))
    clock, value = frame["schema"]["fields"]
    assert (clock["name"], clock["type"], clock["config"]) == ("Time", "time", {"interval": 15_000})
    assert (value["name"], value["type"], value["labels"]) == ("up", "number", {"job": "x"})
    assert frame["data"]["values"] == [[FROM_MS, FROM_MS + 15_000], [1.0, 0.0]]
    assert frame["schema"]["meta"]["custom"] == {"resultType": "matrix"}


def test_nan_and_infinities_of_prometheus_over_http(tmp_path: Path) -> None:
    """The body is JSON that any parser takes: null in the values, told apart by `entities`."""
    with grafana(tmp_path, Edges(prometheus=matrix("NaN", "+Inf", "-Inf", "1.5"))) as served:
        answer = served.query(RANGE)
    assert b"NaN," not in answer.content
    assert b"Infinity" not in answer.content
    data = json.loads(answer.content)["results"]["A"]["frames"][0]["data"]
    assert data["values"][1] == [None, None, None, 1.5]
    assert data["entities"] == [None, {"NaN": [0], "Inf": [1], "NegInf": [2]}]


@pytest.mark.parametrize("query", [TABLE, SERIES])
def test_nulls_and_nan_of_postgres_over_http(ask: Ask, query: dict[str, Any]) -> None:
    """NULL is null and no entity; NaN is null and one."""
    (frame,) = ask(query, postgres=rows(("time", "time", [1, 2, 3]), ("v", "number", [None, float("nan"), 2.5])))
    assert frame["data"]["values"] == [[1000, 2000, 3000], [None, None, 2.5]]
    assert frame["data"]["entities"] == [None, {"NaN": [1]}]
    assert frame["schema"]["fields"][1]["typeInfo"] == {"frame": "float64", "nullable": True}


def test_nulls_and_nan_of_clickhouse_over_http(ask: Ask) -> None:
    """Its JSON quotes what is no finite number."""
    answered = clickhouse({"v": "Nullable(Float64)"}, ["nan"], [None], ["-inf"], [1.5])
    (frame,) = ask(FACTS, clickhouse=answered)
    assert frame["data"]["values"] == [[None, None, None, 1.5]]
    assert frame["data"]["entities"] == [{"NaN": [0], "NegInf": [2]}]


def test_nulls_of_texts_and_times_over_http(ask: Ask) -> None:
    """In every kind of column."""
    found = Rows(fields=rows(("s", "string", [None, "x"]), ("b", "boolean", [True, None])).fields)
    (frame,) = ask(TABLE, postgres=found)
    assert frame["data"] == {"values": [[None, "x"], [True, None]]}
    (frame,) = ask(FACTS, clickhouse=clickhouse({"at": "Nullable(DateTime)"}, [None], ["1970-01-01 00:00:01"]))
    assert frame["data"]["values"] == [[None, 1000]]


def test_whole_numbers_of_64_bits_over_http(ask: Ask) -> None:
    """Plain JSON numbers, not rounded."""
    (frame,) = ask(TABLE, postgres=rows(("n", "number", [2**62 + 1])))
    assert frame["data"]["values"] == [[2**62 + 1]]
    assert frame["schema"]["fields"][0]["typeInfo"]["frame"] == "int64"


def test_a_time_series_of_postgres_over_http(ask: Ask) -> None:
    """A label for each text; the clock is called Time; whole numbers have become floats."""
    found = rows(("time", "time", [1, 1, 2]), ("side", "string", ["buy", "sell", "buy"]), ("v", "number", [1, 2, 3]))
    (frame,) = ask(SERIES, postgres=found)
    assert [(field["name"], field.get("labels")) for field in frame["schema"]["fields"]] == [
        ("Time", None), ("v", {"side": "buy"}), ("v", {"side": "sell"}),
    ]  # fmt: skip
    assert frame["data"]["values"] == [[1000, 2000], [1.0, 3.0], [2.0, None]]


def test_a_series_and_a_table_of_clickhouse_over_http(ask: Ask) -> None:
    """The same rows: one wide frame with labels, or columns as selected; the frame bears the name of its query."""
    answered = clickhouse(
        {"at": "DateTime", "asset": "String", "v": "Float64"},
        ["1970-01-01 00:00:01", "a", 1.5],
        ["1970-01-01 00:00:01", "b", 2.5],
    )
    (wide,) = ask(FACTS | {"format": 0}, clickhouse=answered)
    assert [field.get("labels") for field in wide["schema"]["fields"]] == [None, {"asset": "a"}, {"asset": "b"}]
    assert wide["data"]["values"] == [[1000], [1.5], [2.5]]
    (table,) = ask(FACTS, clickhouse=answered)
    assert [field["name"] for field in table["schema"]["fields"]] == ["at", "asset", "v"]
    assert (wide["schema"]["name"], table["schema"]["name"]) == ("A", "A")
    shown = [frame["schema"]["meta"]["preferredVisualisationType"] for frame in (wide, table)]
    assert shown == ["graph", "table"]


NOTHING: dict[str, Any] = {"status": "success", "data": {"resultType": "matrix", "result": []}}


@pytest.mark.parametrize(
    ("query", "edges"),
    [
        (RANGE, {"prometheus": NOTHING}),
        (SERIES, {"postgres": rows(("time", "time", []), ("v", "number", []))}),
        (TABLE, {"postgres": rows(("v", "number", []))}),
        (FACTS | {"format": 0}, {"clickhouse": clickhouse({"at": "DateTime", "v": "Float64"})}),
    ],
    ids=["prometheus", "postgres series", "postgres table", "clickhouse series"],
)
def test_no_data_over_http(ask: Ask, query: dict[str, Any], edges: dict[str, Any]) -> None:
    """HTTP 200 with one frame without fields: rows have to be counted, never frames."""
    (frame,) = ask(query, **edges)
    assert frame["schema"]["fields"] == []
    assert frame["data"] == {"values": []}


def test_no_data_in_a_table_of_clickhouse_over_http(ask: Ask) -> None:
    """It keeps its columns, with no rows."""
    (frame,) = ask(FACTS, clickhouse=clickhouse({"v": "Float64"}))
    assert [field["name"] for field in frame["schema"]["fields"]] == ["v"]
    assert frame["data"]["values"] == [[]]


def refused(_: httpx.Request) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("connection refused")


def parse_error(_: httpx.Request) -> httpx.Response:
    """Prometheus does not understand."""
    body = {"status": "error", "errorType": "bad_data", "error": "1:3: parse error: unexpected end"}
    return httpx.Response(400, json=body)


@pytest.mark.parametrize(
    ("query", "edges", "error", "source"),
    [
        (RANGE, {"prometheus": parse_error}, "bad_data: 1:3: parse error", "downstream"),
        (RANGE, {"prometheus": refused}, "connection refused", "downstream"),
        (TABLE, {"postgres": SqlError('relation "x" does not exist')}, "db query error: pq: relation", ""),
        (TABLE, {"postgres": ConnectionLostError("gone")}, "failed to connect to server - please inspect Grafana", ""),
        (SERIES, {"postgres": rows(("v", "number", [1]))}, "db has no time column", ""),
        (TABLE | {"format": "chart"}, {"postgres": rows()}, "unrecognized query model format", ""),
        (TABLE | {"format": 1}, {"postgres": rows()}, "unrecognized query model format", ""),
        (FACTS, {"clickhouse": refused}, "connection refused", "downstream"),
        (FACTS | {"format": "table"}, {"clickhouse": {}}, "format must be a number", ""),
        (REDIS | {"refId": "A", "type": "cli", "query": "GET x"}, {"redis": None}, "wrong command", ""),
    ],
)
def test_an_error_of_a_query_over_http(
    tmp_path: Path, query: dict[str, Any], edges: dict[str, Any], error: str, source: str
) -> None:
    """HTTP 400 with `results`: error, errorSource (empty where nobody set it), a status of 400 or more, frames."""
    with grafana(tmp_path, Edges(**edges)) as served:
        answer = served.query(query)
    told = answer.json()["results"]["A"]
    assert answer.status_code == 400
    assert error in told["error"]
    assert told["errorSource"] == source
    assert told["status"] >= 400
    assert all(frame["schema"]["fields"] == [] for frame in told["frames"])


def test_an_error_of_postgres_has_a_frame_without_fields(tmp_path: Path) -> None:
    """Always one frame per query."""
    with grafana(tmp_path, Edges(postgres=SqlError("syntax error"))) as served:
        (frame,) = served.query(TABLE).json()["results"]["A"]["frames"]
    assert frame["schema"]["fields"] == []
    assert frame["schema"]["meta"]["executedQueryString"] == "SELECT 1"


def test_error_source_is_written_only_with_an_error(tmp_path: Path) -> None:
    """A good result has a status and frames, and nothing else."""
    with grafana(tmp_path, Edges(prometheus=matrix("1"))) as served:
        assert set(served.query(RANGE).json()["results"]["A"]) == {"status", "frames"}


def test_one_source_down_and_the_others_answer_over_http(tmp_path: Path) -> None:
    """One body, four data sources, one frozen out: its error, the frames of the three others, and HTTP 400."""
    edges = Edges(
        prometheus=matrix("1"),
        postgres=ConnectionLostError("gone"),
        clickhouse=clickhouse({"v": "Float64"}, [1.5]),
        redis=b"7",
    )
    queries = (
        RANGE,
        TABLE | {"refId": "B"},
        FACTS | {"refId": "C"},
        REDIS | {"refId": "D", "command": "llen", "keyName": "orders"},
    )
    with grafana(tmp_path, edges) as served:
        answer = served.query(*queries)
    results = answer.json()["results"]
    assert answer.status_code == 400
    assert list(results) == ["A", "B", "C", "D"]
    assert [ref for ref, one in results.items() if "error" in one] == ["B"]
    assert results["D"]["frames"][0]["data"]["values"] == [[7.0]]


def test_redis_down_at_first_has_two_faces_over_http(tmp_path: Path) -> None:
    """Alone HTTP 500 without results; beside another data source an error of its query."""
    query = REDIS | {"refId": "D", "command": "llen", "keyName": "orders"}
    with grafana(tmp_path, Edges(prometheus=matrix("1"), redis=RedisDownError("connection refused"))) as served:
        alone, beside = served.query(query), served.query(RANGE, query)
    assert alone.status_code == 500
    assert {key: alone.json()[key] for key in ("message", "messageId", "statusCode", "traceID")} == {
        "message": "An error occurred within the plugin",
        "messageId": "plugin.downstreamError",
        "statusCode": 500,
        "traceID": "",
    }
    assert "results" not in alone.json()
    assert beside.status_code == 400
    assert "error" not in beside.json()["results"]["A"]
    assert beside.json()["results"]["D"]["error"]


def test_empty_sql_has_no_entry_over_http(tmp_path: Path) -> None:
    """Not an empty one, and no error."""
    with grafana(tmp_path, Edges(postgres=rows(("v", "number", [1])))) as served:
        answer = served.query(TABLE, TABLE | {"refId": "B", "rawSql": ""})
    assert answer.status_code == 200
    assert list(answer.json()["results"]) == ["A"]


@pytest.mark.parametrize("written", ["time_series", "table", "heatmap"])
def test_format_of_prometheus_is_the_browsers_matter(ask: Ask, written: str) -> None:
    """One frame a series, whatever the format says."""
    answered = matrix("1", job="x")
    answered["data"]["result"] *= 2
    assert len(ask(RANGE | {"format": written}, prometheus=answered)) == 2


def test_range_is_floored_to_the_step_in_the_users_zone(tmp_path: Path) -> None:
    """`utcOffsetSec` shifts the grid."""
    asked: list[str] = []

    def remember(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(200, json=NOTHING)

    day = RANGE | {"intervalMs": 86_400_000, "maxDataPoints": 1, "utcOffsetSec": 7_200}
    with grafana(tmp_path, Edges(prometheus=remember)) as served:
        served.frames(day)
    wire = dict(part.split("=") for part in asked[0].split("&"))
    assert (int(wire["start"]) + 7_200) % 86_400 == 0
    assert wire["step"] == "86400"


def test_answers_name_no_fields_that_are_empty(ask: Ask) -> None:
    """No name, labels, config or meta where there is none."""
    (frame,) = ask(REDIS | {"refId": "A", "type": "cli", "query": "LLEN x"}, redis=7)
    assert frame["schema"] == {
        "refId": "A",
        "fields": [{"name": "Value", "type": "number", "typeInfo": {"frame": "int64"}}],
    }


def test_extra_keys_and_types_do_not_matter(tmp_path: Path) -> None:
    """The uid decides; keys that nobody knows, the query string and the X- headers change nothing."""
    strange = RANGE | {"datasource": {"uid": "prom", "type": "nonsense"}, "nobody": {"knows": 1}, "editorMode": "code"}
    with grafana(tmp_path, Edges(prometheus=matrix("1"))) as served:
        plain, with_more = served.query(RANGE), served.query(strange)
        body = json.loads(plain.request.content)
        headers = {"X-Dashboard-Uid": "one", "X-Panel-Id": "1", "X-Plugin-Id": "prometheus"}
        path = "/api/ds/query?ds_type=prometheus&requestId=Q100"
        told = served.client.post(path, json=body, headers=headers, auth=ADMIN)
    assert plain.json() == with_more.json() == told.json()
