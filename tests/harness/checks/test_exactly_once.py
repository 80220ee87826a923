"""The check that nothing acknowledged is lost and nothing is executed twice."""

from __future__ import annotations

import pytest

from harness.checks import ExactlyOnce
from harness.model import Stream, Verdict
from tests.harness.checks.story import BEGIN_S, REDIS_STOPPED, record, verdict, worst
from tests.harness.checks.trades import Trades

CHECK = ExactlyOnce(min_ok=2)


def two_good() -> Trades:
    """Two signals that went as they should: the floor of the check above."""
    return Trades().done("s1").done("s2")


def test_all_executed_once_is_a_pass() -> None:
    """Acknowledged signals with one effect each pass, and the finding counts them."""
    found = worst(CHECK, record(two_good().end()))
    assert (found.verdict, found.observed) == (Verdict.PASS, 2.0)


@pytest.mark.parametrize("outcome", ["info", None])
def test_unknown_outcome_may_be_executed_once_or_not_at_all(outcome: str | None) -> None:
    """A signal that nobody got an answer to may or may not have been executed."""
    left = two_good().sent("s3", outcome)
    executed = two_good().sent("s3", outcome).accepted("s3").executed("s3")
    assert [verdict(CHECK, record(story.end())) for story in (left, executed)] == [Verdict.PASS, Verdict.PASS]


def test_refused_and_left_alone_is_a_pass() -> None:
    """A refused signal without an effect is as it was said."""
    assert verdict(CHECK, record(two_good().sent("s3", "fail").end())) is Verdict.PASS


@pytest.mark.parametrize(
    ("trades", "words"),
    [
        (two_good().sent("s3", "ok").accepted("s3"), "never executed: s3"),
        (two_good().sent("s3", "ok").executed("s3"), "not in the database: s3"),
        (two_good().executed("s2", effect="again"), "more than once: s2"),
        (two_good().sent("s3", "info").executed("s3").executed("s3", effect="again"), "more than once: s3"),
        (two_good().sent("s3", "fail").executed("s3"), "refused and executed"),
        (two_good().accepted("s3").executed("s3"), "nobody sent them: s3"),
        (two_good().sent("s3", "ok").accepted("s3").executed("s3", event=False), "without their event: s3"),
        (two_good().sent("s3", "ok").accepted("s3").executed("s3", shipped=False), "in the outbox"),
        (two_good().done("s3", epoch=7), "leader that never was: s3"),
        (two_good().done("s3", by="trading-2"), "leader that never was: s3"),
    ],
)
def test_each_breach_fails_and_names_the_signal(trades: Trades, words: str) -> None:
    """Every way to lose, double or invent a signal is a FAIL whose sentence says which one."""
    messages = [found.message for found in CHECK.judge(record(trades.end())) if found.verdict is Verdict.FAIL]
    assert any(words in message for message in messages), messages


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("effect", {"id": "s2", "effect_id": "again", "epoch": 1, "by": "trading-1", "at_s": BEGIN_S + 20}),
        ("event", {"id": "s2", "effect_id": "order-s2", "event_id": "again", "epoch": 1}),
        ("shipped", {"id": "s2", "effect_id": "again"}),
    ],
)
def test_a_duplicate_in_any_one_place_fails(kind: str, fields: dict[str, object]) -> None:
    """A second order, a second event or a second row in the analytics store each give it away alone."""
    trades = two_good()
    trades._row(kind, **fields)
    assert "more than once: s2" in worst(CHECK, record(trades.end())).message


def test_executed_but_not_in_the_analytics_store_fails() -> None:
    """An outbox that says "shipped" is not believed: the row has to be in the analytics store."""
    trades = two_good()
    trades.story.streams[Stream.FINAL] = [line for line in trades.story.streams[Stream.FINAL] if line.kind != "shipped"]
    trades._counts["shipped"] = 0
    assert "not in the analytics store" in worst(CHECK, record(trades.end())).message


def test_a_row_sent_twice_to_the_analytics_store_is_one_execution() -> None:
    """Shipping is at least once: the same effect twice there is no second execution."""
    trades = two_good()
    trades._row("shipped", id="s1", effect_id="order-s1")
    assert verdict(CHECK, record(trades.end())) is Verdict.PASS


def test_the_story_of_a_duplicate_shows_lines_instances_epochs_and_fault() -> None:
    """A reader sees from the finding alone who executed the signal twice, when, and what was broken."""
    trades = two_good().term(epoch=2, leader="trading-2", from_s=110)
    trades.executed("s2", effect="again", epoch=2, by="trading-2", at_s=120)
    story = worst(CHECK, record(trades.end(), faults=[REDIS_STOPPED])).evidence
    for part in ("client.jsonl:3", "epoch=1", "epoch=2 by=trading-2", "with stop of redis on", "with no fault on"):
        assert part in story


def test_an_acknowledgement_is_not_taken_back_by_a_later_answer() -> None:
    """Once acknowledged a signal stays owed, even if a retry of it was refused."""
    trades = two_good().sent("s3", "ok").sent("s3", "fail").accepted("s3").executed("s3")
    assert verdict(CHECK, record(trades.end())) is Verdict.PASS


def test_too_little_traffic_is_unknown() -> None:
    """One acknowledged signal less than the floor concludes nothing."""
    check = ExactlyOnce(min_ok=3)
    assert verdict(check, record(two_good().end())) is Verdict.UNKNOWN
    assert verdict(check, record(two_good().done("s3").end())) is Verdict.PASS


@pytest.mark.parametrize("stream", [Stream.CLIENT, Stream.FINAL])
def test_missing_or_cut_evidence_is_unknown(stream: Stream) -> None:
    """Neither a missing file nor one without its last line passes, and neither invents a breach."""
    story = two_good().end()
    assert verdict(CHECK, record(story.without(stream))) is Verdict.UNKNOWN
    assert verdict(CHECK, record(story.damaged(stream))) is Verdict.UNKNOWN


def test_a_duplicate_in_damaged_evidence_still_fails() -> None:
    """A breach that can be seen counts, even where the file is cut behind it."""
    story = two_good().executed("s2", effect="again").end()
    assert verdict(CHECK, record(story.damaged(Stream.FINAL))) is Verdict.FAIL
    assert verdict(CHECK, record(story.without(Stream.CLIENT))) is Verdict.FAIL


def test_requests_missing_from_the_history_are_unknown() -> None:
    """A history with fewer requests than the generator sent supports no PASS."""
    trades = two_good()
    trades._sent += 1
    assert verdict(CHECK, record(trades.end())) is Verdict.UNKNOWN


def test_rows_missing_from_the_last_read_are_unknown() -> None:
    """A last read that is shorter than it says supports no PASS."""
    trades = two_good()
    trades._counts["effect"] += 1
    assert verdict(CHECK, record(trades.end())) is Verdict.UNKNOWN
