"""The run and its replay at production timing: agreement, disagreement, and what leaves both unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

import pytest

from harness.checks.alert import Alert
from harness.checks.production import same_at_production
from harness.checks.silence import NothingElseFires
from harness.checks.silent import Silent
from harness.model import Check, Finding, Record, Verdict
from harness.recorded import RuleTiming, Stream
from tests.harness.checks.alerts import Alerts, evaluations, life
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, SIGNAL_LOSS, Story, record

K = 2.0
T0_S = BEGIN_S - 60.0
# The run is twice as fast as production; its own rule is the production rule, compressed.
PRODUCTION = replace(SIGNAL_LOSS, for_s=120.0, interval_s=30.0, scrape_s=30.0, scrape_timeout_s=20.0, group_wait_s=20.0)
CHECK = Alert(name="SignalLoss", theta_s=(50.0, 60.0), clears_s=(0.0, 20.0))
Stood = Mapping[str, Iterable[float]]


def at_production(at_s: float) -> float:
    """Seconds after the beginning of the run, as production seconds of the replay."""
    return (BEGIN_S + at_s - T0_S) * K


def replayed(
    story: Story,
    *,
    pending_s: float | None = 150.0,
    fires_s: float | None = 210.0,
    resolved_s: float = 315.0,
    rules: Iterable[RuleTiming] = (PRODUCTION,),
    labels: Mapping[str, str] | None = None,
    k: float = K,
    to_s: float = END_S,
    tail_s: float = 0.0,
) -> Story:
    """The story with a replay beside it; times are s of the run."""
    story.line(Stream.REPLAY, "rules", END_S, {"rules": [asdict(rule) for rule in rules]})
    spans = {"pending": (pending_s, fires_s), "firing": (fires_s, resolved_s)}
    for state, (from_s, until_s) in spans.items():
        if from_s is not None:
            times = [at_production(at) for at in evaluations(from_s, until_s or 300.0)]
            fields = {"alert": "SignalLoss", "state": state, "labels": dict(labels or {}), "times_s": times}
            story.line(Stream.REPLAY, "series", END_S, fields)
    end = {"from_s": BEGIN_S - 60, "to_s": BEGIN_S + to_s, "t0_s": T0_S, "k": k, "tail_s": tail_s}
    story.line(Stream.REPLAY, "end", END_S, end)
    return story


def of(story: Story) -> Record:
    """The run that tells this story."""
    return record(story, faults=(REDIS_STOPPED,), time_scale=K)


def said(story: Story, *checks: Check) -> list[Finding]:
    """What is found, the worst first."""
    found = list(same_at_production(checks or (CHECK,), of(story)))
    return sorted(found, key=lambda finding: -finding.verdict.rank)


def test_the_same_life_in_both_timings_passes() -> None:
    """A run and a replay that keep their bounds, and in which the same alert fired, agree."""
    assert {finding.verdict for finding in said(replayed(life().end()))} == {Verdict.PASS}


def test_a_replay_that_fires_too_late_disagrees() -> None:
    """The run was in time and production would not have been: FAIL, with both timelines."""
    found = said(replayed(life().end(), pending_s=210.0, fires_s=270.0))[0]
    assert found.verdict is Verdict.FAIL
    assert "disagree" in found.message
    assert "firing 339 s" in found.message
    assert "firing 219 s" in found.message


def test_a_run_that_fires_too_late_disagrees() -> None:
    """Production would have been in time and the run was not: the compression has changed what was judged."""
    story = life(pending_s=225.0, fires_s=285.0).end()
    found = said(replayed(story))[0]
    assert found.verdict is Verdict.FAIL
    assert "disagree" in found.message


def test_an_end_that_comes_too_late_at_production_timing_fails() -> None:
    """Not only the beginning is compared."""
    found = said(replayed(life().end(), resolved_s=420.0))[0]
    assert found.verdict is Verdict.FAIL
    assert "was resolved after 239.00 s, too late" in found.message


@pytest.mark.parametrize(
    ("hangs", "timeout_s", "expected"),
    [(True, 30.0, Verdict.PASS), (True, 20.0, Verdict.FAIL), (False, 30.0, Verdict.FAIL)],
)
def test_a_scrape_that_hung_into_the_heal_ends_the_alert_before_it(
    hangs: bool, timeout_s: float, expected: Verdict
) -> None:
    """Answered when the target went on, dated when it was asked: in the replay that is 30 s before the heal."""
    rule = replace(PRODUCTION, scrape_timeout_s=timeout_s)
    found = said(replayed(life().end(), resolved_s=285.0, rules=(rule,)), replace(CHECK, hangs=hangs))[0]
    assert found.verdict is expected
    assert (expected is Verdict.PASS) or "too early" in found.message


def test_an_alert_that_fires_only_in_the_replay_is_a_disagreement() -> None:
    """Silence in a compressed run is no silence in production."""
    story = replayed(Alerts().sampled(0, END_S).end())
    found = said(story, Silent(name="Other"))[0]
    assert found.verdict is Verdict.FAIL
    assert "not in the run" in found.message


def test_an_alert_that_fires_only_in_the_run_is_a_disagreement() -> None:
    """And what the run showed must be what production would show."""
    story = replayed(life().end(), pending_s=None, fires_s=None)
    found = said(story, Silent(name="Other"))[0]
    assert found.verdict is Verdict.FAIL
    assert "not in its replay" in found.message


def test_other_labels_are_another_alert() -> None:
    """Whoever is told by label would be told by one and not by the other."""
    found = [one for one in said(replayed(life().end(), labels={"severity": "info"})) if "severity=info" in one.message]
    assert [one.verdict for one in found] == [Verdict.FAIL]


def test_a_wait_of_another_length_fails() -> None:
    """Between pending and firing lies exactly what the rule says: in a replay nothing is late."""
    found = said(replayed(life().end(), pending_s=165.0))[0]
    assert found.verdict is Verdict.FAIL
    assert "waited for 90.00 s" in found.message


def test_each_series_is_held_to_its_own_wait() -> None:
    """One that waited earlier and was gone before it fired, as its instance was, does not lengthen another's wait."""
    story = life().end()
    early = [at_production(at) for at in evaluations(135.0, 150.0)]
    fields = {"alert": "SignalLoss", "state": "pending", "labels": {"instance": "gone"}, "times_s": early}
    story.line(Stream.REPLAY, "series", END_S, fields)
    found = said(replayed(story, labels={"instance": "there"}))
    assert not [one.message for one in found if "had waited" in one.message]
    assert any("keeps its bounds at production timing" in one.message for one in found)


