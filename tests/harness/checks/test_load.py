"""The check that the promised traffic really flowed."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import LoadKept
from harness.model import Stream, Verdict
from tests.harness.checks.story import Story, record, verdict
from tests.harness.checks.trades import Trades

CHECK = LoadKept(min_completed=2)


def load(**changes: Any) -> Story:
    """Two answered requests and a summary with some figures changed."""
    story = Trades().done("s1").done("s2").end()
    story.streams[Stream.CLIENT][-1].data.update(changes)  # type: ignore[attr-defined]  # a dict in these stories
    return story


def test_traffic_as_promised_passes() -> None:
    """On time, all sent, enough answered."""
    assert verdict(CHECK, record(load(lateness_ms={"p99": 50.0}))) is Verdict.PASS


@pytest.mark.parametrize(
    "changes",
    [
        {"dropped": 1},
        {"scheduled": 3},
        {"completed": 1},
        {"lateness_ms": {"p99": 50.1}},
    ],
)
def test_a_generator_that_ran_late_or_short_is_unknown_and_never_a_fail(changes: dict[str, Any]) -> None:
    """What the generator did not deliver is not the subject's fault, and supports no PASS either."""
    assert verdict(CHECK, record(load(**changes))) is Verdict.UNKNOWN


def test_no_summary_no_file_or_a_broken_summary_is_unknown() -> None:
    """A generator that did not finish says nothing about its load."""
    assert verdict(CHECK, record(load().damaged(Stream.CLIENT))) is Verdict.UNKNOWN
    assert verdict(CHECK, record(Story())) is Verdict.UNKNOWN
    assert verdict(CHECK, record(load(lateness_ms=None))) is Verdict.UNKNOWN
