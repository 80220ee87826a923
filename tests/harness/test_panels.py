"""From a board to the requests a browser sends, and from answers to what panels show (contract, section 5)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.panels import (
    PanelRequest,
    Span,
    TargetAnswer,
    default_span,
    panel_requests,
    parse_duration_ms,
    read_answer,
    round_interval_ms,
)
from harness.panels.intervals import interval_text

HOUR = Span(from_ms=1_710_000_000_000, to_ms=1_710_003_600_000)
SOURCES = [
    {"id": 1, "uid": "prom", "name": "Prometheus", "type": "prometheus", "isDefault": True, "jsonData": {}},
    {"id": 2, "uid": "pg", "name": "PostgreSQL", "type": "grafana-postgresql-datasource", "jsonData": {}},
    {"id": 3, "uid": "ch", "name": "ClickHouse", "type": "grafana-clickhouse-datasource", "jsonData": {}},
    {"id": 4, "uid": "redis", "name": "Redis", "type": "redis-datasource", "jsonData": {}},
]
PROM_TARGET = {"refId": "A", "expr": "up", "range": True}


def panel(*targets: dict[str, Any], source: object = None, **more: Any) -> dict[str, Any]:
    """A panel with 100 points."""
    made: dict[str, Any] = {"id": 7, "title": "P", "maxDataPoints": 100, "targets": list(targets or [PROM_TARGET])}
    return made | ({"datasource": source} if source is not None else {}) | more


def ask(
    *panels: dict[str, Any], span: Span = HOUR, variables: Any = None, templating: Any = None, sources: Any = None
) -> tuple[PanelRequest, ...]:
    """The requests of a board with these panels."""
    board = {"uid": "b", "panels": list(panels), "templating": {"list": templating or []}}
    return panel_requests(board, SOURCES if sources is None else sources, span, variables)


def query(*args: Any, **more: Any) -> dict[str, Any]:
    """The only query of the only request."""
    (request,) = ask(*args, **more)
    (sent,) = request.body["queries"]
    return dict(sent)


def test_one_post_a_panel_with_all_its_targets() -> None:
    """The body has text times and, on each query, interval and points."""
    (request,) = ask(panel(PROM_TARGET, PROM_TARGET | {"refId": "B"}))
    assert (request.body["from"], request.body["to"]) == ("1710000000000", "1710003600000")
    assert request.ref_ids == ("A", "B")
    assert (request.panel_id, request.title, request.source_uid, request.source_type) == (7, "P", "prom", "prometheus")
    for sent in request.body["queries"]:
        assert (sent["intervalMs"], sent["maxDataPoints"]) == (30_000, 100)
        assert sent["datasource"] == {"type": "prometheus", "uid": "prom"}
        assert sent["datasourceId"] == 1


@pytest.mark.parametrize(
    ("raw_ms", "rounded_ms"),
    [
        (0.5, 1), (9.9, 1), (10, 10), (749, 500), (750, 1_000), (1_499, 1_000), (1_500, 2_000), (7_499, 5_000),
        (12_499, 10_000), (44_999, 30_000), (45_000, 60_000), (89_999, 60_000), (3_600_000, 3_600_000),
        (86_399_999, 43_200_000), (86_400_000, 86_400_000), (10**11, 31_536_000_000),
    ],
)  # fmt: skip
def test_the_ladder_of_intervals(raw_ms: float, rounded_ms: int) -> None:
    """Bounds belong to the step above, as in Grafana's own table."""
    assert round_interval_ms(raw_ms) == rounded_ms


@given(st.floats(min_value=0.001, max_value=1e12))
def test_rounding_is_stable(raw_ms: float) -> None:
    """A rounded interval is a step of the ladder, and the text of it is never empty."""
    rounded_ms = round_interval_ms(raw_ms)
    assert round_interval_ms(rounded_ms) == rounded_ms
    assert parse_duration_ms(interval_text(rounded_ms)) > 0


@pytest.mark.parametrize(
    ("text", "ms"), [("15s", 15_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("500ms", 500), ("0.5s", 500)]
)
def test_durations(text: str, ms: int) -> None:
    """As Grafana writes them."""
    assert parse_duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "15", "s", "15 s", "-15s"])
