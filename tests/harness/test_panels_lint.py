"""The rules for a board's file: a sound board has no problem, each mistake has its sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from harness.panels.lint import problems, twice

SOURCES = {"prom": "prometheus", "pg": "grafana-postgresql-datasource"}
PROM = {"type": "prometheus", "uid": "prom"}
PG = {"type": "grafana-postgresql-datasource", "uid": "pg"}
Board = dict[str, Any]


def panel(number: int, x: int, target: Board, source: Board, kind: str = "stat") -> Board:
    """A sound panel, eight columns wide."""
    return {
        "id": number,
        "type": kind,
        "title": f"Panel {number}",
        "description": "What it is for.",
        "datasource": source,
        "gridPos": {"x": x, "y": 0, "w": 8, "h": 4},
        "maxDataPoints": 300,
        "interval": "1s",
        "fieldConfig": {"defaults": {"unit": "s"}, "overrides": []},
        "targets": [{"refId": "A", "datasource": source, **target}],
    }


def sound() -> Board:
    """A board without a problem."""
    return {
        "uid": "b",
        "title": "Board",
        "schemaVersion": 39,
        "refresh": "10s",
        "templating": {"list": [{"name": "instance", "type": "query"}]},
        "panels": [
            panel(1, 0, {"expr": 'up{instance=~"$instance"} / $__range_s', "range": True}, PROM, "timeseries"),
            panel(2, 8, {"rawSql": "SELECT a FROM t ORDER BY a LIMIT 5", "format": "table"}, PG, "table"),
            panel(3, 16, {"rawSql": "SELECT $__timeGroupAlias(a, 1m)", "format": "time_series"}, PG, "timeseries"),
        ],
    }


def test_a_sound_board_has_no_problem() -> None:
    """The rules do not ask for more than they say."""
    assert problems(sound(), SOURCES, {"s"}) == []


def at(*path: str | int, value: Any) -> Callable[[Board], None]:
    """Set what is at a place of the board."""

    def change(board: Any) -> None:
        for step in path[:-1]:
            board = board[step]
        board[path[-1]] = value

    return change


FIRST, TABLE = ("panels", 0), ("panels", 1)
ASKED = (*FIRST, "targets", 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (at("dashboard", value={}), "wrapped"),
        (at("title", value=" "), "no title"),
        (at("uid", value="a b"), "the uid 'a b'"),
        (at("id", value=3), "belongs to the server"),
        (at("schemaVersion", value=36), "schema is 36"),
        (at("__inputs", value=[{}]), "asks for inputs"),
        (at("refresh", value=""), "never refreshed"),
        (at(*TABLE, "id", value=1), "2 panels have the id 1"),
        (at(*TABLE, "gridPos", "x", value=7), "Panel 2 lies on Panel 1"),
        (at(*TABLE, "gridPos", "x", value=17), "within the 24 columns"),
        (at("templating", "list", value=[]), "$instance is no variable"),
        (at(*ASKED, "expr", value="up"), "the variable instance changes nothing"),
        (at("templating", "list", value=[{"name": "instance"}] * 2), "defined 2 times"),
        (at(*ASKED, "expr", value='up{instance=~".*"} / up{instance=~"$instance"}'), 'instance=~".*", which takes'),
        (at(*FIRST, "type", value="graph2"), "'graph2' is not one"),
        (at(*FIRST, "title", value=""), "it has no title"),
        (at(*FIRST, "description", value=""), "it has no description"),
        (at(*FIRST, "fieldConfig", "defaults", "unit", value="parsecs"), "the unit 'parsecs'"),
        (at(*FIRST, "maxDataPoints", value=None), "depend on the width"),
        (at(*FIRST, "datasource", value={"type": "prometheus", "uid": "gone"}), "no data source is"),
        (at(*FIRST, "datasource", value={"type": "loki", "uid": "prom"}), "no data source is"),
        (at(*ASKED, "datasource", value=PG), "query A reads"),
        (at(*FIRST, "targets", value=[]), "asks nothing"),
        (at(*ASKED, "refId", value=""), "have the refId ''"),
        (at(*ASKED, "instant", value=True), "either a range or an instant"),
        (at(*TABLE, "targets", 0, "rawSql", value="SELECT a FROM t ORDER BY a"), "any number of rows"),
        (
            at(*TABLE, "targets", 0, "rawSql", value="SELECT * FROM (SELECT a FROM t LIMIT 5) x, y"),
            "any number of rows",
        ),
        (at(*TABLE, "targets", 0, "format", value=1), "which the plugin refuses"),
        (at("panels", 2, "targets", 0, "rawSql", value="SELECT a"), "without a column `time`"),
        (
            at("panels", 2, "targets", 0, "rawSql", value="SELECT 1 AS time WHERE t > $__fromTime"),
            "by hand ($__fromTime)",
        ),
    ],
)
def test_each_mistake_has_its_sentence(change: Callable[[Board], None], words: str) -> None:
    """One mistake in a sound board, and the rule that is broken."""
    board = copy.deepcopy(sound())
    change(board)
    found = problems(board, SOURCES, {"s"})
    assert any(words in one for one in found), found


def test_two_boards_with_a_name() -> None:
    """Grafana keeps one of them, without a word."""
    other = {**sound(), "uid": "other"}
    assert twice([sound(), other]) == ["the title 'Board' belongs to 2 boards"]
