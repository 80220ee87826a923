"""Silence while the one who evaluates the rules is what was broken: from 100 s to 300.5 s, scraped again at 310 s."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks import NothingElseFires
from harness.checks.blind import blind_s
from harness.model import Verdict
from harness.recorded import Stream
from tests.harness.checks.alerts import Alerts
from tests.harness.checks.story import BEGIN_S, END_S, REDIS_STOPPED, Story, moved, record, verdict, worst

AWAY = replace(REDIS_STOPPED, target="prometheus")
CHECK = NothingElseFires(blind=(0,))


def away(*, until_s: float = 315.0, scraped_s: float = 310.0, alerts: Alerts | None = None) -> Story:
    """Nobody evaluated from 90 s on, and a target was not scraped, until these times."""
    alerts = (alerts or Alerts()).sampled(0, 105).sampled(until_s, END_S)
    story = alerts.end()
    samples = [[BEGIN_S + at_s, "1"] for at_s in (90.0, scraped_s, scraped_s + 15)]
    labels = {"__name__": "up", "job": "app", "instance": "trading-1"}
    story.line(Stream.SERIES, "series", END_S, {"labels": labels, "samples": samples})
    return story


def test_silence_outside_of_it_passes_and_says_how_long_nobody_looked() -> None:
    """The same gap is in doubt for a check that does not know of it."""
    found = worst(CHECK, record(away(), faults=[AWAY]))
    assert found.verdict is Verdict.PASS
    assert "for 210.00 s, with the stop of prometheus on, nobody looked" in found.message
    assert verdict(NothingElseFires(), record(away(), faults=[AWAY])) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (away(until_s=355.0), Verdict.UNKNOWN),
        (away(scraped_s=460.0), Verdict.UNKNOWN),
        (away().without(Stream.SERIES), Verdict.UNKNOWN),
        (away(alerts=Alerts().stood("firing", [200.0], alert="NoLeader")), Verdict.FAIL),
        (away(alerts=Alerts().stood("firing", [330.0], alert="NoLeader")), Verdict.FAIL),
    ],
    ids=["longer than that", "not scraped again in time", "no series", "fires all the same", "fires afterwards"],
)
def test_it_excuses_nothing_else(story: Story, expected: Verdict) -> None:
    """A gap that goes on, eyes that do not open again, and whatever fires."""
    assert verdict(CHECK, record(story, faults=[AWAY])) is expected


def test_a_fault_that_is_not_there_or_did_not_heal_is_unknown() -> None:
    """It cannot be told from when on somebody looked."""
    assert verdict(CHECK, record(away(), faults=[moved(AWAY, confirmed_healed_s=None)])) is Verdict.UNKNOWN
    assert verdict(replace(CHECK, blind=(1,)), record(away(), faults=[AWAY])) is Verdict.UNKNOWN


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4), st.integers(0, 20), st.integers(0, 20))
def test_blind_seconds_are_counted_once(windows: list[tuple[int, int]], from_s: int, until_s: int) -> None:
    """As many as there are whole seconds of the stretch inside any of the windows."""
    inside = [at for at in range(from_s, until_s) if any(begin <= at < end for begin, end in windows)]
    assert blind_s(from_s, until_s, [(*window, "") for window in windows]) == len(inside)
