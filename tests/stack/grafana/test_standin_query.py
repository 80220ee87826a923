"""POST /api/ds/query: bodies, status codes and frames (contract, section 2)."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request

from stack.grafana.standin.frames import Answer, Field, Frame, answer_json, long_to_wide
from stack.grafana.standin.plugins.base import Query
from stack.grafana.standin.reading import while_asked
from stack.grafana.standin.timerange import parse
from tests.stack.grafana.conftest import Served
from tests.stack.grafana.support import ADMIN, numbers

PROM = {"datasource": {"type": "prometheus", "uid": "prom"}}
PG = {"datasource": {"type": "postgres", "uid": "pg"}}


def test_a_good_query_is_200_with_frames_by_ref_id(served: Served) -> None:
    """The result carries status 200 and the frame, columns side by side."""
    answer = served.query(PROM | {"refId": "B"}, PROM | {"refId": "A"})
    assert answer.status_code == 200
    assert list(answer.json()["results"]) == ["A", "B"]
    assert answer.json()["results"]["A"]["status"] == 200
    assert answer.json()["results"]["A"]["frames"][0]["data"]["values"] == [[1.0]]


def test_defaults_are_100_points_and_a_second(served: Served) -> None:
    """And the refId A."""
    served.query(PROM)
    (asked,) = served.prom.asked
    assert (asked.ref_id, asked.max_data_points, asked.interval_ms) == ("A", 100, 1_000)


def test_the_range_reaches_the_plugin(served: Served) -> None:
    """Epoch milliseconds as text are taken as they are."""
    served.query(PROM, **{"from": "1710000000000", "to": "1710003600000"})
    assert (served.prom.asked[0].span.from_ms, served.prom.asked[0].span.to_ms) == (1710000000000, 1710003600000)


@pytest.mark.parametrize("end", ["from", "to"])
def test_a_number_as_time_is_refused(served: Served, end: str) -> None:
    """Times must be text, even when they are milliseconds."""
    answer = served.query(PROM, **{end: 1710000000000})
    assert (answer.status_code, answer.json()["message"]) == (400, "bad request data")
    assert served.prom.asked == []


@pytest.mark.parametrize(
    ("text", "seconds_ago"),
    [("now", 0), ("now-1h", 3_600), ("now-90s", 90), ("5m", 300), ("now-1d", 86_400), ("now-1w+1d", 6 * 86_400)],
)
def test_date_math(text: str, seconds_ago: float) -> None:
    """Relative times and bare durations count back from now."""
    now = datetime(2024, 3, 14, 15, 9, 26, tzinfo=UTC)
    assert parse(text, "now", now).from_ms == (now.timestamp() - seconds_ago) * 1_000


def test_date_math_rounds_down_for_from_and_up_for_to() -> None:
    """now/d is the whole day."""
    now = datetime(2024, 3, 14, 15, 9, 26, tzinfo=UTC)
    span = parse("now/d", "now/d", now)
    assert span.from_ms == datetime(2024, 3, 14, tzinfo=UTC).timestamp() * 1_000
    assert span.to_ms == datetime(2024, 3, 15, tzinfo=UTC).timestamp() * 1_000 - 1


@pytest.mark.parametrize("text", ["", "yesterday", "2024-03-14T15:09:26Z", "now-1parsec"])
def test_unreadable_times_become_1970_silently(text: str) -> None:
    """As in Grafana; a probe must not rely on an error."""
    assert parse(text, "now", datetime.now(tz=UTC)).from_ms == 0


def test_without_json_content_type_is_bad_request(served: Served) -> None:
    """The body is not even looked at."""
    answer = served.client.post("/api/ds/query", content="{}", headers={"content-type": "text/plain"}, auth=ADMIN)
    assert (answer.status_code, answer.json()["message"]) == (400, "bad request data")


def test_no_queries(served: Served) -> None:
    """400 with the coded message."""
    answer = served.query()
    assert (answer.status_code, answer.json()["messageId"]) == (400, "query.noQueries")


def test_duplicate_ref_ids(served: Served) -> None:
    """400, and nothing runs."""
    answer = served.query(PROM | {"refId": "A"}, PG | {"refId": "A"})
    assert (answer.status_code, answer.json()["messageId"]) == (400, "query.duplicateRefId")
    assert served.prom.asked + served.pg.asked == []


def test_a_query_without_data_source(served: Served) -> None:
    """400 query.invalidDatasourceId."""
    assert served.query({"expr": "up"}).json()["messageId"] == "query.invalidDatasourceId"


def test_an_unknown_data_source_is_404(served: Served) -> None:
    """The whole request is refused."""
    answer = served.query({"datasource": {"uid": "absent"}})
    assert (answer.status_code, answer.json()["message"]) == (404, "Data source not found")


def test_the_deprecated_number_of_a_data_source_works(served: Served) -> None:
    """And only where no uid is given."""
    number = served.get("/api/datasources/uid/pg").json()["id"]
    assert served.query({"datasourceId": number}).status_code == 200
    assert len(served.pg.asked) == 1


def test_an_uninstalled_plugin_is_404_and_loud(served: Served) -> None:
    """Infinity is provisioned but the stand-in does not have it."""
    answer = served.query({"datasource": {"uid": "rmq"}})
    assert (answer.status_code, answer.json()["messageId"]) == (404, "plugin.notRegistered")
    assert "stand-in" in answer.json()["message"]


def test_server_side_expressions_are_refused_loudly(served: Served) -> None:
    """They are not silently dropped."""
    answer = served.query(PROM, {"refId": "B", "datasource": {"uid": "__expr__"}})
    assert answer.status_code == 501


def test_one_failed_query_makes_400_but_the_others_keep_their_frames(served: Served) -> None:
    """A probe that stops at the status would miss good data."""
    served.prom.answer = lambda query: (
        Answer(error="boom", status=500, source="downstream") if query.ref_id == "B" else Answer(frames=[numbers(7.0)])
    )
    answer = served.query(PROM | {"refId": "A"}, PROM | {"refId": "B"})
    assert answer.status_code == 400
    assert answer.json()["results"]["A"]["frames"][0]["data"]["values"] == [[7.0]]
    failed = answer.json()["results"]["B"]
    assert (failed["error"], failed["errorSource"], failed["status"]) == ("boom", "downstream", 500)


def test_a_plugin_that_fails_as_a_whole_is_500(served: Served) -> None:
    """The first connection could not be made: no results at all."""
    served.prom.broken = "connection refused"
    answer = served.query(PROM)
    assert answer.status_code == 500
    assert answer.json()["messageId"] == "plugin.downstreamError"
    assert answer.json()["message"] == "An error occurred within the plugin"
    assert "results" not in answer.json()


def test_beside_another_data_source_a_failed_plugin_is_an_error_per_query(served: Served) -> None:
    """The other data source keeps its answer, and the status is 400."""
    served.prom.broken = "connection refused"
    answer = served.query(PROM | {"refId": "A"}, PG | {"refId": "B"})
    assert answer.status_code == 400
    assert "error" in answer.json()["results"]["A"]
    assert answer.json()["results"]["B"]["frames"][0]["data"]["values"] == [[1.0]]


def test_hidden_queries_run_all_the_same(served: Served) -> None:
    """Hiding is the browser's matter."""
    served.query(PROM | {"hide": True})
    assert len(served.prom.asked) == 1


