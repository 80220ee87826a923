"""The story of a signal, told in the order of time."""

from __future__ import annotations

from dataclasses import replace

from harness.checks import EpochsGrow, ExactlyOnce
from harness.checks.story import stories
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.story import REDIS_STOPPED, record, worst
from tests.harness.checks.trades import Trades

KILLED = replace(REDIS_STOPPED, kind="kill", target="trading-1")


def test_a_duplicate_is_told_from_its_request_to_the_analytics_store() -> None:
    """Who did what under which epoch, which fault came in between, and where each line stands."""
    trades = Trades().done("s1").term(epoch=2, leader="trading-2", from_s=110)
    trades.executed("s1", effect="again", epoch=2, by="trading-2", at_s=120)
    told = stories(record(trades.end(), faults=[KILLED]), ["s1"])["s1"].splitlines()
    assert told[0] == "s1: sent, acknowledged, executed 2 times. At first trading-1 led as epoch 1, with no fault on."
    assert [line[27:] for line in told[1:]] == [
        "sent to trading-1 (client.jsonl:1)",
        "acknowledged by trading-1: 201 (client.jsonl:2)",
        "in the database after the drain; since when is not recorded (final.jsonl:2)",
        "executed by trading-1 under epoch 1: order order-s1, filled (final.jsonl:3)",
        "  event event-order-s1 of order order-s1, epoch 1 (final.jsonl:4)",
        "  in the outbox, shipped: event event-order-s1 of order order-s1 (final.jsonl:5)",
        "  in the analytics store: event event-order-s1 of order order-s1 (final.jsonl:6)",
        "-- kill of trading-1 begins",
        "-- kill of trading-1 is seen to be on",
        "-- trading-2 takes the lead as epoch 2 (final.jsonl:7)",
        "executed AGAIN by trading-2 under epoch 2: order again, filled (final.jsonl:8)",
        "  event event-again of order again, epoch 2 (final.jsonl:9)",
        "  in the outbox, shipped: event event-again of order again (final.jsonl:10)",
        "  in the analytics store: event event-again of order again (final.jsonl:11)",
    ]
    assert [line[:27] for line in (told[1], told[8], told[11])] == [
        "13:46:50.000     +0.000 s  ",
        "13:48:20.000    +90.000 s  ",
        "13:48:40.000   +110.000 s  ",
    ]


def test_the_later_execution_is_the_second_wherever_it_stands() -> None:
    """Rows are read in any order; time decides which execution was one too many."""
    trades = Trades().sent("s1", "ok").accepted("s1").executed("s1", effect="late", at_s=20).executed("s1", at_s=11)
    told = stories(record(trades.end()), ["s1"])["s1"]
    assert "executed by trading-1 under epoch 1: order order-s1" in told
    assert "executed AGAIN by trading-1 under epoch 1: order late" in told


def test_a_row_of_somebody_else_that_names_the_order_is_part_of_the_story() -> None:
    """An event that says it is of another signal is told where its order is."""
    trades = Trades().done("s1")
    trades._row("event", id="stranger", effect_id="order-s1", event_id="odd", epoch=1)
    assert "event odd of order order-s1" in stories(record(trades.end()), ["s1"])["s1"]


def test_a_story_without_a_request_or_a_time_is_told_as_well() -> None:
    """What nobody sent, and what was only kept, has its lines too."""
    trades = Trades().executed("s1").accepted("s2").sent("s3", None)
    told = stories(record(trades.end()), ["s1", "s2", "s3", "s4"])
    assert told["s1"].startswith("s1: never sent, executed once. At first trading-1 led as epoch 1")
    assert told["s2"].splitlines()[0] == "s2: never sent, never executed."
    assert told["s3"].startswith("s3: sent, never executed.")
    assert told["s4"].splitlines()[0] == "s4: never sent, never executed."
    assert told["s2"].splitlines()[-1].strip() == "after the drain: not executed"
    assert told["s3"].splitlines()[-1].strip() == "after the drain: the database knows nothing of it"


def test_what_came_soon_after_is_told_too() -> None:
    """A signal was lost because its instance died after the answer, not before; what came later is another story."""
    lost = Trades().sent("s1", "ok", at_s=99).sent("s2", "ok", at_s=80).end()
    told = stories(record(lost, faults=[KILLED]), ["s1", "s2"])
    assert "kill of trading-1 is seen to be on" in told["s1"]
    assert "begins to heal" not in told["s1"]
    assert "kill of trading-1" not in told["s2"]
    unfinished = stories(record(lost.damaged(Stream.FINAL)), ["s1"])["s1"]
    assert "after the drain" not in unfinished


def test_findings_carry_the_first_stories_and_count_the_rest() -> None:
    """Five are told whole; the sentence says how many more there are."""
    trades = Trades()
    for number in range(7):
        trades.sent(f"s{number}", "ok").accepted(f"s{number}")
    found = worst(ExactlyOnce(min_ok=1), record(trades.end()))
    assert found.message == "7 signals were acknowledged and never executed: s0, s1, s2, s3, s4 and 2 more."
    assert [story.partition(":")[0] for story in found.stories] == ["s0", "s1", "s2", "s3", "s4"]


def test_an_effect_under_an_old_epoch_is_told_with_the_new_leader() -> None:
    """The reader sees the election before the effect that came too late."""
    trades = Trades().done("s1").term(epoch=2, leader="trading-2", from_s=20)
    trades.done("s2", epoch=2, by="trading-2", at_s=30).sent("s3", "ok", at_s=15).accepted("s3").executed("s3", at_s=40)
    found = worst(EpochsGrow(min_effects=1), record(trades.end()))
    assert found.verdict is Verdict.FAIL
    (story,) = found.stories
    assert story.index("takes the lead as epoch 2") < story.index("executed by trading-1 under epoch 1")


def test_a_story_has_an_end() -> None:
    """A signal with thousands of lines does not fill the report."""
    trades = Trades().done("s1")
    for _ in range(1000):
        trades.story.line(Stream.CLIENT, "info", 20, {"id": "s1"})
    told = stories(record(trades.end()), ["s1"])["s1"].splitlines()
    assert len(told) == 43
    assert told[-1] == "… there is more of it in the history."