def test_what_is_no_duration_is_bad_input(text: str) -> None:
    """It is quoted in the message."""
    with pytest.raises(UsageError, match="duration"):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    ("more", "source", "interval_ms"),
    [
        ({"maxDataPoints": 10_000}, "prom", 15_000),
        ({"maxDataPoints": 10_000}, "pg", 60_000),
        ({"maxDataPoints": 10_000}, "ch", 500),
        ({"maxDataPoints": 10_000, "interval": "5s"}, "prom", 5_000),
        ({"maxDataPoints": 10_000, "interval": ">2m"}, "redis", 120_000),
        ({"maxDataPoints": 100, "interval": "5s"}, "prom", 30_000),
    ],
)
def test_the_interval_has_a_floor(more: dict[str, Any], source: str, interval_ms: int) -> None:
    """The panel's own, else the data source's: 15 s for Prometheus, 1 min for PostgreSQL, none for others."""
    target = {"refId": "A", "expr": "up", "rawSql": "q", "command": "get"}
    (request,) = ask(panel(target, source={"uid": source}, **more))
    assert request.interval_ms == interval_ms
    assert request.body["queries"][0]["intervalMs"] == interval_ms


def test_the_scrape_interval_of_the_data_source_is_the_floor() -> None:
    """Even when it is a fraction of a second."""
    sources = [SOURCES[0] | {"jsonData": {"timeInterval": "1.5s"}}]
    assert query(panel(maxDataPoints=100_000), sources=sources)["intervalMs"] == 1_500


def test_without_points_the_width_decides() -> None:
    """A panel of half the board is 950 pixels wide."""
    assert query(panel(maxDataPoints=None, gridPos={"w": 12}))["maxDataPoints"] == 950


def test_missing_data_source_means_the_panels_else_the_default() -> None:
    """And an unknown uid is sent as it stands, so that the server refuses it."""
    assert query(panel())["datasource"]["uid"] == "prom"
    assert query(panel({"refId": "A", "rawSql": "q"}, source={"uid": "pg"}))["datasource"]["uid"] == "pg"
    wrong = query(panel({"refId": "A"}, source={"type": "prometheus-x", "uid": "absent"}))
    assert wrong["datasource"] == {"type": "prometheus-x", "uid": "absent"}


def test_the_panels_data_source_wins_over_a_targets() -> None:
    """Unless the panel is mixed."""
    target = PROM_TARGET | {"datasource": {"uid": "pg"}}
    assert query(panel(target, source={"uid": "prom"}))["datasource"]["uid"] == "prom"


def test_a_mixed_panel_is_one_post_a_data_source() -> None:
    """Each target to its own."""
    targets: list[dict[str, Any]] = [
        PROM_TARGET | {"datasource": {"uid": "prom"}},
        {"refId": "B", "rawSql": "q", "datasource": {"uid": "pg"}},
        PROM_TARGET | {"refId": "C", "datasource": {"uid": "prom"}},
    ]
    requests = ask(panel(*targets, source={"uid": "-- Mixed --"}))
    assert [(request.source_uid, request.ref_ids) for request in requests] == [("prom", ("A", "C")), ("pg", ("B",))]


@pytest.mark.parametrize("uid", ["-- Dashboard --", "-- Grafana --", "grafana"])
def test_internal_sources_ask_nothing(uid: str) -> None:
    """They reuse another panel, or never leave Grafana."""
    assert ask(panel(source={"uid": uid})) == ()


def test_a_data_source_variable_is_resolved() -> None:
    """To the uid it stands for; an older reference by name works too."""
    templating = [{"name": "ds", "type": "datasource", "current": {"value": "pg"}}]
    sql = {"refId": "A", "rawSql": "q"}
    assert query(panel(sql, source={"uid": "${ds}"}), templating=templating)["datasource"]["uid"] == "pg"
    assert query(panel(sql, source="PostgreSQL"))["datasource"]["uid"] == "pg"