def frame_json(*columns: Field) -> dict[str, Any]:
    """A frame of these columns as the API sends it."""
    body = answer_json("A", Answer(frames=[Frame(fields=columns)]))["frames"][0]
    return dict(body)


def test_nulls_nan_and_infinities_are_null_and_told_apart() -> None:
    """Only `entities` says which null is which; columns without have null there."""
    values = [1.5, None, math.nan, math.inf, -math.inf]
    body = frame_json(
        Field(name="t", kind="time", values=[0] * 5), Field(name="v", kind="number", values=values, nullable=True)
    )
    assert body["data"]["values"][1] == [1.5, None, None, None, None]
    assert body["data"]["entities"] == [None, {"NaN": [2], "Inf": [3], "NegInf": [4]}]


def test_entities_are_absent_when_there_are_none() -> None:
    """A null alone is no entity."""
    assert "entities" not in frame_json(Field(name="v", kind="number", values=[None, 1.0]))["data"]


def test_times_are_milliseconds_with_the_rest_in_nanos() -> None:
    """1.5 ms after the epoch is 1 ms and 500000 ns."""
    body = frame_json(Field(name="t", kind="time", values=[1_500_000, None]))
    assert body["data"] == {"values": [[1, None]], "nanos": [[500_000, 0]]}
    assert body["schema"]["fields"][0] == {"name": "t", "type": "time", "typeInfo": {"frame": "time.Time"}}


def test_64_bit_integers_are_plain_numbers() -> None:
    """They are not rounded to floats on the way."""
    assert frame_json(Field(name="n", kind="number", values=[2**60 + 1]))["data"]["values"] == [[2**60 + 1]]


def test_no_data_is_a_frame_without_fields() -> None:
    """Counting frames would call it data."""
    assert frame_json()["schema"]["fields"] == []
    assert frame_json()["data"] == {"values": []}


def test_empty_keys_are_left_out_of_the_schema() -> None:
    """No name, labels, config or meta unless there is something in them."""
    body = frame_json(Field(name="", kind="number", values=[]))
    assert body["schema"] == {"refId": "A", "fields": [{"type": "number", "typeInfo": {"frame": "float64"}}]}


def long(times: list[int]) -> Frame:
    """Rows of time, asset and price."""
    return Frame(
        fields=[
            Field(name="time", kind="time", values=times),
            Field(name="asset", kind="string", values=["b", "a", "b"][: len(times)]),
            Field(name="price", kind="number", values=[1.0, 2.0, 3.0][: len(times)]),
        ]
    )


def test_long_rows_become_one_column_a_label_set() -> None:
    """Missing points are null; columns are in order of their labels."""
    wide = long_to_wide(long([10, 10, 20]))
    assert [(dict(column.labels), list(column.values)) for column in wide.fields] == [
        ({}, [10, 20]),
        ({"asset": "a"}, [2.0, None]),
        ({"asset": "b"}, [1.0, 3.0]),
    ]


def test_unsorted_long_rows_are_an_error() -> None:
    """They must come in ascending order of time."""
    with pytest.raises(ValueError, match="sorted ascending by time"):
        long_to_wide(long([20, 10, 30]))


def test_work_stops_when_the_caller_goes_away() -> None:
    """A query that hangs does not hold its connection for a client that gave up."""
    stopped = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def scenario() -> bool:
        request = Request({"type": "http", "headers": []}, receive=gone)
        with pytest.raises(Exception, match="went away"):
            await while_asked(request, endless())
        async with asyncio.timeout(2):
            await stopped.wait()
        return stopped.is_set()

    assert asyncio.run(scenario())


def test_query_texts_are_only_texts() -> None:
    """A key that holds something else reads as empty, not as an exception."""
    span = parse("now-1h", "now", datetime.now(tz=UTC))
    query = Query(ref_id="A", model={"expr": 5}, interval_ms=1, max_data_points=1, span=span)
    assert query.text("expr") == ""
