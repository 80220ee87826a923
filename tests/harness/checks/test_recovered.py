"""The check that services are well again in time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks import Recovered
from harness.model import Expected, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record, verdict, worst

# The heal was confirmed at 300.5 s.
CHECK = Recovered(within_s=10)


def health(*samples: tuple[float, bool, str], service: str = "trading-1") -> Story:
    """Samples of one service: when, whether well, and its mode."""
    story = Story()
    for at_s, ok, mode in samples:
        story.line(Stream.HEALTH, "sample", at_s, {"service": service, "ok": ok, "body": {"mode": mode}})
    return story


def well_from(back_s: float) -> Story:
    """Not well until `back_s`, asked each half second from the heal to the end."""
    times = [300.5 + step / 2 for step in range(600)]
    return health(*((at_s, at_s >= back_s, "normal") for at_s in times))


def test_well_again_in_time_passes_and_says_when() -> None:
    """The finding gives the seconds after the heal."""
    found = worst(CHECK, record(well_from(305.5), faults=[REDIS_STOPPED]))
    assert (found.verdict, found.observed, found.upper) == (Verdict.PASS, 5.0, 10.0)


@given(st.integers(min_value=0, max_value=59))
def test_the_bound_decides_to_the_sample(step: int) -> None:
    """Back within the bound passes; not well after it fails; a sample on each side of it tells nothing."""
    back_s = 300.5 + step / 2
    last_bad_s, first_good_s = step / 2 - 0.5, step / 2
    expected = Verdict.FAIL if last_bad_s > 10 else Verdict.UNKNOWN
    if first_good_s <= 10:
        expected = Verdict.PASS
    assert verdict(CHECK, record(well_from(back_s), faults=[REDIS_STOPPED])) is expected


def test_a_compressed_run_has_a_compressed_bound() -> None:
    """Ten production seconds are one second at a time scale of ten."""
    story = record(well_from(303.0), faults=[REDIS_STOPPED], time_scale=10)
    assert verdict(CHECK, story) is Verdict.FAIL


def test_fallback_mode_is_not_recovered() -> None:
    """A service that answers but still runs in fallback mode is not well."""
    story = health(*((301 + step, True, "fallback") for step in range(300)))
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.FAIL


def test_a_relapse_after_the_bound_fails() -> None:
    """Well in time and not well later is not recovered for good."""
    story = health(*((301 + step, step != 15, "normal") for step in range(300)))
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.FAIL


def test_sick_in_the_last_sample_before_the_bound_is_unknown() -> None:
    """A run that ended before the bound cannot tell."""
    story = health(*((301 + step, False, "normal") for step in range(5)))
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.UNKNOWN


@pytest.mark.parametrize("story", [Story(), health((301, True, "normal"), (302, True, "normal"))])
def test_too_few_samples_are_unknown(story: Story) -> None:
    """No file, or fewer samples than the floor, concludes nothing."""
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.UNKNOWN


def test_a_fault_that_did_not_heal_is_unknown() -> None:
    """Without a confirmed heal there is nothing to count from."""
    fault = moved(REDIS_STOPPED, confirmed_healed_s=None)
    assert verdict(CHECK, record(well_from(301), faults=[fault])) is Verdict.UNKNOWN


def test_without_a_fault_every_sample_has_to_be_well() -> None:
    """In the control one bad sample is a failure."""
    good = health(*((step, True, "normal") for step in range(1, 600)))
    bad = health(*((step, step != 7, "normal") for step in range(1, 600)))
    assert (verdict(CHECK, record(good)), verdict(CHECK, record(bad))) == (Verdict.PASS, Verdict.FAIL)


@pytest.mark.parametrize(
    ("times_s", "expected"),
    [
        ([301 + 4 * step for step in range(75)], Verdict.PASS),
        ([301 + step for step in range(298) if not 50 < step < 55], Verdict.UNKNOWN),
        ([301 + step for step in range(290)], Verdict.UNKNOWN),
        ([310 + step for step in range(290)], Verdict.UNKNOWN),
    ],
    ids=["each four seconds", "hole", "ends early", "begins late"],
)
def test_who_is_not_asked_is_not_known_to_be_well(times_s: list[int], expected: Verdict) -> None:
    """Two intervals and the time of a call may lie between samples, up to the end of the run."""
    story = health(*((float(at_s), True, "normal") for at_s in times_s))
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is expected


def test_every_service_of_the_plan_has_to_be_asked() -> None:
    """A service that nobody asked, or a plan that owes none, is UNKNOWN."""
    for services in (("trading-1", "trading-3"), ()):
        owed = record(well_from(301), faults=[REDIS_STOPPED], expected=Expected(services=services, faults=1))
        assert verdict(CHECK, owed) is Verdict.UNKNOWN


def test_a_service_that_does_not_say_its_mode_is_not_well() -> None:
    """An empty answer is no word on its mode; where the mode does not matter it may be empty."""
    story = health(*((301 + step, True, "") for step in range(300)))
    for seen in story.streams[Stream.HEALTH]:
        seen.data.update({"body": {}})  # type: ignore[attr-defined]  # a dict in these stories
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED])) is Verdict.FAIL
    assert verdict(Recovered(within_s=10, mode=""), record(story, faults=[REDIS_STOPPED])) is Verdict.PASS
