"""Firings of an expected alert that nobody waits for. Redis is stopped from 100.5 to 300.5 s, and from 400 to 520 s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import Alert, Inhibited, NothingElseFires
from harness.checks.accounted import unaccounted
from harness.model import Check, Finding, Verdict
from tests.harness.checks.alerts import Alerts, evaluations
from tests.harness.checks.story import END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, moved, record

FIRST, SECOND = {"instance": "trading-1"}, {"instance": "trading-2"}
AGAIN = replace(moved(REDIS_STOPPED, asked_s=400, confirmed_s=400.5, healed_s=520, confirmed_healed_s=520.5), act=2)
LISTED = NothingElseFires(allowed=("SignalLoss",))
IN_ACT_2 = Alert(name="SignalLoss", labels=FIRST, fault=1)


def fires(at_s: float, labels: dict[str, str]) -> Story:
    """SignalLoss fires once for three evaluations."""
    return Alerts().sampled(0, END_S).stood("firing", evaluations(at_s, at_s + 45), labels=labels).end()


def strangers(story: Story, *checks: Check) -> list[Finding]:
    """What nobody waits for."""
    rules = [SIGNAL_LOSS, replace(SIGNAL_LOSS, alert="Warning")]
    return list(unaccounted(checks, record(story, faults=[REDIS_STOPPED, AGAIN], rules=rules)))


@pytest.mark.parametrize(
    ("at_s", "labels", "expected"),
    [
        (465, FIRST, 0),
        (315, FIRST, 0),
        (30, FIRST, 1),
        (210, FIRST, 1),
        (465, SECOND, 1),
        (-45, SECOND, 0),
    ],
    ids=["awaited", "in the calm before", "in the baseline", "in the other act", "another instance", "before the run"],
)
def test_an_expected_alert_is_a_false_alarm_elsewhere(at_s: float, labels: dict[str, str], expected: int) -> None:
    """That an alert is expected of one instance for one fault excuses no other firing of it."""
    found = strangers(fires(at_s, labels), LISTED, IN_ACT_2)
    assert [(one.verdict, one.subject) for one in found] == [(Verdict.FAIL, "SignalLoss")] * expected


def test_the_false_alarm_is_named() -> None:
    """The sentence names alert, instance, when, and what was broken then."""
    (found,) = strangers(fires(210, SECOND), LISTED, IN_ACT_2)
    assert found.message.startswith("SignalLoss of trading-2 fired 210.00 s after the baseline began, with stop of re")


def test_every_check_of_the_alert_claims_its_own() -> None:
    """Two acts, two instances: each is waited for by a check of its own."""
    story = Alerts().sampled(0, END_S)
    story.stood("firing", evaluations(210, 255), labels=FIRST).stood("firing", evaluations(465, 510), labels=SECOND)
    checks = (LISTED, Alert(name="SignalLoss", labels=FIRST), Alert(name="SignalLoss", labels=SECOND, fault=1))
    assert strangers(story.end(), *checks) == []
    assert len(strangers(story.end(), *checks[:2])) == 1


def test_what_is_possible_or_inhibited_or_judged_by_nobody_is_not_held_against_it() -> None:
    """Chance decides over what is possible; a silenced warning is waited for by its own check."""
    assert strangers(fires(30, FIRST), NothingElseFires(possible=("SignalLoss",)), IN_ACT_2) == []
    silenced = Inhibited(name="SignalLoss", by="Warning", labels=SECOND)
    assert strangers(fires(465, SECOND), LISTED, IN_ACT_2, silenced) == []
    assert strangers(fires(30, FIRST), LISTED) == []
    assert strangers(fires(30, FIRST), IN_ACT_2) == []


def test_an_alert_of_one_act_is_not_waited_for_in_the_next() -> None:
    """What the first act's check waits for excuses nothing in the second."""
    assert len(strangers(fires(465, FIRST), LISTED, Alert(name="SignalLoss", labels=FIRST))) == 1
