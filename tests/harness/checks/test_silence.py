"""The check that nothing unexpected fires, and that silence was listened to."""

from __future__ import annotations

import pytest

from harness.checks import NothingElseFires
from harness.model import Expected, Verdict
from harness.recorded import Stream
from tests.harness.checks.alerts import Alerts, evaluations, life
from tests.harness.checks.story import END_S, REDIS_STOPPED, Story, record, verdict, worst

CHECK = NothingElseFires()


def quiet() -> Alerts:
    """A run in which nothing fired and somebody listened."""
    return Alerts().sampled(0, END_S)


def test_silence_that_was_listened_to_passes() -> None:
    """No alert, no gap."""
    assert verdict(CHECK, record(quiet().end())) is Verdict.PASS


def test_expected_alerts_may_fire() -> None:
    """What the scenario expects is no surprise; the same alert is one where it does not."""
    story = life().end()
    assert verdict(NothingElseFires(allowed=("SignalLoss",)), record(story)) is Verdict.PASS
    assert verdict(CHECK, record(story)) is Verdict.FAIL


def test_a_pending_alert_is_no_alarm() -> None:
    """Nobody is called for a pending alert."""
    assert verdict(CHECK, record(quiet().stood("pending", evaluations(30, 60)).end())) is Verdict.PASS


@pytest.mark.parametrize(
    "alerts",
    [
        quiet().stood("firing", [120.0], alert="NoLeader"),
        quiet().told("firing", 120.0, channel="email", alert="NoLeader"),
        Alerts().sampled(0, 120).sampled(120, 135, firing=["NoLeader"]).sampled(135, END_S),
    ],
    ids=["evaluated", "told", "seen live"],
)
def test_an_unlisted_alert_fails_wherever_it_shows(alerts: Alerts) -> None:
    """One evaluation, one notice or one live sample of an unlisted alert is enough; the fault is named."""
    found = worst(NothingElseFires(allowed=("SignalLoss",)), record(alerts.end(), faults=[REDIS_STOPPED]))
    assert (found.verdict, found.subject, found.observed) == (Verdict.FAIL, "NoLeader", 120.0)
    assert "stop of redis" in found.message


def test_what_fired_before_the_baseline_is_not_judged() -> None:
    """A system that is starting may complain; the baseline begins when it is steady."""
    story = quiet().stood("firing", [-30.0], alert="NoLeader").end()
    assert verdict(CHECK, record(story)) is Verdict.PASS


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        (Alerts().sampled(0, 150).sampled(165, END_S), Verdict.PASS),
        (Alerts().sampled(0, 150).sampled(195, END_S), Verdict.UNKNOWN),
        (Alerts().sampled(0, 500), Verdict.UNKNOWN),
        (Alerts().sampled(60, END_S), Verdict.UNKNOWN),
        (Alerts().sampled(0, END_S, evaluated_s={"group": 1_000_000.0}), Verdict.UNKNOWN),
        (Alerts().sampled(0, END_S, unhealthy=["SignalLoss"]), Verdict.UNKNOWN),
    ],
    ids=["one sample lost", "gap", "ends early", "begins late", "not evaluated", "rule in error"],
)
def test_silence_that_nobody_listened_to_is_unknown(alerts: Alerts, expected: Verdict) -> None:
    """Gaps longer than two intervals, missing evaluations and rules in error make silence worthless."""
    assert verdict(CHECK, record(alerts.end())) is expected


def test_series_that_do_not_cover_the_run_are_unknown() -> None:
    """Prometheus' own record has to reach to the end of the run."""
    assert verdict(CHECK, record(quiet().end(until_s=500))) is Verdict.UNKNOWN


def test_a_rule_of_the_plan_that_was_not_loaded_fails() -> None:
    """A Prometheus without a rule is always silent about it."""
    assert verdict(CHECK, record(quiet().end(), rules=[])) is Verdict.FAIL
    owed = record(quiet().end(), expected=Expected(rules=("SignalLoss", "NoLeader")))
    assert (worst(CHECK, owed).verdict, worst(CHECK, owed).subject) == (Verdict.FAIL, "NoLeader")


def test_without_rules_silence_is_unknown() -> None:
    """A plan that owes no rule says nothing about silence."""
    assert verdict(CHECK, record(quiet().end(), expected=Expected())) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("deaf", "expected"),
    [((100.0, 102.5), Verdict.PASS), ((100.0, 104.5), Verdict.UNKNOWN), ((-60.0, 4.5), Verdict.UNKNOWN)],
)
def test_a_sink_that_nobody_read_proves_no_silence(deaf: tuple[float, float], expected: Verdict) -> None:
    """Three seconds without a read are the most."""
    assert verdict(CHECK, record(quiet().deaf(*deaf).end())) is expected


def test_a_sink_that_was_never_read_or_lost_notices_is_unknown() -> None:
    """An end alone, or a count that is not met, proves nothing."""
    unread = quiet().deaf(-100.0, 700.0).end()
    lost = quiet().told("firing", 50, channel="slack").end()
    notices = lost.streams[Stream.NOTIFICATIONS]
    lost.streams[Stream.NOTIFICATIONS] = [line for line in notices if line.kind != "notification"]
    assert [verdict(CHECK, record(story)) for story in (unread, lost)] == [Verdict.UNKNOWN] * 2


@pytest.mark.parametrize("stream", [Stream.RULES, Stream.ALERTS, Stream.NOTIFICATIONS])
def test_missing_evidence_is_unknown(stream: Stream) -> None:
    """Each of the three records is needed."""
    assert verdict(CHECK, record(quiet().end().without(stream))) is Verdict.UNKNOWN
    assert verdict(CHECK, record(Story())) is Verdict.UNKNOWN


def seen_live(at_s: float) -> Alerts:
    """SignalLoss fires from 210 s to 315 s, and is also seen firing at another moment."""
    alerts = life()
    firing = {"alert": "SignalLoss", "state": "firing", "labels": {}}
    alerts.story.line(Stream.RULES, "sample", at_s, {"alerts": [firing], "evaluated_s": {}})
    return alerts


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        (seen_live(215), Verdict.PASS),
        (seen_live(320), Verdict.PASS),
        (seen_live(400), Verdict.UNKNOWN),
        (seen_live(150), Verdict.UNKNOWN),
        (life().told("firing", 100.0, channel="slack"), Verdict.UNKNOWN),
        (life().told("firing", 250.0, channel="slack", labels={"instance": "trading-1"}), Verdict.UNKNOWN),
        (life().told("firing", 250.0, channel="slack", labels={"alertname": "SignalLoss"}), Verdict.PASS),
    ],
)
def test_a_record_that_lacks_what_was_seen_is_not_relied_on(alerts: Alerts, expected: Verdict) -> None:
    """What Prometheus showed live, or somebody was told of, has to be in its own record of the evaluations."""
    assert verdict(NothingElseFires(allowed=("SignalLoss",)), record(alerts.end())) is expected


def test_what_was_over_before_the_baseline_may_still_be_seen_at_its_begin() -> None:
    """What is seen of the rules dates from the evaluation before."""
    alerts = quiet()
    firing = {"alert": "SignalLoss", "state": "firing", "labels": {}}
    alerts.story.line(Stream.RULES, "sample", 5.0, {"alerts": [firing], "evaluated_s": {}})
    assert verdict(NothingElseFires(allowed=("SignalLoss",)), record(alerts.end())) is Verdict.PASS