def test_a_dose_below_the_threshold_stays_below() -> None:
    """An alert that must stay silent and fires at production timing is a FAIL of its own."""
    found = [one for one in said(replayed(life().end()), Silent(name="SignalLoss")) if one.verdict is Verdict.FAIL]
    assert "which must not set it off" in found[0].message


def test_a_dose_that_is_to_wait_may_wait_and_may_not_fire() -> None:
    """With `waits` the condition is to hold for a while; without it even waiting is too much."""
    story = replayed(Alerts().sampled(0, END_S).stood("pending", [150.0]).end(), fires_s=None)
    assert {one.verdict for one in said(story, Silent(name="SignalLoss", waits=True))} == {Verdict.PASS}
    assert said(story, Silent(name="SignalLoss"))[0].verdict is Verdict.FAIL
    fires = replayed(life().end())
    assert said(fires, Silent(name="SignalLoss", waits=True))[0].verdict is Verdict.FAIL


def test_a_replay_that_is_damaged_behind_its_end_is_unknown() -> None:
    """A line that cannot be read may have been a series."""
    story = replayed(life().end())
    story.cut.add(Stream.REPLAY)
    assert said(story)[0].verdict is Verdict.UNKNOWN


def test_without_a_replay_nothing_is_known() -> None:
    """A run of which no replay was recorded proves nothing at production timing."""
    assert said(life().end())[0].verdict is Verdict.UNKNOWN


