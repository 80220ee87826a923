"""The check that nothing is acknowledged without a record. PostgreSQL is away from 100.5 s until 300 s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from harness.checks import NothingAcknowledged
from harness.model import Finding, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import REDIS_STOPPED, moved, record, verdict, worst
from tests.harness.checks.trades import Trades

CHECK = NothingAcknowledged(min_asked=2)
ALONE = NothingAcknowledged(min_asked=2, only_target=True)
STOPPED = replace(REDIS_STOPPED, target="postgres")
CUT = replace(REDIS_STOPPED, kind="cut-link", target="trading-1:postgres")


def refused() -> Trades:
    """Two signals that were refused meanwhile: the floor of the checks above."""
    return Trades().sent("s1", "fail", at_s=150).sent("s2", "info", at_s=200)


def found(trades: Trades, faults: Iterable[FaultWindow] = (STOPPED,), check: NothingAcknowledged = CHECK) -> Finding:
    """What decides."""
    return worst(check, record(trades.end(), faults=faults))


def test_refusals_and_silence_are_a_pass() -> None:
    """Without the record every request is refused, or nobody knows what became of it."""
    one = found(refused())
    assert (one.verdict, one.observed) == (Verdict.PASS, 0.0)


def test_an_acknowledgement_fails_with_signal_instance_lines_and_story() -> None:
    """A reader sees which promise was empty, who made it and where that stands."""
    one = found(refused().sent("s3", "ok", at_s=250, to="trading-2"))
    assert one.verdict is Verdict.FAIL
    assert "s3 by trading-2 (client.jsonl:5 and 6)" in one.message
    assert "stop of postgres" in one.message
    assert one.stories[0].startswith("s3: sent, acknowledged, never executed.")


@pytest.mark.parametrize(
    "at_s",
    [
        pytest.param(99.0, id="before the fault"),
        pytest.param(100.2, id="before it was seen to be on"),
        pytest.param(299.995, id="answered after its healing began"),
        pytest.param(350.0, id="after it"),
    ],
)
def test_an_acknowledgement_at_another_time_is_none_of_its_business(at_s: float) -> None:
    """What may have been kept before or after proves nothing."""
    assert found(refused().sent("s3", "ok", at_s=at_s)).verdict is Verdict.PASS


def test_only_the_instance_that_was_cut_off_is_bound() -> None:
    """The others reach the record and may go on; the one that does not may not."""
    other = refused().sent("s3", "ok", at_s=250, to="trading-2")
    assert found(other, [CUT], ALONE).verdict is Verdict.PASS
    assert found(refused().sent("s3", "ok", at_s=250), [CUT], ALONE).verdict is Verdict.FAIL
    assert found(other, [CUT]).verdict is Verdict.FAIL


def test_what_was_asked_of_others_is_no_look_at_the_one_that_was_cut_off() -> None:
    """Requests to other instances do not count as asked."""
    others = Trades().sent("s1", "fail", at_s=150, to="trading-2").sent("s2", "fail", at_s=150, to="trading-3")
    assert found(others, [CUT], ALONE).verdict is Verdict.UNKNOWN


def test_faults_together_take_the_record_away_while_all_are_on() -> None:
    """An instance that is still connected may acknowledge until it is cut off too."""
    later = replace(moved(CUT, asked_s=240.0, confirmed_s=240.5, healed_s=290.0), target="trading-2:postgres")
    both = NothingAcknowledged(together=(1,), min_asked=0)
    asked = refused().sent("s3", "ok", at_s=230)
    assert found(asked, [CUT, later], both).verdict is Verdict.PASS
    assert found(refused().sent("s3", "ok", at_s=245), [CUT, later], both).verdict is Verdict.FAIL
    assert found(refused().sent("s3", "ok", at_s=295), [CUT, later], both).verdict is Verdict.PASS


def test_too_few_requests_are_unknown() -> None:
    """Nobody asked, so nobody knows; a request that never left was not asked either."""
    one = Trades().sent("s1", "fail", at_s=150).sent("s9", "ok", at_s=50).sent("s8", "ok", at_s=400)
    assert found(one).verdict is Verdict.UNKNOWN
    assert found(one.sent("s2", "unsent", at_s=160)).verdict is Verdict.UNKNOWN
    assert found(one.sent("s3", "fail", at_s=170)).verdict is Verdict.PASS


def test_an_outage_that_was_never_seen_is_unknown() -> None:
    """Neither without its effect nor without the fault is anything known."""
    unseen = moved(STOPPED, confirmed_s=None)
    for faults in ([unseen], []):
        assert verdict(CHECK, record(refused().end(), faults=faults)) is Verdict.UNKNOWN


def test_an_outage_that_never_healed_lasts_to_the_end() -> None:
    """Without a heal an acknowledgement at any later time is as empty."""
    for_good = moved(STOPPED, healed_s=None, confirmed_healed_s=None)
    assert found(refused().sent("s3", "ok", at_s=500), [for_good]).verdict is Verdict.FAIL


def test_missing_or_cut_evidence_is_unknown_and_hides_no_breach() -> None:
    """Neither a missing file nor one without its last line passes; what can be seen still counts."""
    story = refused().end()
    for damaged in (story.without(Stream.CLIENT), story.damaged(Stream.CLIENT)):
        assert verdict(CHECK, record(damaged, faults=[STOPPED])) is Verdict.UNKNOWN
    broken = refused().sent("s3", "ok", at_s=250).end()
    assert verdict(CHECK, record(broken.damaged(Stream.CLIENT), faults=[STOPPED])) is Verdict.FAIL
