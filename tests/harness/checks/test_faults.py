"""The check that doubts runs whose faults were not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import FaultsTookEffect
from harness.checks.reading import watched
from harness.errors import EvidenceError
from harness.model import FaultWindow, Stream, Verdict
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record, verdict


def seen(*kinds: str) -> Story:
    """The stream of one fault with these steps."""
    story = Story()
    for kind in kinds:
        story.line(Stream.FAULTS, kind, 100, {"fault": 0, "fault_kind": "stop", "target": "redis", "detail": "so"})
    return story


CHECK = FaultsTookEffect(expected=1)
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


@pytest.mark.parametrize(
    "times_s",
    [
        {"confirmed_s": 99.0},
        {"healed_s": 100.2},
        {"confirmed_healed_s": 299.0},
        {"asked_s": 99.9},
        {"confirmed_healed_s": 300.6},
    ],
)
def test_times_out_of_order_or_outside_their_phases_are_unknown(times_s: dict[str, float]) -> None:
    """A fault is asked for, seen, healed and seen to be healed, while the run breaks and heals."""
    good = record(seen(*WHOLE), faults=[REDIS_STOPPED])
    bad = replace(good, faults=(moved(REDIS_STOPPED, **times_s),))
    assert (verdict(CHECK, good), verdict(CHECK, bad)) == (Verdict.PASS, Verdict.UNKNOWN)
    with pytest.raises(EvidenceError):
        watched(bad)


@pytest.mark.parametrize("name", ["baseline", "inject", "hold", "heal", "recover", "quiesce"])
def test_a_phase_that_is_missing_makes_the_run_unknown(name: str) -> None:
    """What the plan implies and was not recorded leaves open what happened when."""
    good = record(seen(*WHOLE), faults=[REDIS_STOPPED])
    bad = replace(good, phases=tuple(phase for phase in good.phases if phase.name != name))
    assert verdict(CHECK, bad) is Verdict.UNKNOWN
    with pytest.raises(EvidenceError, match=name):
        watched(bad)
