"""The check of one alert's whole life. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks import Alert
from harness.model import Finding, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.alerts import Alerts, evaluations, life
from tests.harness.checks.story import END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, moved, record, verdict

# Pending in [124.95, 160.95] s, firing 60 s later, told within 10.5 s, resolved in [299.95, 330.95] s.
CHECK = Alert(name="SignalLoss", theta_s=(25, 30))
FAULTS = [REDIS_STOPPED]


def of(story: Story, check: Alert = CHECK) -> Verdict:
    """What the check says of a story."""
    return verdict(check, record(story, faults=FAULTS))


def failures(story: Story, check: Alert = CHECK) -> list[Finding]:
    """The FAIL findings."""
    return [found for found in check.judge(record(story, faults=FAULTS)) if found.verdict is Verdict.FAIL]


def test_a_life_inside_its_bounds_passes_step_by_step() -> None:
    """Pending, firing, two channels told, resolved, both told again: seven findings, each with its bounds."""
    found = list(CHECK.judge(record(life().end(), faults=FAULTS)))
    assert [one.verdict for one in found] == [Verdict.PASS] * 7
    assert all(one.subject == "SignalLoss" and one.observed is not None and one.upper is not None for one in found)


def life_from(pending_s: float) -> Alerts:
    """A life whose evaluations lie on the grid of its first; gone at the first one after the heal."""
    gone_s = pending_s + 15 * math.ceil((300.5 - pending_s) / 15)
    return life(
        pending_s=pending_s,
        fires_s=pending_s + 60,
        told_s=pending_s + 70,
        resolved_s=gone_s,
        told_resolved_s=gone_s + 5,
    )


@given(st.floats(min_value=101, max_value=185))
def test_firing_is_judged_against_its_derived_bounds(pending_s: float) -> None:
    """Wherever the first evaluation falls, the alert passes inside its bounds and fails outside them."""
    story = life_from(pending_s).end()
    assert of(story) is (Verdict.PASS if 124.95 <= pending_s <= 160.95 else Verdict.FAIL)


@pytest.mark.parametrize(("late_s", "expected"), [(10.49, Verdict.PASS), (10.51, Verdict.FAIL)])
def test_delivery_is_judged_from_the_firing(late_s: float, expected: Verdict) -> None:
    """The notice may take group_wait and the measured allowance, and no more."""
    assert of(life(told_s=210 + late_s).end()) is expected


@pytest.mark.parametrize(("resolved_s", "expected"), [(330.9, Verdict.PASS), (331.0, Verdict.FAIL)])
def test_resolving_is_judged_from_the_heal(resolved_s: float, expected: Verdict) -> None:
    """A scrape and an evaluation after the heal the alert has to be gone."""
    shift = resolved_s - 315
    alerts = Alerts()
    alerts.stood("pending", evaluations(150, 210)).stood("firing", [*evaluations(210, 315), 300 + shift])
    for channel in ("pagerduty", "slack"):
        alerts.told("firing", 215, channel=channel).told("resolved", resolved_s + 5, channel=channel)
    assert of(alerts.end()) is expected


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        (life(pending_s=None, fires_s=None, told_s=None, told_resolved_s=None), "never fired"),
        (life(told_s=None), "never was told to pagerduty"),
        (life(channels=["pagerduty"]), "never was told to slack"),
        (life(channels=["pagerduty", "slack", "email"]), "told to email, which is not on its list"),
        (life(resolved_s=None, told_resolved_s=None), "never was resolved"),
        (life(told_resolved_s=None), "never was told to pagerduty as resolved"),
        (life(told_resolved_s=305), "too early"),
        (life(resolved_s=285, told_resolved_s=290), "too early"),
        (life(told_s=205), "too early"),
        (life().stood("firing", evaluations(400, 460)), "fired 2 times"),
    ],
)
def test_each_broken_step_fails_and_says_which(alerts: Alerts, words: str) -> None:
    """Never, early, late, undelivered, to the wrong people, unresolved, or again: each is a FAIL in its own words."""
    assert any(words in found.message for found in failures(alerts.end()))


def test_a_fault_healed_too_soon_to_fire_is_unknown() -> None:
    """An alert that did not get the time it needs has not failed."""
    story = life(pending_s=150, fires_s=None, told_s=None, told_resolved_s=None).end()
    short = [moved(REDIS_STOPPED, healed_s=180.0, confirmed_healed_s=180.5)]
    assert verdict(CHECK, record(story, faults=short)) is Verdict.UNKNOWN


def test_a_run_that_ended_before_the_alert_had_to_resolve_is_unknown() -> None:
    """Still firing at the end is no failure before its time is over."""
    story = life(resolved_s=None, told_resolved_s=None).end(until_s=320)
    assert of(story) is Verdict.UNKNOWN


def test_the_promise_to_people_does_not_stretch_with_the_rule() -> None:
    """A rule loaded with a `for` that is too long keeps its own bounds and breaks the promise."""
    slow = replace(SIGNAL_LOSS, for_s=120.0)
    told = life(pending_s=150, fires_s=270, told_s=280)
    promised = replace(CHECK, told_within_s=150.0)
    faults = {"faults": FAULTS, "rules": [slow]}
    assert verdict(CHECK, record(told.end(), faults=FAULTS, rules=[slow])) is Verdict.PASS
    kept = record(life(pending_s=150, fires_s=270, told_s=280).end(), **faults)  # type: ignore[arg-type]  # by name
    assert verdict(promised, kept) is Verdict.FAIL
    assert of(life().end(), promised) is Verdict.PASS


def test_a_promise_that_nobody_could_see_broken_is_unknown() -> None:
    """Healed before the promise ran out and not told: nobody knows what would have been."""
    story = life(fires_s=None, told_s=None, told_resolved_s=None).end()
    short = [moved(REDIS_STOPPED, healed_s=180.0, confirmed_healed_s=180.5)]
    assert verdict(replace(CHECK, told_within_s=150.0), record(story, faults=short)) is Verdict.UNKNOWN


def test_a_rule_that_was_not_loaded_fails() -> None:
    """An alert without a rule can never fire."""
    assert verdict(CHECK, record(life().end(), faults=FAULTS, rules=[])) is Verdict.FAIL


def test_bounds_shrink_with_the_time_scale() -> None:
    """Theta is written in production seconds."""
    story = life_from(130).end()
    assert of(story) is Verdict.PASS
    at_scale = record(story, faults=FAULTS, time_scale=0.5)
    assert verdict(CHECK, at_scale) is Verdict.FAIL


def test_only_the_named_series_counts() -> None:
    """With labels, another instance's alert neither helps nor harms."""
    alerts = Alerts()
    for instance, shift in (("trading-1", 0), ("trading-2", -40)):
        labels = {"instance": instance}
        alerts.stood("pending", evaluations(150 + shift, 210 + shift), labels=labels)
        alerts.stood("firing", evaluations(210 + shift, 315), labels=labels)
        for channel in ("pagerduty", "slack"):
            alerts.told("firing", 215, channel=channel, labels=labels)
            alerts.told("resolved", 320, channel=channel, labels=labels)
    story = alerts.end()
    assert of(story, replace(CHECK, labels={"instance": "trading-1"})) is Verdict.PASS
    assert of(story, replace(CHECK, labels={"instance": "trading-2"})) is Verdict.FAIL


