"""The check that doubts runs whose faults were not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import FaultsTookEffect
from harness.checks.reading import watched
from harness.checks.spans import spans
from harness.errors import EvidenceError
from harness.model import Record, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import BEGIN_S, REDIS_STOPPED, Story, moved, record, verdict


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


def by_the_clock(*kinds: str, skipped: int = 0) -> Record:
    """A run of faults by the clock: one that was seen, or not, for each word, and some that found no room."""
    story, faults = seen(*WHOLE), []
    for number, kind in enumerate(kinds):
        at_s = 120.0 + 10 * number
        gone_s = None if kind == "stuck" else at_s + 30
        fault = moved(
            replace(REDIS_STOPPED, timed=True, target=f"redis-{number}"),
            asked_s=at_s,
            confirmed_s=None if kind == "missed" else at_s + 1,
            healed_s=at_s + 25,
            confirmed_healed_s=gone_s,
        )
        faults.append(fault)
    for _ in range(skipped):
        story.line(Stream.FAULTS, "skipped", 100, {"fault": 0, "fault_kind": "stop", "target": "redis", "detail": "x"})
    made = record(story, faults=[REDIS_STOPPED])  # its phases
    return replace(made, faults=tuple(faults))


@pytest.mark.parametrize(
    ("kinds", "skipped", "wanted"),
    [
        (("seen", "seen"), 0, Verdict.PASS),
        (("seen", "seen", "missed"), 1, Verdict.PASS),
        (("seen", "missed"), 1, Verdict.UNKNOWN),
        (("seen",), 2, Verdict.UNKNOWN),
        (("missed",), 0, Verdict.UNKNOWN),
        ((), 2, Verdict.UNKNOWN),
        (("seen", "stuck"), 0, Verdict.UNKNOWN),
    ],
)
def test_of_faults_by_the_clock_enough_have_to_be_seen(kinds: tuple[str, ...], skipped: int, wanted: Verdict) -> None:
    """Half of those planned; all that were struck have to be seen to heal."""
    check = FaultsTookEffect(expected=len(kinds) + skipped)
    assert verdict(check, by_the_clock(*kinds, skipped=skipped)) is wanted


def test_a_fault_by_the_clock_that_is_not_accounted_for_is_unknown() -> None:
    """Neither struck nor left out: somebody lost it."""
    assert verdict(FaultsTookEffect(expected=3), by_the_clock("seen", "seen")) is Verdict.UNKNOWN


def test_faults_by_the_clock_may_come_and_go_from_inject_to_heal() -> None:
    """Outside of these phases their times cannot be."""
    good = by_the_clock("seen", "seen")
    late = replace(good, faults=(*good.faults[:1], moved(good.faults[1], confirmed_healed_s=400.0)))
    assert verdict(FaultsTookEffect(expected=2), late) is Verdict.UNKNOWN


def test_traffic_beside_faults_by_the_clock_is_one_span() -> None:
    """Nothing is steady while they come and go."""
    parts = spans(by_the_clock("seen", "missed"))
    assert [part.steady for part in parts] == [True, False, True]
    assert (parts[1].from_s, parts[1].until_s) == (BEGIN_S + 120, BEGIN_S + 160)
