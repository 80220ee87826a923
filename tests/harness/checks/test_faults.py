"""The check that doubts runs whose faults were not seen."""

from __future__ import annotations

import pytest

from harness.checks import FaultsTookEffect
from harness.model import FaultWindow, Stream, Verdict
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record, verdict


def seen(*kinds: str) -> Story:
    """The stream of one fault with these steps."""
    story = Story()
    for kind in kinds:
        story.line(Stream.FAULTS, kind, 100, {"fault": 0, "fault_kind": "stop", "target": "redis", "detail": "so"})
    return story


WHOLE = ("asked", "confirmed", "healing", "healed", "confirmed_healed")


def test_a_fault_that_was_seen_to_come_and_go_passes() -> None:
    """Confirmed and confirmed healed is all that is asked."""
    assert verdict(FaultsTookEffect(expected=1), record(seen(*WHOLE), faults=[REDIS_STOPPED])) is Verdict.PASS


def test_a_control_without_faults_passes() -> None:
    """Nothing to break, nothing broken."""
    assert verdict(FaultsTookEffect(expected=0), record(Story())) is Verdict.PASS


@pytest.mark.parametrize(
    "fault", [moved(REDIS_STOPPED, confirmed_s=None), moved(REDIS_STOPPED, confirmed_healed_s=None)]
)
def test_a_fault_that_was_not_seen_is_unknown(fault: FaultWindow) -> None:
    """Neither an unconfirmed effect nor an unconfirmed heal supports a PASS."""
    assert verdict(FaultsTookEffect(), record(seen(*WHOLE), faults=[fault])) is Verdict.UNKNOWN


@pytest.mark.parametrize("step", ["failed", "undo_failed"])
def test_a_failed_step_is_unknown(step: str) -> None:
    """A step that failed makes the run doubtful even where the times are there."""
    assert verdict(FaultsTookEffect(), record(seen(*WHOLE, step), faults=[REDIS_STOPPED])) is Verdict.UNKNOWN


def test_a_planned_fault_that_is_not_there_is_unknown() -> None:
    """A run that forgot its fault shows nothing; nor does one whose faults were not recorded."""
    assert verdict(FaultsTookEffect(expected=1), record(Story())) is Verdict.UNKNOWN
    assert verdict(FaultsTookEffect(), record(Story(), faults=[REDIS_STOPPED])) is Verdict.UNKNOWN