def test_hidden_and_empty_targets_are_not_sent() -> None:
    """If all go, there is no request."""
    (request,) = ask(panel(PROM_TARGET, PROM_TARGET | {"refId": "B", "hide": True}, {"refId": "C", "expr": ""}))
    assert request.ref_ids == ("A",)
    assert ask(panel(PROM_TARGET | {"hide": True})) == ()
    assert ask(panel({"refId": "A", "rawSql": ""}, source={"uid": "pg"})) == ()
    assert ask(panel({"refId": "A", "rawSql": ""}, source={"uid": "ch"})) == ()


def test_hidden_targets_stay_where_an_expression_reads_them() -> None:
    """The expression goes along."""
    expression = {"refId": "B", "datasource": {"type": "__expr__", "uid": "__expr__"}, "expression": "$A > 1"}
    (request,) = ask(panel(PROM_TARGET | {"hide": True}, expression))
    assert request.ref_ids == ("A", "B")
    assert request.body["queries"][1]["expression"] == "$A > 1"


def test_postgres_sends_only_what_its_browser_side_sends() -> None:
    """Editor state stays behind; the interval macro is filled in."""
    target = {"refId": "A", "rawSql": "SELECT $__interval, $__interval_ms", "format": "table", "editorMode": "code"}
    assert query(panel(target, source={"uid": "pg"})) == {
        "refId": "A",
        "rawSql": "SELECT 1m, 60000",
        "format": "table",
        "datasource": {"type": "grafana-postgresql-datasource", "uid": "pg"},
        "datasourceId": 2,
        "intervalMs": 60_000,
        "maxDataPoints": 100,
    }


def test_prometheus_keeps_its_macros_for_the_server() -> None:
    """And gets an offset and a request id."""
    sent = query(panel(PROM_TARGET | {"expr": "rate(x[$__rate_interval]) * $__interval_ms"}))
    assert sent["expr"] == "rate(x[$__rate_interval]) * $__interval_ms"
    assert (sent["utcOffsetSec"], sent["requestId"]) == (0, "7A")


def test_clickhouse_keeps_the_macros_of_its_plugin() -> None:
    """$__interval is the browser's, $__interval_s and filters are the server's."""
    target = {"refId": "A", "rawSql": "$__interval $__interval_s $__timeFilter(at)", "format": 0}
    sent = query(panel(target, source={"uid": "ch"}))
    assert sent["rawSql"] == "30s $__interval_s $__timeFilter(at)"
    assert sent["format"] == 0


def test_range_and_instant_are_sent_as_two_queries() -> None:
    """As the browser does, and both answers are due."""
    (request,) = ask(panel(PROM_TARGET | {"instant": True}))
    assert request.ref_ids == ("A", "A-Instant")
    assert [(sent["range"], sent["instant"]) for sent in request.body["queries"]] == [(True, False), (False, True)]


INSTANCES = {"name": "instance", "multi": True, "current": {"value": ["t-1", "t.2"]}}


@pytest.mark.parametrize(
    ("source", "text", "filled"),
    [
        ("prom", 'up{i=~"$instance"}', 'up{i=~"(t-1|t\\\\.2)"}'),
        ("prom", "[[instance]]", "(t-1|t\\\\.2)"),
        ("pg", "IN ($instance)", "IN ('t-1','t.2')"),
        ("ch", "IN (${instance})", "IN ('t-1','t.2')"),
        ("redis", "k:$instance", "k:{t-1,t.2}"),
        ("pg", "${instance:csv}", "t-1,t.2"),
        ("pg", "${instance:pipe}", "t-1|t.2"),
        ("ch", "${instance:sqlstring}", "'t-1','t.2'"),
        ("ch", "${instance:doublequote}", '"t-1","t.2"'),
        ("pg", "$instances $unknown", "$instances $unknown"),
        ("pg", "$__from $__to", "1710000000000 1710003600000"),
    ],
)
def test_variables_are_filled_in_as_each_source_wants(source: str, text: str, filled: str) -> None:
    """By name, in every notation; what is no variable is left alone."""
    target = {"refId": "A", "expr": text, "rawSql": text, "keyName": text}
    sent = query(panel(target, source={"uid": source}), templating=[INSTANCES])
    assert filled in (sent.get("expr"), sent.get("rawSql"), sent.get("keyName"))


