"""The check that the promised traffic really flowed: one signal a second in these stories."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from harness.checks import LoadKept
from harness.model import Expected, LoadProfile, Record, Verdict
from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, REDIS_STOPPED, Story, record, verdict, worst
from tests.harness.checks.trades import Trades

CHECK = LoadKept()


def due(times_s: Iterable[float]) -> Story:
    """Answered requests, due at these times."""
    trades = Trades()
    for number, at_s in enumerate(times_s):
        trades.sent(f"s{number}", "ok", at_s=at_s)
    return trades.end()


def each_second(*, without: range = range(0)) -> Story:
    """A request each second until the traffic is stopped, but for some."""
    return due(at_s + 0.5 for at_s in range(590) if at_s not in without)


def load(**changes: Any) -> Story:
    """Traffic as it should be, and a summary with some figures changed."""
    story = each_second()
    story.streams[Stream.CLIENT][-1].data.update(changes)  # type: ignore[attr-defined]  # a dict in these stories
    return story


def at_rate(story: Story, rate_per_s: float, arrivals: str = "poisson", **more: Any) -> Record:
    """The story under a plan that asks for another load."""
    owed = Expected(load=LoadProfile(signals_per_s=rate_per_s, arrivals=arrivals), faults=len(more.get("faults", ())))
    return record(story, expected=owed, **more)


def test_traffic_as_promised_passes() -> None:
    """On time, all sent, enough answered, as many as planned."""
    assert verdict(CHECK, record(load(lateness_ms={"p99": 50.0}))) is Verdict.PASS
    assert verdict(CHECK, record(each_second(), faults=[REDIS_STOPPED])) is Verdict.PASS


@pytest.mark.parametrize(
    "changes",
    [
        {"dropped": 1},
        {"scheduled": 591},
        {"completed": 49},
        {"lateness_ms": {"p99": 50.1}},
    ],
)
def test_a_generator_that_ran_late_or_short_is_unknown_and_never_a_fail(changes: dict[str, Any]) -> None:
    """What the generator did not deliver is not the subject's fault, and supports no PASS either."""
    assert verdict(CHECK, record(load(**changes))) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("late_ms", "waited", "told"),
    [(90.0, 0.14, True), (90.0, 0.01, True), (90.0, 0.009, False), (90.0, None, False), (50.0, 0.14, False)],
)
def test_people_are_told_when_a_late_generator_waited_for_a_processor(
    late_ms: float, waited: float | None, told: bool
) -> None:
    """It was not the generator's own doing; one on time needs no excuse, and without the figure nothing is guessed."""
    findings = CHECK.judge(record(load(lateness_ms={"p99": late_ms}, waited_share=waited)))
    late = next(one for one in findings if "after its due time" in one.message)
    assert ("It waited for a processor" in late.message) is told


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(range(200, 201), Verdict.PASS), (range(200, 202), Verdict.UNKNOWN), (range(90, 590), Verdict.UNKNOWN)],
    ids=["one of many", "a lull", "none from before the fault on"],
)
def test_constant_traffic_has_to_flow_without_a_lull(missing: range, expected: Verdict) -> None:
    """One request may be missing on the grid; two in a row, or a whole phase, are another load."""
    assert verdict(CHECK, record(each_second(without=missing), faults=[REDIS_STOPPED])) is expected


def test_traffic_missing_in_one_phase_is_unknown_and_named() -> None:
    """Each phase has to have its own traffic: what flows elsewhere does not make up for it."""
    story = due(sorted([*(at_s / 2 for at_s in range(200)), *(at_s + 0.5 for at_s in range(100, 590) if at_s % 2)]))
    found = [one for one in CHECK.judge(at_rate(story, 1.0, faults=[REDIS_STOPPED])) if one.verdict is not Verdict.PASS]
    assert all(one.verdict is Verdict.UNKNOWN for one in found)
    assert any("with the fault on" in one.message for one in found)


@pytest.mark.parametrize(
    ("rate_per_s", "expected"),
    [(1.0, Verdict.PASS), (1.23, Verdict.PASS), (1.24, Verdict.UNKNOWN), (0.80, Verdict.UNKNOWN), (0.82, Verdict.PASS)],
)
def test_poisson_traffic_may_stray_as_far_as_chance_does(rate_per_s: float, expected: Verdict) -> None:
    """590 arrivals are as many as a mean of 479 to 726 may bring: five deviations and two."""
    assert verdict(CHECK, at_rate(each_second(), rate_per_s)) is expected


def test_a_hundred_times_less_than_planned_is_unknown() -> None:
    """The plan says how much had to flow."""
    assert "due in the whole run" in worst(CHECK, at_rate(each_second(), 100.0)).message


def test_no_summary_no_file_or_a_broken_summary_is_unknown() -> None:
    """A generator that did not finish says nothing about its load."""
    assert verdict(CHECK, record(load().damaged(Stream.CLIENT))) is Verdict.UNKNOWN
    assert verdict(CHECK, record(Story())) is Verdict.UNKNOWN
    assert verdict(CHECK, record(load(lateness_ms=None))) is Verdict.UNKNOWN
    assert verdict(CHECK, at_rate(each_second(), 0.0)) is Verdict.UNKNOWN


BURST = "burst:5x/10s/100s"


def bursting(*, bursts: bool = True) -> Story:
    """A request a second, and five a second in the last ten of every hundred seconds: as its plan says, or without."""
    shaped = (at_s + part / 5 for at_s in range(590) for part in (range(5) if bursts and at_s % 100 >= 90 else (0,)))
    story = due(shaped)
    story.streams[Stream.CLIENT][-1].data.update(start_s=BEGIN_S)  # type: ignore[attr-defined]
    return story


def test_bursts_are_owed_when_the_plan_asks_for_them() -> None:
    """Traffic in bursts is as promised only with its bursts, and steady traffic only without."""
    assert verdict(CHECK, at_rate(bursting(), 1.0, BURST)) is Verdict.PASS
    assert "in the whole run" in worst(CHECK, at_rate(bursting(bursts=False), 1.0, BURST)).message
    assert verdict(CHECK, at_rate(bursting(bursts=False), 1.0, BURST)) is Verdict.UNKNOWN
    assert verdict(CHECK, at_rate(bursting(), 1.0)) is Verdict.UNKNOWN


def test_a_shape_cannot_be_judged_without_its_beginning_or_its_name() -> None:
    """When the schedule began, and what it was, have to be on record."""
    assert verdict(CHECK, at_rate(each_second(), 1.0, BURST)) is Verdict.UNKNOWN
    assert verdict(CHECK, at_rate(each_second(), 1.0, "trace:times.txt")) is Verdict.UNKNOWN