@pytest.mark.parametrize(("instance", "expected"), [("trading-1", Verdict.FAIL), ("trading-2", Verdict.PASS)])
def test_a_series_that_joins_a_told_group_waits_for_its_next_tick(instance: str, expected: Verdict) -> None:
    """The first series of a group is told after group_wait, the next one within group_interval."""
    slow_group = replace(SIGNAL_LOSS, group_wait_s=10.0, group_interval_s=40.0)
    alerts = Alerts()
    for name, first_s in (("trading-1", 135.0), ("trading-2", 150.0)):
        labels = {"instance": name}
        alerts.stood("pending", evaluations(first_s, first_s + 60), labels=labels)
        alerts.stood("firing", evaluations(first_s + 60, 315), labels=labels)
        for channel in ("pagerduty", "slack"):
            alerts.told("firing", first_s + 60 + 35, channel=channel, labels=labels)
            alerts.told("resolved", 320, channel=channel, labels=labels)
    check = replace(CHECK, labels={"instance": instance})
    assert verdict(check, record(alerts.end(), faults=FAULTS, rules=[slow_group])) is expected


def test_an_unconfirmed_fault_or_heal_is_unknown() -> None:
    """What was not seen to begin or to end has no deadline."""
    for missing in ({"confirmed_s": None}, {"confirmed_healed_s": None}):
        fault = moved(REDIS_STOPPED, **missing)
        assert verdict(CHECK, record(life().end(), faults=[fault])) is Verdict.UNKNOWN
    assert verdict(CHECK, record(life().end(), faults=[])) is Verdict.UNKNOWN


@pytest.mark.parametrize("stream", [Stream.ALERTS, Stream.NOTIFICATIONS])
def test_missing_or_cut_evidence_supports_no_pass(stream: Stream) -> None:
    """A missing or cut file is UNKNOWN at best."""
    assert of(life().end().without(stream)) is Verdict.UNKNOWN
    assert of(life().end().damaged(stream)) is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", ["unparsed", "forgot"])
