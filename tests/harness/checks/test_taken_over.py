"""The check that somebody takes the lead. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import TakenOver
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, Story, moved, record, verdict, worst

CHECK = TakenOver(within_s=60)
FAULTS = [REDIS_STOPPED]


def led(*terms_s: float) -> Story:
    """Terms that began so many seconds after the beginning, each by another instance."""
    story = Story()
    for number, from_s in enumerate(terms_s, start=1):
        fields = {"epoch": number, "leader": f"trading-{number}", "from_s": BEGIN_S + from_s}
        story.line(Stream.FINAL, "epoch", END_S, fields)
    story.line(Stream.FINAL, "end", END_S, {"counts": {"epoch": len(terms_s)}})
    return story


@pytest.mark.parametrize(
    ("begins_s", "expected"),
    [(130.0, Verdict.PASS), (160.5, Verdict.PASS), (160.6, Verdict.FAIL), (100.1, Verdict.PASS)],
)
def test_a_new_term_has_to_begin_in_time(begins_s: float, expected: Verdict) -> None:
    """The bound counts from the confirmed fault; a leader that gives up while it is struck is in time."""
    assert verdict(CHECK, record(led(-30, begins_s), faults=FAULTS)) is expected


def test_a_system_that_never_elects_anew_fails() -> None:
    """The old leader's term, and one from before the fault, are no takeover."""
    found = worst(CHECK, record(led(-30, 50), faults=FAULTS))
    assert found.verdict is Verdict.FAIL
    assert "nobody took over" in found.message


def test_the_bound_shrinks_with_the_time_scale() -> None:
    """60 production seconds at k = 2 are 30 real ones."""
    assert verdict(CHECK, record(led(-30, 130.4), faults=FAULTS, time_scale=2)) is Verdict.PASS
    assert verdict(CHECK, record(led(-30, 130.6), faults=FAULTS, time_scale=2)) is Verdict.FAIL


def test_a_takeover_of_the_next_act_does_not_count() -> None:
    """Each act's fault has to be answered itself."""
    later = replace(moved(REDIS_STOPPED, asked_s=400, confirmed_s=401, healed_s=500, confirmed_healed_s=501), act=2)
    acts = [REDIS_STOPPED, later]
    assert verdict(CHECK, record(led(-30, 410), faults=acts)) is Verdict.FAIL
    assert verdict(replace(CHECK, fault=1), record(led(-30, 410), faults=acts)) is Verdict.PASS


def test_terms_that_are_not_known_are_unknown() -> None:
    """Without the last read, with a cut one, or with a fault that was not seen, nobody knows."""
    assert verdict(CHECK, record(Story(), faults=FAULTS)) is Verdict.UNKNOWN
    assert verdict(CHECK, record(led(-30).damaged(Stream.FINAL), faults=FAULTS)) is Verdict.UNKNOWN
    assert verdict(CHECK, record(led(-30, 130), faults=[moved(REDIS_STOPPED, confirmed_s=None)])) is Verdict.UNKNOWN
    assert verdict(replace(CHECK, fault=3), record(led(-30, 130), faults=FAULTS)) is Verdict.UNKNOWN
