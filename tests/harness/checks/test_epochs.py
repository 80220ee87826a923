"""The checks on leadership terms."""

from __future__ import annotations

import pytest

from harness.checks import EpochsGrow, LeaderUnchanged
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.story import REDIS_STOPPED, record, verdict, worst
from tests.harness.checks.trades import Trades

GROW = EpochsGrow(min_effects=2)


def handed_over(*, old_effect_s: float) -> Trades:
    """trading-1 hands over to trading-2 at 50 s; each makes one effect, the first leader's at `old_effect_s`."""
    trades = Trades().term(epoch=2, leader="trading-2", from_s=50)
    return trades.done("s1", epoch=1, at_s=old_effect_s).done("s2", epoch=2, by="trading-2", at_s=60)


def test_effects_in_the_order_of_their_epochs_pass() -> None:
    """A clean handover passes."""
    assert verdict(GROW, record(handed_over(old_effect_s=49).end())) is Verdict.PASS


def test_effect_under_an_old_epoch_fails_and_names_the_fault() -> None:
    """An effect of the old leader after one of the new leader is a breach, told with the fault that was on."""
    trades = handed_over(old_effect_s=61).term(epoch=3, leader="trading-1", from_s=100)
    trades.done("s3", epoch=3, at_s=110).done("s4", epoch=2, by="trading-2", at_s=120)
    found = worst(GROW, record(trades.end(), faults=[REDIS_STOPPED]))
    assert (found.verdict, found.observed) == (Verdict.FAIL, 2.0)
    assert "first epoch 1 after 2, with no fault on" in found.message


@pytest.mark.parametrize(
    ("at_s", "expected"), [(49.96, Verdict.PASS), (50.04, Verdict.PASS), (49.94, Verdict.FAIL), (50.06, Verdict.FAIL)]
)
def test_an_effect_belongs_to_the_newest_term_of_its_time(at_s: float, expected: Verdict) -> None:
    """The second term begins at 50 s: a twentieth of a second around it both may act, else only the one."""
    old = at_s > 50
    trades = Trades().term(epoch=2, leader="trading-2", from_s=50).done("s1", at_s=20)
    trades.done("s2", epoch=1 if old else 2, by="trading-1" if old else "trading-2", at_s=at_s)
    assert verdict(GROW, record(trades.end())) is expected


@pytest.mark.parametrize(("epoch", "by"), [(1, "trading-1"), (2, "trading-1"), (1, "trading-2"), (3, "trading-2")])
def test_an_effect_that_is_not_of_the_leader_of_its_time_fails(epoch: int, by: str) -> None:
    """A leader that nobody elected, or one that was replaced, acts in nobody's name; order alone does not show it."""
    trades = Trades().term(epoch=2, leader="trading-2", from_s=-5)
    for number in range(3):
        trades.done(f"s{number}", epoch=epoch, by=by, at_s=20 + number)
    found = worst(GROW, record(trades.end()))
    assert found.verdict is Verdict.FAIL
    assert "not in the name of the leader of their time" in found.message


def test_a_leader_that_does_not_act_is_not_the_leader() -> None:
    """The term says trading-2 and trading-1 goes on executing: the record and the deeds disagree."""
    trades = Trades().term(epoch=2, leader="trading-2", from_s=-5).done("s1").done("s2")
    assert "trading-1 executed 2 signals" in worst(LeaderUnchanged(), record(trades.end())).message


def test_a_leader_that_nobody_saw_act_is_unknown() -> None:
    """Without an effect in the run nobody was seen to lead."""
    assert verdict(LeaderUnchanged(), record(Trades().end())) is Verdict.UNKNOWN


def test_an_epoch_given_twice_fails() -> None:
    """Two leaders of one epoch are a split brain in the record itself."""
    trades = handed_over(old_effect_s=49).term(epoch=2, leader="trading-3", from_s=55)
    assert "to trading-2 and to trading-3" in worst(GROW, record(trades.end())).message


def test_a_higher_epoch_that_began_earlier_fails() -> None:
    """Epochs grow with time."""
    trades = handed_over(old_effect_s=49).term(epoch=3, leader="trading-3", from_s=45)
    assert verdict(GROW, record(trades.end())) is Verdict.FAIL


def test_without_effects_or_terms_or_end_it_is_unknown() -> None:
    """Too few effects, a missing file, or an incomplete read support no PASS."""
    story = handed_over(old_effect_s=49).end()
    assert verdict(EpochsGrow(min_effects=3), record(story)) is Verdict.UNKNOWN
    assert verdict(GROW, record(story.without(Stream.FINAL))) is Verdict.UNKNOWN
    assert verdict(GROW, record(story.damaged(Stream.FINAL))) is Verdict.UNKNOWN
    story.streams[Stream.FINAL] = [line for line in story.streams[Stream.FINAL] if line.kind != "epoch"]
    assert verdict(GROW, record(story)) is Verdict.UNKNOWN


def test_one_term_from_before_the_baseline_is_an_unchanged_leader() -> None:
    """The leader of the beginning led to the end."""
    assert verdict(LeaderUnchanged(), record(Trades().done("s1").end())) is Verdict.PASS


def test_an_election_in_the_run_fails_and_is_named() -> None:
    """A term that began after the baseline is an election that was not due."""
    trades = Trades().term(epoch=2, leader="trading-2", from_s=150)
    found = worst(LeaderUnchanged(), record(trades.end(), faults=[REDIS_STOPPED]))
    assert found.verdict is Verdict.FAIL
    assert "trading-2 as epoch 2, with stop of redis on" in found.message


def test_a_leader_that_nobody_knows_is_unknown() -> None:
    """Without a term from before the baseline, or without the file, nothing is known of the leader."""
    story = Trades().end()
    assert verdict(LeaderUnchanged(), record(story.without(Stream.FINAL))) is Verdict.UNKNOWN
    story.streams[Stream.FINAL] = [line for line in story.streams[Stream.FINAL] if line.kind != "epoch"]
    assert verdict(LeaderUnchanged(), record(story)) is Verdict.UNKNOWN
