"""The check that trading goes on. The fault is asked for at 100 s, confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import KeepsTrading
from harness.model import Record, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import REDIS_STOPPED, moved, record, verdict, worst
from tests.harness.checks.trades import Trades

CHECK = KeepsTrading()


def trading(
    *,
    refused: range = range(0),
    queued: range = range(0),
    rejected: range = range(0),
    later_s: float = 1.0,
    kind: str = "fail",
) -> Trades:
    """A signal each second until the traffic is stopped; some are refused or not sent, never executed, or rejected."""
    trades = Trades()
    for at_s in range(590):
        one = f"s{at_s}"
        trades.sent(one, kind if at_s in refused else "ok", at_s=at_s + 0.2)
        if at_s not in refused and at_s not in queued:
            status = "rejected" if at_s in rejected else "filled"
            trades.executed(one, at_s=at_s + 0.21 + later_s, status=status)
    return trades


def of(trades: Trades, check: KeepsTrading = CHECK) -> Verdict:
    """What the check says of a run with the fault."""
    return verdict(check, faulty(trades))


def faulty(trades: Trades) -> Record:
    """The run with the fault."""
    return record(trades.end(), faults=[REDIS_STOPPED])


def test_trading_that_goes_on_passes_each_span() -> None:
    """Before, with and after the fault, and between them."""
    found = list(CHECK.judge(faulty(trading())))
    assert [(one.verdict, one.subject) for one in found] == [
        (Verdict.PASS, "before the fault"),
        (Verdict.PASS, "with the fault on"),
        (Verdict.PASS, "after the heal"),
        (Verdict.PASS, "between"),
    ]
    assert verdict(CHECK, record(trading().end())) is Verdict.PASS


@pytest.mark.parametrize(
    ("refused", "span"),
    [
        (range(50), "before the fault"),
        (range(101, 300), "with the fault on"),
        (range(301, 590), "after the heal"),
        (range(100, 590), "with the fault on"),
    ],
)
def test_a_system_that_refuses_is_of_no_use(refused: range, span: str) -> None:
    """Whoever answers 503 loses nothing; trading is what is asked for."""
    found = worst(CHECK, faulty(trading(refused=refused)))
    assert (found.verdict, found.subject) == (Verdict.FAIL, span)
    assert "acknowledged, due are at least 99%" in found.message


@pytest.mark.parametrize(("number", "expected"), [(1, Verdict.PASS), (2, Verdict.FAIL)])
def test_one_in_a_hundred_may_be_refused(number: int, expected: Verdict) -> None:
    """Of 199 signals under the fault one is less than one in a hundred, and two are more."""
    assert of(trading(refused=range(150, 150 + number))) is expected


@pytest.mark.parametrize(("later_s", "expected"), [(2.0, Verdict.PASS), (2.01, Verdict.FAIL)])
def test_executed_soon_is_part_of_trading(later_s: float, expected: Verdict) -> None:
    """Two seconds after the answer are the most; a queue is no trading."""
    assert of(trading(later_s=later_s)) is expected


def test_acknowledged_and_left_lying_fails() -> None:
    """Acknowledging alone is not trading."""
    assert "executed in time" in worst(CHECK, faulty(trading(queued=range(120, 130)))).message


def test_an_exchange_that_rejects_everything_is_no_trading() -> None:
    """Half of the orders have to be filled."""
    assert of(trading(rejected=range(120, 200))) is Verdict.PASS
    assert "filled, due are at least 50%" in worst(CHECK, faulty(trading(rejected=range(120, 290)))).message


def test_between_the_spans_more_may_be_refused_but_not_all() -> None:
    """While a fault takes effect and heals, ten of a hundred may be refused."""
    slow = [moved(REDIS_STOPPED, confirmed_s=110.0, confirmed_healed_s=310.0)]
    for number, expected in ((2, Verdict.PASS), (3, Verdict.FAIL)):
        story = trading(refused=range(102, 102 + number)).end()
        found = [one for one in CHECK.judge(record(story, faults=slow)) if one.subject == "between"]
        assert [one.verdict for one in found] == [expected]


def test_too_few_signals_are_unknown() -> None:
    """A share of few says nothing: the smallest span has a hundred signals."""
    assert of(trading(), replace(CHECK, min_arrivals=100)) is Verdict.PASS
    assert of(trading(), replace(CHECK, min_arrivals=101)) is Verdict.UNKNOWN


def test_what_could_not_be_sent_may_be_left_out() -> None:
    """With one of three instances dead a third is not sent: where the scenario says so, the rest is what is owed."""
    trades = trading(refused=range(110, 290, 3), kind="unsent")
    assert of(trades) is Verdict.FAIL
    assert of(trades, replace(CHECK, only_reached=True)) is Verdict.PASS
    assert of(trading(refused=range(110, 290, 3)), replace(CHECK, only_reached=True)) is Verdict.FAIL
    assert of(trading(refused=range(101, 300), kind="unsent"), replace(CHECK, only_reached=True)) is Verdict.UNKNOWN


def test_damage_is_unknown_and_takes_no_breach_away() -> None:
    """Cut or missing files support no PASS; what was refused before the cut was refused."""
    for stream in (Stream.CLIENT, Stream.FINAL):
        assert verdict(CHECK, record(trading().end().damaged(stream), faults=[REDIS_STOPPED])) is Verdict.UNKNOWN
    gone = trading().end().without(Stream.FINAL)
    refused = trading(refused=range(101, 300)).end().damaged(Stream.CLIENT)
    assert verdict(CHECK, record(gone, faults=[REDIS_STOPPED])) is Verdict.UNKNOWN
    assert verdict(CHECK, record(refused, faults=[REDIS_STOPPED])) is Verdict.FAIL


def test_an_outcome_that_was_lost_is_unknown_and_no_refusal() -> None:
    """What the file lost says nothing about the system."""
    story = trading().end()
    lines = story.streams[Stream.CLIENT]
    story.streams[Stream.CLIENT] = [line for line in lines if line.kind != "ok" or not 120 < line.mono_s < 160]
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.UNKNOWN


def test_a_fault_that_was_not_seen_leaves_it_unknown() -> None:
    """Without a confirmed effect and heal there is no before and after."""
    for missing in ({"confirmed_s": None}, {"confirmed_healed_s": None}):
        of_fault = record(trading().end(), faults=[moved(REDIS_STOPPED, **missing)])
        assert verdict(CHECK, of_fault) is Verdict.UNKNOWN
