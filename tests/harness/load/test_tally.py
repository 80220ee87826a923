"""Sums of several generators."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.histogram import Durations
from harness.load.outcome import of_answer, of_problem
from harness.load.tally import Tally, merged

durations = st.lists(st.floats(min_value=0.0001, max_value=100.0), max_size=40)


def counted(latencies_s: list[float]) -> Tally:
    """A tally of answered requests."""
    tally = Tally()
    tally.began(5.0)
    for latency_s in latencies_s:
        tally.scheduled()
        tally.invoke("", due_s=0.0, to="", late_s=latency_s / 10)
        tally.end("", of_answer(200, ""), after_s=latency_s, part="signals")
    return tally


@settings(deadline=None, max_examples=20)
@given(st.lists(durations, min_size=1, max_size=4))
def test_merged_workers_are_as_one(shares: list[list[float]]) -> None:
    """Histograms of shares, added, are that of the whole: same counts, same percentiles, same maximum."""
    whole = dict(counted([one for share in shares for one in share]).summary())
    sum_of_all = dict(merged([counted(share).summary() for share in shares]))
    assert sum_of_all == whole


def test_what_the_generator_could_not_send_is_its_own_drop() -> None:
    """Out of ports or files: dropped, not failed by the target."""
    tally = Tally()
    tally.scheduled()
    tally.invoke("", due_s=0.0, to="", late_s=0.0)
    tally.end("", of_problem(OSError(99, "Cannot assign requested address"), left=False), after_s=0.1)
    summary: dict[str, Any] = dict(tally.summary())
    assert (summary["sent"], summary["dropped"], summary["fail"]) == (0, 1, 0)
    assert "own limit" in next(iter(summary["errors"]))


def test_a_refused_connection_is_the_targets() -> None:
    """Nobody listens: that is no limit of the generator."""
    assert not of_problem(ConnectionRefusedError(111, "refused"), left=False).own_limit
    assert not of_problem(OSError(24, "Too many open files"), left=True).own_limit


def test_a_damaged_histogram_is_no_evidence() -> None:
    """What cannot be read is not added as nothing."""
    with pytest.raises(EvidenceError):
        Durations().merge("HISTFAAA", 1.0)
