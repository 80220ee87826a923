"""The Prometheus plugin: what it asks, and the frames it makes (contract, section 3)."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from stack.grafana.standin.frames import Answer
from stack.grafana.standin.plugins.base import Health, Query
from stack.grafana.standin.plugins.prometheus import Prometheus
from tests.stack.grafana.support import START_MS, ask, settings, source

Asked = list[tuple[str, str, dict[str, str]]]


def matrix(*series: tuple[dict[str, str], list[list[Any]]]) -> dict[str, Any]:
    """A successful range answer."""
    result = [{"metric": metric, "values": values} for metric, values in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def vector(metric: dict[str, str], at: float, value: str) -> dict[str, Any]:
    """A successful instant answer."""
    result = [{"metric": metric, "value": [at, value]}]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def run(
    *queries: Query, body: Any = None, status: int = 200, asked: Asked | None = None, **json_data: Any
) -> dict[str, Answer]:
    """Run queries against a Prometheus that answers `body`."""

    def handle(request: httpx.Request) -> httpx.Response:
        wire = dict(parse_qsl(request.content.decode() or request.url.query.decode()))
        if asked is not None:
            asked.append((request.method, request.url.path, wire))
        return httpx.Response(status, content=body if isinstance(body, str) else json.dumps(body or matrix()))

    async def scenario() -> dict[str, Answer]:
        plugin = make(handle, **json_data)
        try:
            return await plugin.query(queries)
        finally:
            await plugin.close()

    return asyncio.run(scenario())


def make(handle: Callable[[httpx.Request], Any], **json_data: Any) -> Prometheus:
    """A plugin on a transport that a test controls."""
    return Prometheus(source("prometheus", "http://p:9090", **json_data), settings(), httpx.MockTransport(handle))


def wire_of(query: Query, **json_data: Any) -> dict[str, str]:
    """What one query sends."""
    asked: Asked = []
    run(query, asked=asked, **json_data)
    return asked[0][2]


def test_neither_range_nor_instant_is_a_range() -> None:
    """Posted to query_range."""
    asked: Asked = []
    run(ask(expr="up"), asked=asked)
    assert [(method, path) for method, path, _ in asked] == [("POST", "/api/v1/query_range")]


def test_http_method_get_is_honoured() -> None:
    """As the data source says."""
    asked: Asked = []
    run(ask(expr="up"), asked=asked, httpMethod="GET")
    assert asked[0][0] == "GET"
    assert asked[0][2]["query"] == "up"


def test_both_range_and_instant_make_both_calls() -> None:
    """Frames of both stand under one refId."""
    asked: Asked = []
    answers = run(ask(expr="up", range=True, instant=True), asked=asked)
    assert [path for _, path, _ in asked] == ["/api/v1/query_range", "/api/v1/query"]
    assert len(answers["A"].frames) == 2


def test_an_instant_query_asks_at_the_exact_end() -> None:
    """It is not rounded to a step."""
    assert wire_of(ask(expr="up", instant=True, minutes=60.005))["time"] == str((START_MS + 3_600_300) / 1_000)


def test_start_and_end_are_floored_to_the_step() -> None:
    """So that two refreshes a second apart ask for the same points."""
    wire = wire_of(ask(expr="up", interval_ms=70_000, minutes=60))
    assert wire["step"] == "70"
    assert [int(wire[end]) % 70 for end in ("start", "end")] == [0, 0]
    assert START_MS // 1_000 - 70 < int(wire["start"]) <= START_MS // 1_000


@pytest.mark.parametrize(
    ("query", "step_s"),
    [
        (ask(interval_ms=15_000, points=1_000, minutes=60), "15"),
        (ask(interval_ms=1_000, points=100, minutes=60), "30"),
        (ask(interval_ms=1_000, points=100_000, minutes=6_000), "30"),
        (ask(interval_ms=1_000, interval="2m", minutes=60), "120"),
        (ask(interval_ms=15_000, intervalFactor=2, minutes=60), "30"),
    ],
)
def test_the_step(query: Query, step_s: str) -> None:
    """The largest of the rounded range per point, the lowest wanted, and range / 11000; times the factor."""
    assert wire_of(query)["step"] == step_s


@pytest.mark.parametrize(
    ("expr", "expanded"),
    [
        ("rate(x[$__interval])", "rate(x[15s])"),
        ("x * $__interval_ms", "x * 15000"),
        ("increase(x[$__range])", "increase(x[3600s])"),
        ("x / ${__range_s} / $__range_ms", "x / 3600 / 3600000"),
        ("rate(x[$__rate_interval])", "rate(x[1m0s])"),
        ("x * ${__rate_interval_ms}", "x * 60000"),
        ('y{a="$__intervalish"}', 'y{a="$__intervalish"}'),
    ],
)
def test_macros(expr: str, expanded: str) -> None:
    """Both $x and ${x}; a longer word is not touched."""
    assert wire_of(ask(expr=expr))["query"] == expanded


def test_the_rate_interval_follows_the_scrape_interval() -> None:
    """At least four scrapes, or one step and a scrape."""
    assert wire_of(ask(expr="$__rate_interval", interval_ms=2_000), timeInterval="1s")["query"] == "4s"
    assert wire_of(ask(expr="$__rate_interval", interval_ms=10_000), timeInterval="1s")["query"] == "11s"


def test_a_series_becomes_a_frame_named_after_its_metric() -> None:
    """Time first, with the step; labels on the value, the name not among them."""
    body = matrix(({"__name__": "up", "job": "x"}, [[1_710_000_000, "1"], [1_710_000_015.5, "NaN"]]))
    (frame,) = run(ask(expr="up"), body=body)["A"].frames
    clock, value = frame.fields
    assert (clock.name, clock.config) == ("Time", {"interval": 15_000})
    assert list(clock.values) == [1_710_000_000 * 10**9, 1_710_000_015_500 * 10**6]
    assert (value.name, dict(value.labels)) == ("up", {"job": "x"})
    assert value.values[0] == 1.0
    assert math.isnan(value.values[1])
    assert frame.meta["type"] == "timeseries-multi"
    assert frame.meta["custom"] == {"resultType": "matrix"}


def test_without_a_metric_name_the_value_is_called_value() -> None:
    """After sum() or rate() the name is gone; infinities are read as such."""
    (frame,) = run(ask(expr="s", instant=True), body=vector({}, 1.5, "+Inf"))["A"].frames
    assert frame.fields[1].name == "Value"
    assert list(frame.fields[1].values) == [math.inf]
    assert frame.meta["type"] == "numeric-multi"
    assert frame.rows == 1


@pytest.mark.parametrize(
    ("legend", "shown"),
    [("{{instance}} is up", "t-1 is up"), ("__auto", None), ("fixed", "fixed"), ("", 'up{instance="t-1"}')],
)
def test_legends(legend: str, shown: str | None) -> None:
    """A template, a word, or what the series is."""
    query = ask(expr="up", instant=True, legendFormat=legend)
    (frame,) = run(query, body=vector({"__name__": "up", "instance": "t-1"}, 1, "1"))["A"].frames
    assert frame.fields[1].config.get("displayNameFromDS") == shown


def test_a_scalar_is_a_frame_too() -> None:
    """One row."""
    body = {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}
    (frame,) = run(ask(expr="2", instant=True), body=body)["A"].frames
    assert list(frame.fields[1].values) == [2.0]


def test_no_series_is_one_frame_without_fields() -> None:
    """No data, and no error."""
    answer = run(ask(expr="absent"))["A"]
    assert [len(frame.fields) for frame in answer.frames] == [0]
    assert answer.error is None


def test_an_error_of_prometheus_is_told_with_its_type() -> None:
    """The status is the one it gave; the query beside it runs all the same."""
    body = {"status": "error", "errorType": "bad_data", "error": "1:3: parse error"}
    answers = run(ask(expr="su("), ask(expr="su(", refId="B"), body=body, status=400)
    assert answers["A"].error == "bad_data: 1:3: parse error"
    assert (answers["A"].status, answers["A"].source) == (400, "downstream")
    assert answers["B"].error == answers["A"].error


def test_an_answer_that_is_not_json_is_an_error() -> None:
    """A proxy's page is not data."""
    assert "HTTP 502" in (run(ask(expr="up"), body="<html>", status=502)["A"].error or "")


def refuse(_: httpx.Request) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("connection refused")


async def hang(_: httpx.Request) -> httpx.Response:
    """A frozen server."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(("handle", "status", "told"), [(refuse, 502, "refused"), (hang, 504, "deadline exceeded")])
def test_an_unreachable_prometheus_is_an_error_within_the_timeout(
    handle: Callable[[httpx.Request], Any], status: int, told: str
) -> None:
    """Per query, so that other data sources in the request keep their answers."""

    async def scenario() -> tuple[Answer, Health]:
        plugin = make(handle, timeout=0.05)
        return (await plugin.query([ask(expr="up")]))["A"], await plugin.health()

    answer, health = asyncio.run(scenario())
    assert (answer.status, answer.source) == (status, "downstream")
    assert told in (answer.error or "")
    assert not health.ok


def test_queries_of_one_request_run_one_after_another() -> None:
    """As in Grafana: two slow queries take twice as long."""
    running, most = 0, 0

    async def count(_: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200, json=matrix())

    asyncio.run(make(count).query([ask(expr="up", refId=ref) for ref in "ABC"]))
    assert most == 1
