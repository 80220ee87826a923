"""The check of a dose below an alert's threshold. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.checks import Silent
from harness.model import Stream, Verdict
from tests.harness.checks.alerts import Alerts, evaluations
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, Story, moved, record, verdict, worst

THIRD = {"instance": "trading-3"}
NEAR = Silent(name="SignalLoss", labels=THIRD, nearest=0.7)
WAITS = Silent(name="SignalLoss", labels=THIRD, waits=True)
FAULTS = [REDIS_STOPPED]


def compared(value: float, at_s: float = 200.0, labels: Mapping[str, str] | None = None, **more: float) -> Story:
    """A quiet run in which the rule compared a value with its threshold of 30."""
    story = Alerts().sampled(0, END_S).end()
    fields = {"alert": "SignalLoss", "operator": ">", "threshold": 30.0, "labels": dict(labels or THIRD), **more}
    samples = [[BEGIN_S + 50.0, "29"], [BEGIN_S + at_s, str(value)], [BEGIN_S + 220.0, "NaN"]]
    story.line(Stream.VALUES, "value", END_S, {**fields, "samples": samples})
    story.line(Stream.VALUES, "end", END_S, {"from_s": BEGIN_S, "to_s": BEGIN_S + END_S})
    return story


def stood(state: str, from_s: float, until_s: float) -> Alerts:
    """The alert of the third instance stood in a state."""
    return Alerts().sampled(0, END_S).stood(state, evaluations(from_s, until_s), labels=THIRD)


def of(story: Story, check: Silent) -> Verdict:
    """What the check says of a story."""
    return verdict(check, record(story, faults=FAULTS))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(21.0, Verdict.PASS), (30.0, Verdict.PASS), (20.9, Verdict.UNKNOWN), (-5.0, Verdict.UNKNOWN)],
)
def test_silence_counts_only_beside_a_dose_that_came_near(value: float, expected: Verdict) -> None:
    """Seven tenths of the threshold are near enough here; less proves nothing, whatever was silent."""
    assert of(compared(value), NEAR) is expected


def test_a_value_of_another_time_or_series_is_no_dose() -> None:
    """Only what the named series compared while the dose was there counts."""
    assert of(compared(25.0, at_s=90.0), NEAR) is Verdict.UNKNOWN
    assert of(compared(25.0, labels={"instance": "trading-1"}), NEAR) is Verdict.UNKNOWN


def test_without_values_nothing_is_known() -> None:
    """A run that recorded no values cannot say how near the dose came."""
    assert of(Alerts().sampled(0, END_S).end(), NEAR) is Verdict.UNKNOWN


@pytest.mark.parametrize("state", ["pending", "firing"])
def test_a_value_below_the_threshold_must_not_even_wait(state: str) -> None:
    """Pending is a breach where the condition must not be true at all; firing always is."""
    found = worst(NEAR, record(stood(state, 150, 180).end(), faults=FAULTS))
    assert found.verdict is Verdict.FAIL
    assert "trading-3" in found.message


def test_a_dose_that_is_too_short_waits_and_does_not_fire() -> None:
    """It has to have been pending, or there was no dose; once it fires it was no dose below."""
    assert of(stood("pending", 150, 195).end(), WAITS) is Verdict.PASS
    assert of(Alerts().sampled(0, END_S).end(), WAITS) is Verdict.UNKNOWN
    assert of(stood("pending", 150, 195).stood("firing", [210.0], labels=THIRD).end(), WAITS) is Verdict.FAIL


def test_a_notice_is_a_breach_whatever_prometheus_recorded() -> None:
    """Somebody was called: that is what must not happen."""
    alerts = stood("pending", 150, 195).told("firing", 200.0, channel="slack", labels=THIRD)
    assert of(alerts.end(), WAITS) is Verdict.FAIL


def test_other_instances_may_fire() -> None:
    """The dose of one instance says nothing about another's alert."""
    alerts = stood("pending", 150, 195).stood("firing", [210.0], labels={"instance": "trading-1"})
    assert of(alerts.end(), WAITS) is Verdict.PASS


def test_what_happens_in_the_next_act_is_not_the_doses_doing() -> None:
    """The same alert may fire for the next act's fault, and that one has a dose of its own."""
    later = moved(REDIS_STOPPED, asked_s=400, confirmed_s=401, healed_s=500, confirmed_healed_s=501)
    acts = [REDIS_STOPPED, replace(later, act=2)]
    story = stood("pending", 150, 195).stood("firing", [465.0], labels=THIRD).end()
    assert verdict(WAITS, record(story, faults=acts)) is Verdict.PASS
    second = Silent(name="SignalLoss", labels=THIRD, waits=True, fault=1)
    assert verdict(second, record(story, faults=acts)) is Verdict.FAIL


def test_a_fault_that_was_not_seen_is_no_dose() -> None:
    """Without its effect confirmed, or with its rule missing, silence proves nothing."""
    story = stood("pending", 150, 195).end()
    assert verdict(WAITS, record(story, faults=[moved(REDIS_STOPPED, confirmed_s=None)])) is Verdict.UNKNOWN
    assert verdict(WAITS, record(story, faults=FAULTS, rules=())) is Verdict.FAIL


def test_a_silence_that_nobody_listened_to_is_unknown() -> None:
    """The sink was not read, or the streams are cut."""
    assert of(stood("pending", 150, 195).deaf(200, 250).end(), WAITS) is Verdict.UNKNOWN
    assert of(stood("pending", 150, 195).end(until_s=400), WAITS) is Verdict.UNKNOWN
    assert of(stood("pending", 150, 195).end().without(Stream.NOTIFICATIONS), WAITS) is Verdict.UNKNOWN