def test_chosen_values_win_and_quotes_are_doubled() -> None:
    """One value of a plain variable."""
    plain = {"name": "asset", "current": {"value": "x"}}
    target = {"refId": "A", "rawSql": "a = '$asset'"}
    sent = query(panel(target, source={"uid": "pg"}), templating=[plain], variables={"asset": "O'Neil"})
    assert sent["rawSql"] == "a = 'O''Neil'"


def test_all_means_every_option() -> None:
    """Or the value that stands for all."""
    options = [{"value": "$__all"}, {"value": "a"}, {"value": "b"}]
    variable = {"name": "v", "includeAll": True, "current": {"value": ["$__all"]}, "options": options}
    assert query(panel(PROM_TARGET | {"expr": "$v"}), templating=[variable])["expr"] == "(a|b)"
    assert query(panel(PROM_TARGET | {"expr": "$v"}), templating=[variable | {"allValue": "x"}])["expr"] == "x"
    everything = query(panel(PROM_TARGET | {"expr": "$v"}), templating=[variable | {"allValue": ".*", "multi": True}])
    assert everything["expr"] == ".*"  # a regular expression, not the text of one


def test_a_variable_without_a_value_is_bad_input() -> None:
    """Its options come from a query: somebody has to choose."""
    with pytest.raises(UsageError, match="'v' of board b"):
        ask(panel(), templating=[{"name": "v", "current": {}}])


def test_an_unknown_format_is_bad_input() -> None:
    """It is not guessed."""
    with pytest.raises(UsageError, match="html"):
        ask(panel(PROM_TARGET | {"expr": "${instance:html}"}), templating=[INSTANCES])


def test_a_panels_own_time_and_shift() -> None:
    """TimeFrom only where the board's range is relative; the shift always."""
    own = ask(panel(timeFrom="15m", timeShift="1h"))[0].body
    assert (int(own["to"]), int(own["from"])) == (HOUR.to_ms - 3_600_000, HOUR.to_ms - 3_600_000 - 900_000)
    fixed = Span(from_ms=HOUR.from_ms, to_ms=HOUR.to_ms, relative=False)
    assert ask(panel(timeFrom="15m"), span=fixed)[0].body["from"] == str(HOUR.from_ms)


def test_the_range_a_board_opens_with() -> None:
    """Counted back from now; an absolute one is refused."""
    assert default_span({"time": {"from": "now-15m", "to": "now"}}, 1_000_000) == Span(from_ms=100_000, to_ms=1_000_000)
    with pytest.raises(UsageError, match="only ranges as"):
        default_span({"uid": "b", "time": {"from": "2024-01-01", "to": "now"}}, 0)


def test_a_repeated_panel_is_asked_once_a_value() -> None:
    """With that value in scope."""
    repeated = panel(PROM_TARGET | {"expr": "up{i='$instance'}"}, title="Of $instance", repeat="instance")
    requests = ask(repeated, templating=[INSTANCES])
    assert [request.title for request in requests] == ["Of t-1", "Of t.2"]
    assert requests[0].body["queries"][0]["expr"] == "up{i='t-1'}"


def test_rows_are_no_panels_and_collapsed_ones_stay_closed() -> None:
    """Their panels are not asked until they are opened; a repeated row is refused."""
    assert ask({"type": "row", "title": "R", "collapsed": True, "panels": [panel()]}) == ()
    with pytest.raises(UsageError, match="repeats"):
        ask({"type": "row", "title": "R", "repeat": "instance"})
    with pytest.raises(UsageError, match="library"):
        ask(panel(libraryPanel={"uid": "x"}))


