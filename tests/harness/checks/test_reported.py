"""The check of what services say of themselves. The fault is asked for at 100 s, and seen to be healed at 300.5 s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.checks import Reported
from harness.model import Expected, Verdict
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record, verdict, worst

CHECK = Reported(figure=("recovery", "positions"), at_least=4, at_most=4)
KILLED = replace(REDIS_STOPPED, kind="kill", target="trading-1")
AFTER = replace(CHECK, fault=0)


def told(*samples: tuple[float, Any], service: str = "trading-1", ok: bool = True) -> Story:
    """Samples of one service: when, and how many positions it says that it recovered."""
    story = Story()
    for at_s, positions in samples:
        body = {"recovery": {"positions": positions, "error_code": "NONE"}}
        story.line(Stream.HEALTH, "sample", at_s, {"service": service, "ok": ok, "body": body})
    return story


def of(story: Story, *faults: FaultWindow) -> Any:
    """A run of that story."""
    return record(story, faults=faults or (KILLED,))


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([(50.0, 0), (299.0, 0), (301.0, 4), (400.0, 4)], Verdict.PASS),
        ([(50.0, 4), (301.0, 4), (400.0, 5)], Verdict.FAIL),
        ([(50.0, 4), (301.0, 3), (400.0, 4)], Verdict.FAIL),
        ([(50.0, 4)], Verdict.UNKNOWN),
        ([(301.0, None)], Verdict.UNKNOWN),
        ([(301.0, "four")], Verdict.UNKNOWN),
    ],
    ids=["all", "one more", "one less", "nothing after the heal", "does not say", "no number"],
)
def test_what_is_said_after_the_fault_counts(samples: list[tuple[float, Any]], expected: Verdict) -> None:
    """Every sample from the confirmed heal on has to be within bounds; what was said before it is not asked."""
    assert verdict(AFTER, of(told(*samples))) is expected


def test_only_the_service_of_the_fault_is_asked() -> None:
    """Another one says something else; and a word in place of a number."""
    story = told((301.0, 4))
    story.streams[Stream.HEALTH] += told((301.0, 7), service="trading-2").streams[Stream.HEALTH]
    assert verdict(AFTER, of(story)) is Verdict.PASS
    code = Reported(figure=("recovery", "error_code"), fault=0, word="NONE")
    assert verdict(code, of(story)) is Verdict.PASS
    assert verdict(replace(code, word="DATA_CORRUPT"), of(story)) is Verdict.FAIL


def test_what_is_said_in_the_next_act_is_another_matter() -> None:
    """The next fault may change it."""
    later = replace(moved(KILLED, asked_s=400, confirmed_s=401, healed_s=500, confirmed_healed_s=501), act=2)
    story = told((301.0, 4), (450.0, 50), (550.0, 50))
    assert verdict(AFTER, of(story, KILLED, later)) is Verdict.PASS
    assert verdict(replace(AFTER, fault=1), of(story, KILLED, later)) is Verdict.FAIL


def test_without_a_fault_the_beginning_counts() -> None:
    """Every service that is owed, from the baseline until something is broken."""
    assert verdict(replace(CHECK, at_least=0, at_most=0), of(told((50.0, 0), (301.0, 4)))) is Verdict.PASS
    both = replace(record(told((50.0, 4)), faults=[KILLED]), expected=Expected(services=("trading-1", "trading-2")))
    assert worst(CHECK, both).subject == "trading-2"
    assert verdict(CHECK, both) is Verdict.UNKNOWN


def test_what_cannot_be_asked_is_unknown() -> None:
    """No bound, no such fault, a fault of no service, one that did not heal, or nobody who answers."""
    story = told((301.0, 4))
    assert verdict(replace(AFTER, at_least=None, at_most=None), of(story)) is Verdict.UNKNOWN
    assert verdict(replace(AFTER, fault=3), of(story)) is Verdict.UNKNOWN
    assert verdict(AFTER, of(story, REDIS_STOPPED)) is Verdict.UNKNOWN
    assert verdict(AFTER, of(story, moved(KILLED, confirmed_healed_s=None))) is Verdict.UNKNOWN
    assert verdict(AFTER, of(told((301.0, 4), ok=False))) is Verdict.UNKNOWN
    assert verdict(AFTER, of(story.damaged(Stream.HEALTH))) is Verdict.UNKNOWN
