"""The check of names: what the boards' PromQL may ask for is what Prometheus had."""

from __future__ import annotations

from dataclasses import replace

from harness.checks import Vocabulary
from harness.model import Expected, Record, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import OPEN_TRADES, Story, record, verdict, worst


def asking(*promql: str, told: dict[str, list[str]] | None = None, cut: bool = False) -> Record:
    """A run with one panel that asks this, and a Prometheus that has two metrics."""
    story = Story()
    for metric, labels in ({"up": ["instance"], "trades": ["instance", "leader"]} if told is None else told).items():
        story.line(Stream.SERIES, "told", 600, {"metric": metric, "labels": labels})
    story.line(Stream.SERIES, "end", 600, {})
    panel = replace(OPEN_TRADES, promql=promql)
    return record(story.damaged(Stream.SERIES) if cut else story, expected=Expected(panels=(panel,)))


def test_names_that_are_told_pass() -> None:
    """With how much was compared."""
    found = worst(Vocabulary(), asking("sum by (leader) (trades)", 'up{instance=~"$instance"}'))
    assert (found.verdict, found.message) == (
        Verdict.PASS,
        "1 panels ask only for what is among the 2 metrics that are told.",
    )


def test_a_name_behind_a_fallback_fails() -> None:
    """The panel shows 0, which is right while nothing is wrong."""
    found = worst(Vocabulary(), asking("up", "trades_v2 or vector(0)"))
    assert (found.verdict, found.subject) == (Verdict.FAIL, "Open Trades")
    assert found.message == "Open Trades reads trades_v2, which nobody tells."


def test_a_metric_of_bad_days_may_be_excused() -> None:
    """By its name; a label that it lacks is not."""
    assert verdict(Vocabulary(untold=("broken_total",)), asking("broken_total or vector(0)")) is Verdict.PASS
    assert verdict(Vocabulary(untold=("up",)), asking("sum by (pod) (up)")) is Verdict.FAIL


def test_what_does_not_parse_fails() -> None:
    """A panel that asks it shows nothing."""
    assert verdict(Vocabulary(), asking("sum(")) is Verdict.FAIL


def test_without_names_to_compare_nothing_is_known() -> None:
    """No metric recorded, no panel that asks Prometheus, or a record that is cut: what is missing may be there."""
    for doubtful in (asking("up", told={}), asking(), asking("trades_v2", cut=True)):
        assert verdict(Vocabulary(), doubtful) is Verdict.UNKNOWN