def test_a_notice_that_the_sink_lost_is_not_held_against_anybody(kind: str) -> None:
    """Not told as far as is known, and something was lost: nobody knows."""
    alerts = life(channels=["pagerduty"])
    alerts.story.line(Stream.NOTIFICATIONS, kind, 220, {"channel": "slack"})
    assert of(alerts.end()) is Verdict.UNKNOWN


@pytest.mark.parametrize("told_s", [None, 235.0])
def test_a_sink_that_could_not_be_read_is_not_held_against_anybody(told_s: float | None) -> None:
    """Never told, or late, while nobody could read the sink: it may not have taken what was sent."""
    heard, deaf = life(told_s=told_s), life(told_s=told_s).deaf(208, 230)
    assert (of(heard.end()), of(deaf.end())) == (Verdict.FAIL, Verdict.UNKNOWN)
    elsewhere = life(told_s=told_s).deaf(400, 420)
    assert of(elsewhere.end()) is Verdict.FAIL


def test_that_nobody_else_was_told_needs_a_sink_that_was_read() -> None:
    """All that was due came, and for a while nobody could have seen more."""
    assert of(life().deaf(400, 402.5).end()) is Verdict.PASS
    assert of(life().deaf(400, 405).end()) is Verdict.UNKNOWN


def test_a_notice_without_a_time_is_unknown() -> None:
    """A time that is no number is damage."""
    story = life().end()
    next(line for line in story.streams[Stream.NOTIFICATIONS] if line.kind == "notification").data.update(  # type: ignore[attr-defined]  # a dict
        {"received_s": float("nan")}
    )
    assert of(story) is Verdict.UNKNOWN


def test_the_resolved_notice_is_waited_for() -> None:
    """The runner learns how long after the heal the last notice may come: S + E + group_interval and allowances."""
    assert CHECK.settles_within_s((SIGNAL_LOSS,), 1.0) == pytest.approx(15 + 15 + 10 + 0.05 + 0.25 + 0.15 + 0.5)


def test_what_fired_while_the_stack_started_is_not_the_faults_doing() -> None:
    """An alert that fired and resolved before the baseline says nothing about the fault."""
    story = life()
    story.stood("pending", evaluations(-50, -35)).stood("firing", evaluations(-35, -20))
    story.told("firing", -30, channel="slack").told("resolved", -15, channel="slack")
    assert of(story.end()) is Verdict.PASS


@pytest.mark.parametrize(("promise_s", "expected"), [(150, Verdict.FAIL), (250, Verdict.UNKNOWN)])
def test_a_slow_rule_cannot_put_the_promise_off(promise_s: float, expected: Verdict) -> None:
    """A rule due after the heal leaves its own deadlines in doubt; a promise that ended before the heal is broken."""
    silent = life(pending_s=150, fires_s=None, told_s=None, told_resolved_s=None).end()
    slow = record(silent, faults=FAULTS, rules=[replace(SIGNAL_LOSS, for_s=600.0)])
    assert verdict(replace(CHECK, told_within_s=promise_s), slow) is expected


def test_the_bounds_are_told_before_a_run() -> None:
    """The check tells its derived bounds and its promise in sentences, in real seconds."""
    told = list(replace(CHECK, told_within_s=180).promises((SIGNAL_LOSS,), 1.0))
    assert "SignalLoss firing: 85.00 to 120.00 s after the fault" in told
    assert told[-1] == "SignalLoss, as promised to people: told within 180.00 s"


def second_act() -> list[FaultWindow]:
    """Redis is stopped once more, from 400 s to 500 s, in an act of its own."""
    again = moved(REDIS_STOPPED, asked_s=400, confirmed_s=400.5, healed_s=520, confirmed_healed_s=520.5)
    return [REDIS_STOPPED, replace(again, act=2)]


def test_each_act_has_its_own_life_of_the_alert() -> None:
    """An alert that fires in both acts is judged in each; one that comes only once fails the other."""
    once = life().end()
    first, second = CHECK, replace(CHECK, fault=1)
    assert verdict(first, record(once, faults=second_act())) is Verdict.PASS
    assert verdict(second, record(once, faults=second_act())) is Verdict.FAIL
    twice = life().stood("pending", evaluations(435, 495)).stood("firing", evaluations(495, 540))
    for channel in ("pagerduty", "slack"):
        twice.told("firing", 500.0, channel=channel).told("resolved", 545.0, channel=channel)
    story = twice.end()
    assert verdict(first, record(story, faults=second_act())) is Verdict.PASS
    assert verdict(second, record(story, faults=second_act())) is Verdict.PASS


