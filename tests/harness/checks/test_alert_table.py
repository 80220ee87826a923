"""Every alert against one scenario. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import Alert, NothingElseFires, Silent
from harness.checks.alert_table import alert_cells
from harness.model import Check, Finding, FindingKind, Verdict
from harness.recorded import Stream
from harness.results import AlertCell
from tests.harness.checks.alerts import Alerts, life
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, record

EXPECTED = (Alert(name="SignalLoss", theta_s=(25, 30)), NothingElseFires(allowed=("SignalLoss",)))
CONTROL = (NothingElseFires(),)
POSSIBLE = (NothingElseFires(possible=("SignalLoss",)),)


def quiet() -> Story:
    """Nothing fired, and somebody listened."""
    return Alerts().sampled(0, END_S).end()


def cell(story: Story, checks: tuple[Check, ...], findings: tuple[Finding, ...] = ()) -> AlertCell:
    """The cell of SignalLoss."""
    (found,) = alert_cells(record(story, faults=[REDIS_STOPPED]), checks, findings)
    return found


@pytest.mark.parametrize(
    ("fires", "checks", "due", "expected"),
    [
        (True, EXPECTED, "fires", Verdict.PASS),
        (False, EXPECTED, "fires", Verdict.FAIL),
        (True, CONTROL, "silent", Verdict.FAIL),
        (False, CONTROL, "silent", Verdict.PASS),
        (True, POSSIBLE, "either", Verdict.PASS),
        (False, POSSIBLE, "either", Verdict.PASS),
    ],
)
def test_a_cell_says_what_was_due_and_what_happened(
    fires: bool, checks: tuple[Check, ...], due: str, expected: Verdict
) -> None:
    """Fired where it was to, silent where it was to; chance is called so."""
    found = cell(life().end() if fires else quiet(), checks)
    assert (found.fired, found.due, found.verdict) == (fires, due, expected)


def test_a_cell_is_as_bad_as_the_worst_that_was_found_about_its_alert() -> None:
    """An alert that fired too late did fire, and is no pass; another alert's finding does not count."""
    late = Finding(check="Alert", kind=FindingKind.ALERT, verdict=Verdict.FAIL, message="late", subject="SignalLoss")
    assert cell(life().end(), EXPECTED, (late,)).verdict is Verdict.FAIL
    assert cell(life().end(), EXPECTED, (replace(late, subject="NoLeader"),)).verdict is Verdict.PASS


@pytest.mark.parametrize("stream", [Stream.ALERTS, Stream.NOTIFICATIONS])
def test_a_silence_that_nobody_recorded_is_not_known(stream: Stream) -> None:
    """A missing file is no silence."""
    found = cell(quiet().without(stream), CONTROL)
    assert (found.fired, found.verdict) == (None, Verdict.UNKNOWN)


def test_a_run_that_was_not_read_to_its_end_is_not_known() -> None:
    """What came after the last read may have fired."""
    assert cell(Alerts().sampled(0, END_S).end(until_s=500), CONTROL).fired is None


def test_a_silent_alert_tells_how_near_its_value_came() -> None:
    """The greatest share of the threshold; none for a rule that compares with zero, or below."""
    story = quiet()
    for threshold, operator, value in ((30.0, ">", "12"), (30.0, ">", "NaN"), (0.0, ">", "5"), (30.0, "<", "29")):
        fields = {"alert": "SignalLoss", "operator": operator, "threshold": threshold, "labels": {}}
        story.line(Stream.VALUES, "value", END_S, {**fields, "samples": [[BEGIN_S + 50.0, value]]})
    assert cell(story, CONTROL).nearest == pytest.approx(0.4)


def test_a_dose_below_is_shown() -> None:
    """The table tells which scenario left the alert silent just below its threshold."""
    assert cell(quiet(), (*CONTROL, Silent(name="SignalLoss", waits=True))).below
    assert not cell(quiet(), (*CONTROL, Silent(name="NoLeader", waits=True))).below


def test_each_loaded_rule_has_one_cell() -> None:
    """Also those that no check names."""
    rules = (SIGNAL_LOSS, replace(SIGNAL_LOSS, alert="NoLeader"))
    found = alert_cells(record(quiet(), rules=rules, faults=[REDIS_STOPPED]), CONTROL, ())
    assert [one.alert for one in found] == ["SignalLoss", "NoLeader"]
