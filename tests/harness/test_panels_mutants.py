"""Mutants of boards: one mistake each, somewhere in a copy, and all kinds on the boards of this project."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from harness.panels import Span, panel_requests
from harness.panels.mutants import KINDS, BoardMutant, mutants

DASHBOARDS = Path(__file__).parents[2] / "grafana" / "dashboards"
SOURCES = [
    {"id": 1, "uid": uid, "name": uid, "type": kind, "isDefault": uid == "prom", "jsonData": {}}
    for uid, kind in (
        ("prom", "prometheus"),
        ("pg", "grafana-postgresql-datasource"),
        ("ch", "grafana-clickhouse-datasource"),
        ("redis", "redis-datasource"),
    )
]


def boards() -> list[dict[str, Any]]:
    """The boards of this project."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))]


def asked(board: Any) -> list[Any]:
    """What a browser would send for it, as it opens and with one instance chosen."""
    chosen = {"instance": "trading-1"} if "instance" in json.dumps(board["templating"]) else {}
    span = Span(from_ms=0, to_ms=900_000)
    return [request.body for choice in ({}, chosen) for request in panel_requests(board, SOURCES, span, choice)]


@pytest.mark.parametrize("board", boards(), ids=lambda board: str(board["uid"]))
def test_a_mutant_differs_in_what_it_asks_or_whom(board: dict[str, Any]) -> None:
    """One mistake each: the original is not touched, and no two mutants are the same."""
    before, found = copy.deepcopy(board), list(mutants(board))
    assert board == before
    texts = {json.dumps(mutant.board, sort_keys=True) for mutant in found}
    assert len(texts) == len(found)
    assert json.dumps(board, sort_keys=True) not in texts
    for mutant in found:
        assert asked(mutant.board) != asked(board), mutant.told


def test_every_kind_is_possible_somewhere() -> None:
    """A kind without a place would be a mistake that nobody tries."""
    assert {mutant.kind for board in boards() for mutant in mutants(board)} == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        ("a renamed metric", {"expr": "sum(a_b_total)"}, "a_b_total_v2"),
        ("a wrong unit of time", {"expr": "time() - a_b_seconds"}, "time() * 1000 - a_b_seconds"),
        ("a wrong label", {"expr": "sum by (instance, x) (up)"}, "sum by (pod) (up)"),
        ("all instances as one", {"expr": "up", "legendFormat": "{{instance}}"}, "avg(up)"),
        ("a filter that is ignored", {"expr": 'up{i=~"$i"}'}, 'up{i=~".*"}'),
        ("no LIMIT", {"rawSql": "SELECT a FROM t ORDER BY a DESC LIMIT 5"}, "SELECT a FROM t ORDER BY a DESC"),
        ("no index", {"rawSql": "SELECT a FROM t ORDER BY a DESC LIMIT 5"}, "a + interval '0' DESC LIMIT 5"),
    ],
)
def test_a_mistake_is_the_one_that_it_says(kind: str, target: dict[str, Any], words: str) -> None:
    """On one query."""
    board = {"uid": "b", "panels": [{"id": 7, "title": "P", "targets": [{"refId": "A", **target}]}]}
    found: list[BoardMutant] = [mutant for mutant in mutants(board) if mutant.kind == kind]
    (changed,) = [mutant.board["panels"][0]["targets"][0] for mutant in found]
    assert words in (changed.get("expr") or changed["rawSql"])
    assert [(mutant.panel, mutant.ref_id) for mutant in found] == [(7, "A")]
