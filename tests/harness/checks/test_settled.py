"""Where all was to be as before, nothing fires and everybody is well; what was not looked at is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from harness.checks.recovered import Recovered
from harness.checks.settled import unsettled
from harness.checks.silence import NothingElseFires
from harness.model import Check, Expected, Finding, Record, Verdict
from harness.recorded import Phase, Stream
from tests.harness.checks.alerts import Alerts, evaluations
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, Story, record

QUIET, WELL = NothingElseFires(possible=("SignalLoss",)), Recovered(within_s=60)
INJECTED_S, QUIESCE_S = 400.0, 540.0
SECOND = replace(
    REDIS_STOPPED, act=2, asked_s=BEGIN_S + 401, confirmed_s=BEGIN_S + 402, healed_s=BEGIN_S + 450,
    confirmed_healed_s=BEGIN_S + 451,
)  # fmt: skip
PHASES = (
    ("baseline", 0.0, 100.0), ("inject", 100.0, 101.0), ("hold", 101.0, 300.0), ("heal", 300.0, 301.0),
    ("calm 2", 301.0, INJECTED_S), ("inject 2", INJECTED_S, 403.0), ("hold 2", 403.0, 450.0), ("heal 2", 450.0, 452.0),
    ("recover", 452.0, QUIESCE_S), ("quiesce", QUIESCE_S, 560.0),
)  # fmt: skip


def of(story: Story, *, lingering: tuple[str, ...] = ()) -> Record:
    """A run of two acts."""
    phases = tuple(Phase(name=name, started_s=BEGIN_S + at, duration_s=end - at) for name, at, end in PHASES)
    made = record(story, faults=(REDIS_STOPPED, SECOND))
    return replace(made, phases=phases, expected=replace(made.expected or Expected(), lingering=lingering))


def fired(from_s: float, until_s: float) -> Alerts:
    """SignalLoss fired at each evaluation between these times."""
    return Alerts().sampled(0, END_S).stood("firing", evaluations(from_s, until_s))


def asked(story: Story, *, ill: Iterable[float] = ()) -> Story:
    """An instance was asked for its health every ten seconds, and was not well at these."""
    for at_s in range(0, 560, 10):
        story.line(Stream.HEALTH, "sample", float(at_s), {"service": "a", "ok": at_s not in set(ill), "body": {}})
    return story


def said(story: Story, checks: Iterable[Check] = (QUIET, WELL), **more: tuple[str, ...]) -> list[Finding]:
    """What is found."""
    return list(unsettled(checks, of(story, **more)))


def test_what_ended_before_the_next_fault_and_before_the_end_passes() -> None:
    """Firing in an act is another check's matter."""
    (found,) = said(asked(fired(150.0, 360.0).end()))
    assert found.verdict is Verdict.PASS
    assert found.message == "Nothing fired any more before each of 1 further act and in the end."


@pytest.mark.parametrize(
    ("until_s", "moments"),
    [(INJECTED_S + 20, ["when act 2 began"]), (END_S, ["when act 2 began", "in the end"])],
    ids=["cured by the next fault", "for ever"],
)
def test_an_alert_that_never_ended_is_told_though_it_may_fire(until_s: float, moments: list[str]) -> None:
    """That it was possible does not make it end."""
    found = said(asked(fired(210.0, until_s).end()))
    assert [one.verdict for one in found] == [Verdict.FAIL] * len(moments)
    for one, moment in zip(found, moments, strict=True):
        assert f"SignalLoss was still firing {moment}, " in one.message


def test_what_lingers_by_the_scenario_s_word_may_stand() -> None:
    """Its end is judged at production timing."""
    (found,) = said(asked(fired(210.0, END_S).end()), lingering=("SignalLoss",))
    assert found.verdict is Verdict.PASS


def test_a_service_that_is_not_well_when_the_next_fault_comes_is_told() -> None:
    """The next fault might cure it, and the last heal would find it well; where nobody judges recovery nobody asks."""
    story = asked(fired(150.0, 360.0).end(), ill=(370, 380, 390))
    (found,) = said(story)
    assert found.verdict is Verdict.FAIL
    assert found.message == "a was not well when act 2 began, by its last answer 10.00 s before."
    assert [one.verdict for one in said(story, (QUIET,))] == [Verdict.PASS]


def test_ill_for_a_while_and_well_in_time_passes() -> None:
    """What counts is the last answer."""
    assert [one.verdict for one in said(asked(fired(150.0, 360.0).end(), ill=(300, 310)))] == [Verdict.PASS]


@pytest.mark.parametrize("lost", [Stream.ALERTS, Stream.HEALTH])
def test_lost_evidence_is_unknown(lost: Stream) -> None:
    """Nobody knows what stood then."""
    story = asked(fired(150.0, 360.0).end())
    story.cut.add(lost)
    assert Verdict.UNKNOWN in {one.verdict for one in said(story)}


def test_a_scenario_that_judges_neither_is_left_alone() -> None:
    """Random campaigns judge safety only."""
    assert said(asked(fired(210.0, END_S).end()), ()) == []
