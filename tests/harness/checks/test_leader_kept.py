"""The check that a fault costs nobody the lead. The fault is asked for at 100 s and healed at 300.5 s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import LeaderKept
from harness.model import Record, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, Story, moved, record, verdict, worst

CHECK = LeaderKept(min_effects=2)
LATER = replace(moved(REDIS_STOPPED, asked_s=400, confirmed_s=401, healed_s=500, confirmed_healed_s=501), act=2)


def led(*terms_s: float, effects_s: tuple[float, ...] = (120.0, 200.0, 450.0, 460.0)) -> Story:
    """Terms that began so many seconds after the beginning, and signals executed at these times."""
    story = Story()
    for number, from_s in enumerate(terms_s, start=1):
        fields = {"epoch": number, "leader": f"trading-{number}", "from_s": BEGIN_S + from_s}
        story.line(Stream.FINAL, "epoch", END_S, fields)
    for at_s in effects_s:
        fields = {"at_s": BEGIN_S + at_s, "epoch": 1, "by": "trading-1", "id": str(at_s), "effect_id": f"o-{at_s}"}
        fields["status"] = "filled"
        story.line(Stream.FINAL, "effect", END_S, fields)
    counts = {"epoch": len(terms_s), "effect": len(effects_s)}
    story.line(Stream.FINAL, "end", END_S, {"counts": counts})
    return story


def run(story: Story, *faults: FaultWindow) -> Record:
    """A run with these faults, or one stop of Redis."""
    return record(story, faults=list(faults) or [REDIS_STOPPED])


@pytest.mark.parametrize(
    ("begins_s", "expected"),
    [(50.0, Verdict.PASS), (99.9, Verdict.PASS), (100.1, Verdict.FAIL), (299.0, Verdict.FAIL), (550.0, Verdict.FAIL)],
)
def test_no_term_may_begin_from_the_fault_on(begins_s: float, expected: Verdict) -> None:
    """What happens while it is struck, held, healed or got over is its doing; what was before is not."""
    assert verdict(CHECK, run(led(-30, begins_s))) is expected


def test_an_election_is_named() -> None:
    """The finding says who took the lead, and after how long."""
    assert "trading-2 took the lead as epoch 2 20.00 s after" in worst(CHECK, run(led(-30, 120))).message


def test_each_act_has_its_own_verdict() -> None:
    """An election of the first act is not held against the fault of the second, nor the other way round."""
    second = replace(CHECK, fault=1)
    assert verdict(CHECK, run(led(-30, 150), REDIS_STOPPED, LATER)) is Verdict.FAIL
    assert verdict(second, run(led(-30, 150), REDIS_STOPPED, LATER)) is Verdict.PASS
    assert verdict(CHECK, run(led(-30, 450), REDIS_STOPPED, LATER)) is Verdict.PASS
    assert verdict(second, run(led(-30, 450), REDIS_STOPPED, LATER)) is Verdict.FAIL


def test_a_leader_that_nobody_saw_is_unknown() -> None:
    """Without a term from before, with too few signals executed, without the last read, or with an unseen fault."""
    assert verdict(CHECK, run(led())) is Verdict.UNKNOWN
    assert verdict(CHECK, run(led(-30, effects_s=(120.0,)))) is Verdict.UNKNOWN
    assert verdict(CHECK, run(led(-30, effects_s=(20.0, 30.0, 40.0)))) is Verdict.UNKNOWN
    assert verdict(CHECK, run(Story())) is Verdict.UNKNOWN
    assert verdict(CHECK, run(led(-30).damaged(Stream.FINAL))) is Verdict.UNKNOWN
    assert verdict(CHECK, run(led(-30), moved(REDIS_STOPPED, confirmed_s=None))) is Verdict.UNKNOWN
    assert verdict(replace(CHECK, fault=3), run(led(-30))) is Verdict.UNKNOWN


def test_an_election_in_damaged_evidence_still_fails() -> None:
    """A breach in what can be read is a breach."""
    assert verdict(CHECK, run(led(-30, 150).damaged(Stream.FINAL))) is Verdict.FAIL