def test_a_false_alarm_between_two_acts_is_too_early_for_the_second() -> None:
    """What fires after the heal of one act and before the next fault belongs to neither, and fails."""
    story = life().stood("firing", [365.0, 380.0]).end()
    assert verdict(replace(CHECK, fault=1), record(story, faults=second_act())) is Verdict.FAIL


def test_an_alert_that_outlasts_the_run_is_not_judged_on_its_end() -> None:
    """With its end left to the replay a run that stops while it fires passes, and it is not waited for."""
    story = life(resolved_s=None, told_resolved_s=None).end()
    outlasts = replace(CHECK, ends_in_run=False)
    assert of(story) is not Verdict.PASS
    assert of(story, outlasts) is Verdict.PASS
    assert outlasts.settles_within_s((SIGNAL_LOSS,), 1.0) == 0.0


def three_instances(
    last_told_s: float | None = 325.0, *, untold: str = "", deaf: tuple[float, float] = (0, 0)
) -> Story:
    """Three instances fire together; two resolve at 300 s, the last one at 315 s and is told of at `last_told_s`.

    Of the second one the channel `untold` hears nothing.
    """
    alerts = Alerts().sampled(0, END_S).deaf(*deaf)
    for number, resolved_s, told_s in ((1, 300.0, 310.0), (2, 300.0, 310.0), (3, 315.0, last_told_s)):
        labels = {"instance": f"trading-{number}"}
        alerts.stood("pending", evaluations(150, 210), labels=labels)
        alerts.stood("firing", evaluations(210, resolved_s), labels=labels)
        for channel in ("pagerduty", "slack"):
            if (number, channel) == (2, untold):
                continue
            alerts.told("firing", 220.0, channel=channel, labels=labels)
            if told_s is not None:
                alerts.told("resolved", told_s, channel=channel, labels=labels)
    return alerts.end()


def test_an_alert_of_several_instances_is_over_when_the_last_is() -> None:
    """The end of one instance's alert is not the end; one that is never told as resolved fails."""
    assert of(three_instances()) is Verdict.PASS
    assert of(three_instances(last_told_s=None)) is Verdict.FAIL
    assert of(three_instances(last_told_s=345.0)) is Verdict.FAIL


def test_each_instance_that_fires_has_to_be_told() -> None:
    """A channel that knows of two instances and not of another was not told of the alert."""
    found = CHECK.judge(record(three_instances(untold="slack"), faults=FAULTS))
    broken = [one.message for one in found if one.verdict is Verdict.FAIL]
    assert broken == ["slack was never told that SignalLoss of trading-2 fired."]


def test_an_instance_that_nobody_could_have_been_told_of_is_no_breach() -> None:
    """What stands for less than a notice takes need not be told; what a deaf sink may have missed is in doubt."""
    fourth = {"instance": "trading-4"}
    alerts = life(resolved_s=330, told_resolved_s=340)
    assert of(alerts.stood("firing", [300.0], labels=fourth).end()) is Verdict.PASS
    (doubt,) = {
        one.verdict
        for one in CHECK.judge(record(three_instances(untold="slack", deaf=(215, 330)), faults=FAULTS))
        if "never told that" in one.message
    }
    assert doubt is Verdict.UNKNOWN


@pytest.mark.parametrize("number", [-1, 1])
def test_a_fault_that_the_run_does_not_have_is_unknown(number: int) -> None:
    """Counting from the end would judge another fault than the one that is meant."""
    assert of(life().end(), replace(CHECK, fault=number)) is Verdict.UNKNOWN


def test_two_rules_of_one_name_have_to_be_told_apart() -> None:
    """Which rule's deadlines hold is not guessed."""
    warning = replace(SIGNAL_LOSS, labels={"severity": "warning"}, for_s=600.0)
    both = record(life().end(), faults=FAULTS, rules=[SIGNAL_LOSS, warning])
    assert verdict(CHECK, both) is Verdict.UNKNOWN


def test_each_series_of_an_act_is_told_in_that_act() -> None:
    """That something is over is not that it fired; and what fires in the next act is that act's to tell."""
    fourth = {"instance": "trading-4"}
    over = life().stood("firing", evaluations(210, 300), labels=fourth)
    for channel in ("pagerduty", "slack"):
        over.told("resolved", 290.0, channel=channel, labels=fourth)
    untold = [one for one in CHECK.judge(record(over.end(), faults=FAULTS)) if "never told that" in one.message]
    assert [one.verdict for one in untold] == [Verdict.FAIL] * 2
    later = life().stood("firing", evaluations(465, 510), labels=fourth).end()
    assert of_act_one(later) == []


def of_act_one(story: Story) -> list[Finding]:
    """What the first act's check says of series that nobody was told of."""
    found = CHECK.judge(record(story, faults=second_act()))
    return [one for one in found if "never told that" in one.message]
