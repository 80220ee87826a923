"""Every query of every panel has a promise or a reason why it has none, and docs/dashboards.md says which."""

from __future__ import annotations

import importlib
import json
import re
from collections import defaultdict
from pathlib import Path

from harness.checks import Panels, Truth
from harness.checks.truth import Quantile, Said, SaidName, Scraped, ScrapedQuantile
from harness.restore import from_data, to_data
from stack.grafana.boards.__main__ import BOARDS
from stack.services.grafana import expected_panels
from stack.truths import LATENCY_BUCKETS_S, PROMISES, TRUTH, UNTOLD

ROOT = Path(__file__).resolve().parents[2]
GRADES = ("scraped", "said", "known")  # a panel has the best that one of its queries has


def grade(promise: object) -> str:
    """What agreement with a promise proves."""
    if isinstance(promise, Scraped | ScrapedQuantile):
        return "scraped"
    return "said" if isinstance(promise, Said | SaidName) else "known"


def test_every_query_is_promised_or_has_a_reason() -> None:
    """Nobody adds a panel whose values nobody compares without saying why."""
    promised = {(one.board, one.panel, one.ref) for one in PROMISES}
    queries = {(panel.board, panel.title, ref) for panel in expected_panels() for ref in panel.refs}
    untold = {(board, title, ref) for board, title, ref in queries if (board, title, "") in UNTOLD} | UNTOLD.keys()
    assert queries - promised - untold == set()
    assert promised - queries == set()
    assert {key[:2] for key in UNTOLD} & {key[:2] for key in promised} == set()


def test_the_table_in_the_docs_says_the_same() -> None:
    """Each panel under its board, with its grade, and a reason that is no empty cell."""
    text = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    told: dict[tuple[str, str], str] = {}
    board = ""
    for first, second, third in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE):
        if second == "truth":
            board = first
        elif board:
            told[board, first] = second
            assert third.strip()
    uids = {str(made.uid): str(made.title) for made in (make() for make in BOARDS)}
    grades: dict[tuple[str, str], set[str]] = defaultdict(set)
    for promise in PROMISES:
        grades[uids[promise.board], promise.panel].add(grade(promise))
    due = {key: max(found, key=GRADES.index) for key, found in grades.items()}
    due |= {(uids[board], title): "no" for board, title, _ in UNTOLD}
    assert told == due
    assert len(told) == len(expected_panels()) == 64


def test_a_queue_that_nobody_tells_is_not_shown_as_empty() -> None:
    """With nobody leading the boards once said 0 while dozens of signals waited."""
    text = (ROOT / "grafana" / "dashboards" / "instance-state.json").read_text(encoding="utf-8")
    panels = {panel["title"]: panel for panel in json.loads(text)["panels"]}
    exprs = [target["expr"] for title in ("Queue Length", "Queues") for target in panels[title]["targets"]]
    assert [expr for expr in exprs if "vector(0)" in expr] == []


def test_titles_tell_panels_of_a_board_apart() -> None:
    """Promises name panels by their titles."""
    titles = [(panel.board, panel.title) for panel in expected_panels()]
    assert len(set(titles)) == len(titles)


def test_the_buckets_are_the_applications() -> None:
    """A quantile is only known by its bucket."""
    application = ROOT / "stack" / "trading_app" / "trading_app" / "metrics.py"
    found = re.search(r"LATENCY_BUCKETS_S = \(([^)]+)\)", application.read_text(encoding="utf-8"))
    assert found is not None
    assert tuple(float(one) for one in found[1].split(",")) == LATENCY_BUCKETS_S
    assert all(one.buckets == LATENCY_BUCKETS_S for one in PROMISES if isinstance(one, Quantile))


def test_the_promises_come_back_from_the_plan_as_they_were() -> None:
    """A run is judged by what was stored with it."""
    assert from_data(json.loads(json.dumps(to_data(TRUTH))), "plan.json") == TRUTH


def test_what_is_compared_with_prometheus_is_recorded() -> None:
    """Every metric of a promise is one that the check asks the run to record."""
    assert {one.metric for one in PROMISES if isinstance(one, Scraped)} <= set(TRUTH.metrics)
    assert {"up", "scrape_duration_seconds"} <= set(TRUTH.metrics)


def test_scenarios_that_judge_panels_judge_their_truth() -> None:
    """A board that is filled and fresh and wrong is worse than an empty one."""
    cannot = {
        "heavy-data": "sums begin with what was in the tables before, which is not read row by row",
        "load-viewers": "an instance that is killed takes with it what it counted since its last scrape",
    }
    files = sorted((ROOT / "scenarios").glob("[a-z]*.py"))
    loaded = (importlib.import_module(f"scenarios.{path.stem}") for path in files if not path.stem.startswith("test_"))
    scenarios = [module.SCENARIO for module in loaded]
    without = {
        one.name
        for one in scenarios
        if any(isinstance(check, Panels) for check in one.checks)
        and not any(isinstance(check, Truth) and check.promises == TRUTH.promises for check in one.checks)
    }
    assert without == cannot.keys()
