"""The check that a critical alert speaks for its warning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import Inhibited
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.alerts import Alerts, evaluations
from tests.harness.checks.story import END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, record, verdict

FIRST = {"instance": "trading-1"}
CHECK = Inhibited(name="Warning", by="Critical", labels=FIRST)
RULES = [replace(SIGNAL_LOSS, alert=name) for name in ("Warning", "Critical")]


def both(warned_s: float = 180.0) -> Alerts:
    """The critical alert fires from 165 s to 285 s, the warning from 180 s on."""
    alerts = Alerts().sampled(0, END_S).stood("firing", evaluations(165, 300), alert="Critical", labels=FIRST)
    return alerts.stood("firing", evaluations(warned_s, 345), alert="Warning", labels=FIRST)


def of(story: Story) -> Verdict:
    """What the check says of a story."""
    return verdict(CHECK, record(story, faults=[REDIS_STOPPED], rules=RULES))


def test_a_warning_that_nobody_is_told_of_passes() -> None:
    """Both fire, one is told; when the critical alert is over the warning may speak."""
    assert of(both().end()) is Verdict.PASS
    assert of(both().told("firing", 320.0, channel="slack", alert="Warning", labels=FIRST).end()) is Verdict.PASS


def test_a_warning_told_beside_its_critical_alert_fails() -> None:
    """One notice is enough."""
    assert of(both().told("firing", 200.0, channel="slack", alert="Warning", labels=FIRST).end()) is Verdict.FAIL


def test_another_instance_may_warn() -> None:
    """Inhibition is by instance."""
    second = {"instance": "trading-2"}
    assert of(both().told("firing", 200.0, channel="slack", alert="Warning", labels=second).end()) is Verdict.PASS


def test_without_both_there_was_nothing_to_silence() -> None:
    """A warning that never fired, or only later, was not inhibited; nor was one without its critical alert."""
    assert of(both(warned_s=315).end()) is Verdict.UNKNOWN
    assert of(Alerts().sampled(0, END_S).end()) is Verdict.UNKNOWN


@pytest.mark.parametrize("stream", [Stream.ALERTS, Stream.NOTIFICATIONS])
def test_missing_evidence_supports_no_pass(stream: Stream) -> None:
    """Without the series or the notices nobody knows."""
    assert of(both().end().without(stream)) is Verdict.UNKNOWN


def test_a_sink_that_was_not_read_is_unknown() -> None:
    """What was told meanwhile cannot be known."""
    assert of(both().deaf(200, 250).end()) is Verdict.UNKNOWN


@pytest.mark.parametrize(("warned_s", "expected"), [(285, Verdict.UNKNOWN), (270, Verdict.PASS)])
def test_a_warning_that_fired_too_briefly_to_be_told_was_not_silenced(warned_s: float, expected: Verdict) -> None:
    """A notice takes up to 10.5 s here: nobody is told of what stands for less, with or without inhibition."""
    assert of(both(warned_s=warned_s).end()) is expected


def test_between_two_firings_of_the_critical_alert_the_warning_may_speak() -> None:
    """Nothing silences it there, and what it says then is no breach."""
    again = both().stood("firing", evaluations(450, 510), alert="Critical", labels=FIRST)
    between = again.told("firing", 330.0, channel="slack", alert="Warning", labels=FIRST)
    assert of(between.end()) is Verdict.PASS
    assert of(again.told("firing", 480.0, channel="slack", alert="Warning", labels=FIRST).end()) is Verdict.FAIL


@pytest.mark.parametrize("lost", [0, 1])
def test_a_rule_that_was_not_loaded_silences_nothing(lost: int) -> None:
    """Neither the warning nor its critical alert may be missing."""
    story = both().end()
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED], rules=[RULES[lost]])) is Verdict.FAIL


def test_a_warning_told_before_its_critical_alert_fires_is_no_breach() -> None:
    """Nothing silences it until then."""
    told = both(warned_s=135).told("firing", 150.0, channel="slack", alert="Warning", labels=FIRST)
    assert of(told.end()) is Verdict.PASS


def test_a_slow_group_takes_longer_to_be_told() -> None:
    """A group that is flushed every 40 s might not have been told within 30 s anyway."""
    slow = [replace(rule, group_interval_s=40.0) for rule in RULES]
    story = both(warned_s=255).end()
    assert verdict(CHECK, record(story, faults=[REDIS_STOPPED], rules=slow)) is Verdict.UNKNOWN