def test_a_cut_replay_is_unknown() -> None:
    """Damage is never taken for silence."""
    assert said(replayed(life().end()).damaged(Stream.REPLAY))[0].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("changed", [{"k": 3.0}, {"to_s": 400.0}])
def test_a_replay_of_another_run_is_unknown(changed: dict[str, float]) -> None:
    """A replay with another time scale, or of a part of the run only, says nothing about the run."""
    (found,) = said(replayed(life().end(), **changed))  # type: ignore[arg-type]  # both are numbers
    assert found.verdict is Verdict.UNKNOWN


def test_a_replay_with_impossible_times_is_unknown() -> None:
    """A time that is no number is damage."""
    story = replayed(life().end())
    story.line(Stream.REPLAY, "end", END_S, {"from_s": "soon"})
    assert said(story)[0].verdict is Verdict.UNKNOWN


def test_an_end_that_lies_behind_the_record_and_its_tail_is_unknown() -> None:
    """What still stands where the replay ends may yet resolve in time."""
    late = Alert(name="SignalLoss", theta_s=(50.0, 60.0), clears_s=(0.0, 3000.0), ends_in_run=False)
    found = said(replayed(life(resolved_s=None).end(), resolved_s=END_S), late)[0]
    assert found.verdict is Verdict.UNKNOWN


def test_a_tail_shows_the_end_of_what_lingers() -> None:
    """An alert that outlasts the run resolves in the tail of its replay."""
    late = Alert(name="SignalLoss", theta_s=(50.0, 60.0), clears_s=(0.0, 900.0), ends_in_run=False)
    story = replayed(life(resolved_s=None).end(), resolved_s=705.0, tail_s=1000.0)
    assert {finding.verdict for finding in said(story, late)} == {Verdict.PASS}


def test_a_rule_that_production_does_not_have_fails() -> None:
    """An alert that is not in the production rules can never fire there."""
    found = said(replayed(life().end(), rules=()))[0]
    assert found.verdict is Verdict.FAIL
    assert "production rules have no SignalLoss" in found.message


def test_a_chance_firing_by_one_evaluation_is_no_disagreement() -> None:
    """An alert that nobody waits for, and that stopped one evaluation short of firing in one of the two, is told."""
    times = evaluations(150.0, 165.0 + 45.0)  # waits for 45 s of 60
    story = replayed(Alerts().sampled(0, END_S).stood("pending", times).end(), resolved_s=225.0)
    assert {finding.verdict for finding in said(story, Silent(name="Other"))} == {Verdict.PASS}


def test_a_rule_that_only_has_to_be_silent_must_be_there_too() -> None:
    """A replay with fewer rules than the run proves nothing of those that it lacks."""
    story = replayed(life().end(), rules=())
    found = same_at_production((NothingElseFires(allowed=("SignalLoss",)),), of(story))
    assert any(one.verdict is Verdict.FAIL and "its silence means nothing" in one.message for one in found)


def test_what_fires_in_the_replay_while_nobody_evaluated_the_run_says_nothing() -> None:
    """Prometheus was what was broken; the replay evaluates all along. Of what fires after that it excuses nothing."""
    blind = NothingElseFires(blind=(0,))

    def story(resolved_s: float) -> Story:
        told = replayed(Alerts().sampled(0, END_S).end(), resolved_s=resolved_s)
        samples = [[BEGIN_S + at_s, "1"] for at_s in (90.0, 305.0)]
        told.line(Stream.SERIES, "series", END_S, {"labels": {"__name__": "up", "job": "a"}, "samples": samples})
        return told

    assert said(story(315.0), blind, Silent(name="Other"))[0].verdict is Verdict.PASS
    assert said(story(315.0), NothingElseFires(), Silent(name="Other"))[0].verdict is Verdict.FAIL
    assert said(story(420.0), blind, Silent(name="Other"))[0].verdict is Verdict.FAIL