def frame(*columns: tuple[str, str, list[Any]], labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A frame of name, type and values."""
    fields = [{"name": name, "type": kind} | ({"labels": labels} if labels else {}) for name, kind, _ in columns]
    return {"schema": {"fields": fields}, "data": {"values": [values for _, _, values in columns]}}


def answered(status: int, body: object, targets: int = 1) -> tuple[TargetAnswer, ...]:
    """What a panel with so many targets reads out of an answer."""
    (request,) = ask(panel(*(PROM_TARGET | {"refId": ref} for ref in "ABC"[:targets])))
    return read_answer(request, status, body)


def test_rows_values_newest_and_last_numbers() -> None:
    """Null is no value, the newest time is that of any clock, the last number is the last that is there."""
    body = {"results": {"A": {"frames": [frame(("Time", "time", [1, 3, 2]), ("v", "number", [1.5, 2.5, None]))]}}}
    (target,) = answered(200, body)
    assert (target.rows, target.non_null, target.newest_ms, target.error) == (3, 2, 3, "")
    assert [(last.name, last.value) for last in target.last] == [("v", 2.5)]


def test_each_series_keeps_its_labels() -> None:
    """So that a value can be compared with what is known of that instance."""
    frames = [frame(("up", "number", [1]), labels={"instance": name}) for name in ("t-1", "t-2")]
    (target,) = answered(200, {"results": {"A": {"frames": frames}}})
    assert [dict(last.labels) for last in target.last] == [{"instance": "t-1"}, {"instance": "t-2"}]


def test_no_data_is_no_rows_however_many_frames() -> None:
    """Also when the columns are there, and when a text is empty."""
    empty = {"results": {"A": {"frames": [frame(), frame(("v", "number", []))]}}}
    assert (answered(200, empty)[0].rows, answered(200, empty)[0].non_null) == (0, 0)
    nil = {"results": {"A": {"frames": [frame(("Value", "string", [""]))]}}}
    assert (answered(200, nil)[0].rows, answered(200, nil)[0].non_null) == (1, 0)
    assert answered(200, nil)[0].newest_ms is None


def test_a_400_keeps_the_good_answers() -> None:
    """Only the target that failed carries the error; one that is missing is an error too."""
    good = {"frames": [frame(("v", "number", [1]))]}
    first, second, third = answered(400, {"results": {"A": good, "B": {"error": "boom", "frames": []}}}, 3)
    assert (first.error, first.non_null) == ("", 1)
    assert second.error == "boom"
    assert "no answer" in third.error


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, {"message": "An error occurred within the plugin"}, "HTTP 500: An error occurred within the plugin"),
        (404, {"message": "Data source not found"}, "Data source not found"),
        (502, "<html>", "not JSON"),
        (200, None, "not JSON"),
        (200, {"results": {"A": {"frames": [{"schema": {}}]}}}, "damaged frame"),
        (200, {"results": {"A": {"frames": [frame(("a", "number", [])) | {"data": {"values": []}}]}}}, "damaged"),
        (200, {"results": {"A": "what"}}, "no answer"),
    ],
)
def test_anything_else_is_an_error_of_every_target(status: int, body: object, told: str) -> None:
    """Never silently no data."""
    (target,) = answered(status, body)
    assert told in target.error
    assert target.non_null == 0


def test_the_newest_number_bears_its_time_and_the_series_its_sum() -> None:
    """A hole at the end of one series does not give it the time of another's newest value."""
    columns = (("time", "time", [1000, 2000, 3000]), ("filled", "number", [4, 5, None]))
    (target,) = answered(200, {"results": {"A": {"frames": [frame(*columns)]}}})
    assert [(last.value, last.at_ms, last.total) for last in target.last] == [(5.0, 2000, 9.0)]


def test_of_words_the_first_rows_are_kept_and_the_rest_is_counted() -> None:
    """A table of 200 rows costs the line of its load ten of them, each cut where an id ends."""
    columns = (
        ("order_id", "string", [f"{number}-{'x' * 100}" for number in range(200)]),
        ("none", "string", [None] * 200),
    )
    (target,) = answered(200, {"results": {"A": {"frames": [frame(*columns)]}}})
    assert [(column.name, len(column.first), column.rows) for column in target.words] == [("order_id", 10, 200)]
    assert target.words[0].first[0] == "0-" + "x" * 78
