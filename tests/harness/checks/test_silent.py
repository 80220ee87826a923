"""The check of a dose below an alert's threshold. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest

from harness.checks import Silent
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.alerts import Alerts, evaluations
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, moved, record, verdict, worst

THIRD = {"instance": "trading-3"}
NEAR = Silent(name="SignalLoss", labels=THIRD, nearest=0.7)
WAITS = Silent(name="SignalLoss", labels=THIRD, waits=True)
FAULTS = [REDIS_STOPPED]


def compared(value: float, at_s: float = 200.0, labels: Mapping[str, str] | None = None, **more: str) -> Story:
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


def test_a_wait_that_began_before_the_fault_is_no_dose() -> None:
    """What was pending when nothing was broken, or set in long after the heal, is not the fault's doing."""
    assert of(stood("pending", 60, 135).end(), WAITS) is Verdict.UNKNOWN
    assert of(stood("pending", 345, 375).end(), WAITS) is Verdict.UNKNOWN
    assert of(stood("pending", 330, 360).end(), WAITS) is Verdict.PASS


def test_a_wait_that_the_act_began_is_a_dose() -> None:
    """Faults of one act act together: a wait may have begun with the first of them."""
    earlier = moved(REDIS_STOPPED, asked_s=50, confirmed_s=51)
    later = replace(WAITS, fault=1)
    story = stood("pending", 60, 105).end()
    assert verdict(later, record(story, faults=[earlier, REDIS_STOPPED])) is Verdict.PASS


@pytest.mark.parametrize(("until_s", "expected"), [(180, Verdict.UNKNOWN), (195, Verdict.PASS)])
def test_a_wait_counts_only_when_it_was_as_long_as_asked_for(until_s: float, expected: Verdict) -> None:
    """Half of the minute that the rule waits is to be waited: one evaluation proves nothing."""
    assert of(stood("pending", 150, until_s).end(), replace(WAITS, nearest=0.5)) is expected


def test_two_short_waits_are_not_a_long_one() -> None:
    """Neither the waits of two instances nor two of one are added up."""
    twice = stood("pending", 150, 180).stood("pending", evaluations(255, 285), labels=THIRD)
    other = stood("pending", 150, 165).stood("pending", evaluations(165, 180), labels={"instance": "trading-1"})
    assert of(twice.end(), replace(WAITS, nearest=0.5)) is Verdict.UNKNOWN
    assert of(other.end(), replace(WAITS, labels={}, nearest=0.5)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (">", 31.0, Verdict.UNKNOWN),
        ("<", 40.0, Verdict.PASS),
        ("<", 60.0, Verdict.UNKNOWN),
        ("<", 20.0, Verdict.UNKNOWN),
        ("==", 25.0, Verdict.UNKNOWN),
        ("!=", 25.0, Verdict.UNKNOWN),
    ],
)
def test_near_is_told_by_the_side_from_which_a_rule_compares(operator: str, value: float, expected: Verdict) -> None:
    """A value past its threshold was no dose below it; one that has to be met exactly cannot be near."""
    story = compared(value, operator=operator)
    assert of(story, NEAR) is expected


def test_what_was_seen_live_counts_too() -> None:
    """An alert that fired before somebody's eyes fired, though the series that were read later do not show it."""
    alerts = stood("pending", 150, 195)
    live = {"alert": "SignalLoss", "state": "firing", "labels": THIRD}
    alerts.story.line(Stream.RULES, "sample", 200.0, {"alerts": [live]})
    assert of(alerts.end(), WAITS) is Verdict.FAIL
    stale = stood("pending", 150, 195)
    stale.story.line(Stream.RULES, "sample", 110.0, {"alerts": [live]})
    assert of(stale.end(), WAITS) is Verdict.PASS


@pytest.mark.parametrize("number", [-1, 1])
def test_a_fault_that_the_run_does_not_have_is_no_dose(number: int) -> None:
    """Counting from the end would judge another fault than the one that is meant."""
    assert of(stood("pending", 150, 195).end(), replace(WAITS, fault=number)) is Verdict.UNKNOWN


def test_two_rules_of_one_name_have_to_be_told_apart() -> None:
    """A critical and a warning rule may share a name; which of them is silent, its labels say."""
    warning = replace(SIGNAL_LOSS, labels={"severity": "warning"})
    story = stood("pending", 150, 195).end()
    two = record(story, faults=FAULTS, rules=[SIGNAL_LOSS, warning])
    assert verdict(WAITS, two) is Verdict.UNKNOWN
    severe = {"severity": "critical"}
    told = Alerts().sampled(0, END_S).stood("pending", evaluations(150, 195), labels=severe).end()
    assert verdict(replace(WAITS, labels=severe), record(told, faults=FAULTS, rules=two.rules)) is Verdict.PASS


def test_a_wait_of_the_act_before_is_no_dose_of_the_next() -> None:
    """What began to wait between two acts waits for neither fault."""
    later = moved(REDIS_STOPPED, asked_s=400, confirmed_s=401, healed_s=500, confirmed_healed_s=501)
    acts = [REDIS_STOPPED, replace(later, act=2)]
    story = stood("pending", 330, 375).end()
    assert verdict(replace(WAITS, fault=1), record(story, faults=acts)) is Verdict.UNKNOWN


def test_a_resolved_notice_is_no_alarm() -> None:
    """That an older trouble is over may be told at any time."""
    assert of(stood("pending", 150, 195).told("resolved", 200.0, channel="slack", labels=THIRD).end(), WAITS) is (
        Verdict.PASS
    )


@pytest.mark.parametrize("covered", [{"from_s": BEGIN_S - 60, "to_s": BEGIN_S + 400}, {"from_s": BEGIN_S + 120}])
def test_series_that_do_not_cover_the_dose_are_unknown(covered: dict[str, float]) -> None:
    """Prometheus' record has to reach from the fault to the end of what follows from it."""
    story = stood("pending", 150, 195).end()
    end = story.streams[Stream.ALERTS][-1]
    story.streams[Stream.ALERTS][-1] = msgspec.structs.replace(end, data={**end.data, **covered})
    assert of(story, WAITS) is Verdict.UNKNOWN
