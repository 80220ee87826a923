"""The check that nothing acknowledged is lost and nothing is executed twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import ExactlyOnce
from harness.model import Record, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, REDIS_STOPPED, Story, record, verdict, worst
from tests.harness.checks.trades import Trades

CHECK = ExactlyOnce(min_ok=2)
AGAIN = {"id": "s2", "effect_id": "again"}


def two_good() -> Trades:
    """Two signals that went as they should: the floor of the check above."""
    return Trades().done("s1").done("s2")


def test_all_executed_once_is_a_pass() -> None:
    """Acknowledged signals with one effect each pass, and the finding counts them."""
    found = worst(CHECK, record(two_good().end()))
    assert (found.verdict, found.observed) == (Verdict.PASS, 2.0)


def test_unknown_outcome_may_be_executed_once_or_not_at_all() -> None:
    """A signal that nobody got an answer to may or may not have been executed."""
    left = two_good().sent("s3", "info")
    executed = two_good().sent("s3", "info").accepted("s3").executed("s3")
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
        (two_good().sent("s3", "info").accepted("s3"), "kept by the database and never executed: s3"),
        (two_good().accepted("s3"), "although nobody sent them: s3"),
        (two_good().sent("s3", "info").executed("s3"), "without having been kept: s3"),
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
        ("effect", {**AGAIN, "epoch": 1, "by": "trading-1", "at_s": BEGIN_S + 20, "status": "filled"}),
        ("event", {"id": "s2", "effect_id": "order-s2", "event_id": "again", "epoch": 1}),
        ("outbox", {**AGAIN, "event_id": "again", "shipped": True}),
        ("shipped", {**AGAIN, "event_id": "again"}),
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


def test_an_execution_twice_in_the_analytics_store_fails() -> None:
    """Shipping is at least once and the store merges what is the same: what is left twice is counted twice."""
    trades = two_good()
    trades._row("shipped", id="s1", effect_id="order-s1", event_id="event-order-s1")
    assert "more than once: s1" in worst(CHECK, record(trades.end())).message


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("shipped", {"effect_id": "nobodys"}),
        ("shipped", {"event_id": "nobodys"}),
        ("outbox", {"event_id": "nobodys"}),
        ("event", {"effect_id": "nobodys"}),
        ("event", {"epoch": -7}),
    ],
)
def test_rows_that_do_not_belong_to_their_order_fail(kind: str, change: dict[str, object]) -> None:
    """Event, outbox and analytics store speak of the order and the execution that were made, under its epoch."""
    trades = two_good()
    next(line for line in trades.story.streams[Stream.FINAL] if line.kind == kind).data.update(change)  # type: ignore[attr-defined]  # a dict
    messages = [found.message for found in CHECK.judge(record(trades.end())) if found.verdict is Verdict.FAIL]
    assert any("do not belong to their order: s1" in message for message in messages), messages


def test_a_rejected_order_is_not_shipped() -> None:
    """A rejected order executed nothing: it has its event and no row in the outbox; one that is shipped is a breach."""
    rejected = two_good().sent("s3", "ok").accepted("s3").executed("s3", status="rejected")
    assert verdict(CHECK, record(rejected.end())) is Verdict.PASS
    shipped = two_good().sent("s3", "ok").accepted("s3").executed("s3", status="rejected")
    shipped._row("outbox", id="s3", effect_id="order-s3", event_id="event-order-s3", shipped=True)
    assert "rejected and shipped" in worst(CHECK, record(shipped.end())).message


def test_a_run_of_rejected_orders_is_unknown() -> None:
    """Half of the orders have to be filled; of rejected ones nothing can be seen to be shipped."""
    half, fewer = two_good(), two_good()
    for trades, number in ((half, 2), (fewer, 3)):
        for one in (f"r{count}" for count in range(number)):
            trades.sent(one, "ok").accepted(one).executed(one, status="rejected")
    assert verdict(CHECK, record(half.end())) is Verdict.PASS
    assert verdict(CHECK, record(fewer.end())) is Verdict.UNKNOWN


def test_an_order_that_never_got_into_the_outbox_fails() -> None:
    """No row in the outbox is no better than one that was not shipped."""
    trades = two_good()
    lines = trades.story.streams[Stream.FINAL]
    trades.story.streams[Stream.FINAL] = [line for line in lines if line.kind != "outbox"]
    trades._counts["outbox"] = 0
    assert "never put into the outbox" in worst(CHECK, record(trades.end())).message


@pytest.mark.parametrize("kind", ["accepted", "event", "outbox", "shipped", "epoch"])
def test_a_kind_that_was_not_read_is_unknown(kind: str) -> None:
    """Rows that nobody asked the databases for are not missing rows."""
    story = two_good().end()
    story.streams[Stream.FINAL] = [line for line in story.streams[Stream.FINAL] if line.kind != kind]
    story.streams[Stream.FINAL][-1].data["counts"].pop(kind)
    assert verdict(CHECK, record(story)) is Verdict.UNKNOWN


@pytest.mark.parametrize("field", ["sent", "completed", "ok", "fail", "info"])
def test_a_summary_that_does_not_agree_with_its_lines_is_unknown(field: str) -> None:
    """What the generator counted has to be what it wrote down."""
    story = two_good().end()
    story.streams[Stream.CLIENT][-1].data[field] += 1  # type: ignore[index]  # a dict in these stories
    assert verdict(CHECK, record(story)) is Verdict.UNKNOWN


def test_each_request_has_exactly_one_outcome() -> None:
    """No outcome, two of them, or one without a request is damage, and no breach."""
    without = two_good().sent("s3", None)
    twice = two_good()
    twice.story.line(Stream.CLIENT, "info", 20, {"id": "s1"})
    twice._outcomes["info"] += 1
    orphan = two_good()
    orphan.story.line(Stream.CLIENT, "info", 20, {"id": "s9"})
    orphan._outcomes["info"] += 1
    again = two_good()
    again.story.line(Stream.CLIENT, "invoke", 20, {"id": "s1", "due_s": BEGIN_S + 20, "to": "trading-1"})
    again._sent += 1
    for trades in (without, twice, orphan, again):
        assert verdict(CHECK, record(trades.end())) is Verdict.UNKNOWN


@pytest.mark.parametrize(("kind", "status"), [("ok", 503), ("ok", 302), ("ok", None), ("fail", 201), ("info", 200)])
def test_an_outcome_that_its_status_contradicts_is_unknown(kind: str, status: int | None) -> None:
    """Acknowledged is what was answered with 2xx, and nothing else."""
    trades = two_good().sent("s3", kind)
    trades.story.streams[Stream.CLIENT][-1].data["status"] = status  # type: ignore[index]  # a dict in these stories
    trades._answered = 2 + (status is not None)
    found = worst(CHECK, record((trades.accepted("s3").executed("s3") if kind != "fail" else trades).end()))
    assert found.verdict is Verdict.UNKNOWN
    assert f"client.jsonl:6 cannot be read ({kind} with status {status})" in found.message


def test_an_event_of_another_signal_does_not_belong() -> None:
    """It names the order of one signal and says that it is of another: that one has two events, and this one none."""
    trades = two_good()
    events = [line for line in trades.story.streams[Stream.FINAL] if line.kind == "event"]
    for line, other in zip(events, ("s2", "s1"), strict=True):
        line.data["id"] = other  # type: ignore[index]  # a dict in these stories
    messages = [found.message for found in CHECK.judge(record(trades.end())) if found.verdict is Verdict.FAIL]
    assert any("do not belong to their order: s2, s1" in message for message in messages), messages


def test_the_story_of_a_duplicate_shows_lines_instances_epochs_and_fault() -> None:
    """A reader sees from the finding alone who executed the signal twice, when, and what was broken."""
    trades = two_good().term(epoch=2, leader="trading-2", from_s=110)
    trades.executed("s2", effect="again", epoch=2, by="trading-2", at_s=120)
    (story,) = worst(CHECK, record(trades.end(), faults=[REDIS_STOPPED])).stories
    for part in ("client.jsonl:3", "under epoch 1", "by trading-2 under epoch 2", "stop of redis is seen to be on"):
        assert part in story


def test_an_acknowledgement_is_not_taken_back_by_a_later_answer() -> None:
    """Once acknowledged a signal stays owed, whatever a second line says; two answers are doubtful anyway."""
    trades = two_good().sent("s3", "ok").sent("s3", "fail")
    assert verdict(CHECK, record(trades.accepted("s3").executed("s3").end())) is Verdict.UNKNOWN
    lost = two_good().sent("s3", "ok").sent("s3", "fail").accepted("s3")
    assert verdict(CHECK, record(lost.end())) is Verdict.FAIL


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


class OfOneBook(Trades):
    """Signals of an application that has neither leaders nor events nor an analytics store."""

    def term(self, *, epoch: int, leader: str, from_s: float) -> Trades:
        """Nobody leads."""
        del epoch, leader, from_s
        return self

    def kept(self, signal: str, effect: str = "") -> OfOneBook:
        """The book holds the signal, which is its execution as well."""
        row = {"id": signal, "effect_id": effect or f"order-{signal}", "at_s": BEGIN_S + 11.0, "status": "filled"}
        self._row("accepted", **row)
        self._row("effect", **row)
        return self

    def end(self) -> Story:
        """The story, of which only two kinds of rows were read."""
        story = super().end()
        story.streams[Stream.FINAL].pop()
        counts = {kind: self._counts[kind] for kind in ("accepted", "effect")}
        story.line(Stream.FINAL, "end", 595.0, {"counts": counts})
        return story


PLAIN = ExactlyOnce(min_ok=2, events=False, epochs=False, shipped=False)


def one_book() -> OfOneBook:
    """Two signals, acknowledged and kept."""
    book = OfOneBook()
    for signal in ("s1", "s2"):
        book.sent(signal, "ok")
        book.kept(signal)
    return book


def of_book(book: OfOneBook) -> Record:
    """The run, of which no more was owed than the book."""
    found = record(book.end())
    return replace(found, expected=replace(found.expected, finals=("accepted", "effect")))


def test_an_application_without_leaders_and_events_is_judged_by_what_it_has() -> None:
    """Kept once is a PASS; with the usual check it is UNKNOWN, as nobody said that there is nothing more."""
    assert worst(PLAIN, of_book(one_book())).verdict is Verdict.PASS
    assert worst(CHECK, of_book(one_book())).verdict is Verdict.UNKNOWN


def test_its_breaches_are_found() -> None:
    """Lost or kept twice, each a FAIL that names the signal."""
    lost, twice = one_book(), one_book()
    lost.sent("s3", "ok")
    twice.kept("s2", effect="again")
    assert "not in the database: s3" in " ".join(one.message for one in PLAIN.judge(of_book(lost)))
    assert "more than once: s2" in worst(PLAIN, of_book(twice)).message


def test_its_book_has_to_have_been_read() -> None:
    """Without the rows of one kind nothing passes."""
    book = one_book()
    story = book.end()
    story.streams[Stream.FINAL].pop()
    story.line(Stream.FINAL, "end", 595.0, {"counts": {"accepted": 2}})
    found = record(story)
    assert worst(PLAIN, replace(found, expected=replace(found.expected, finals=()))).verdict is Verdict.UNKNOWN
