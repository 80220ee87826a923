"""When requests are due."""

from __future__ import annotations

import itertools
import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.load.arrivals import busiest, due_times

rates = st.floats(min_value=0.01, max_value=10_000)
seeds = st.integers(min_value=0, max_value=2**32)
names = st.sampled_from(["constant", "poisson", "ramp:0x-3x/2s", "burst:10x/1s/3s", "burst:0.5x/1s/3s@0.5s"])


def first(count: int, arrivals: str, rate_per_s: float, seed: int) -> list[float]:
    """The first due times of a schedule."""
    return list(itertools.islice(due_times(arrivals, rate_per_s=rate_per_s, seed=seed), count))


@settings(deadline=None, max_examples=50)
@given(arrivals=names, rate_per_s=rates, seed=seeds)
def test_times_are_repeatable_and_grow(arrivals: str, rate_per_s: float, seed: int) -> None:
    """The same seed gives the same growing times from zero on."""
    times_s = first(200, arrivals, rate_per_s, seed)
    assert times_s == first(200, arrivals, rate_per_s, seed)
    assert times_s == sorted(times_s)
    assert times_s[0] >= 0


@settings(deadline=None, max_examples=50)
@given(rate_per_s=rates, index=st.integers(min_value=0, max_value=50_000))
def test_constant_arrivals_do_not_drift(rate_per_s: float, index: int) -> None:
    """The n-th constant arrival is due at n/rate, however large n is."""
    due_s = next(itertools.islice(due_times("constant", rate_per_s=rate_per_s, seed=1), index, None))
    assert due_s == pytest.approx(index / rate_per_s, rel=1e-12)


@settings(deadline=None, max_examples=50)
@given(rate_per_s=rates, seed=seeds)
def test_poisson_keeps_its_mean_rate(rate_per_s: float, seed: int) -> None:
    """2000 Poisson gaps average to 1/rate, within six standard errors."""
    span_s = first(2000, "poisson", rate_per_s, seed)[-1]
    assert abs(span_s * rate_per_s / 2000 - 1) < 6 / math.sqrt(2000)


def test_poisson_gaps_spread_like_an_exponential() -> None:
    """Poisson gaps have a standard deviation equal to their mean, and no memory of the gap before."""
    times_s = first(20_000, "poisson", 50.0, 7)
    gaps_s = [after - before for before, after in itertools.pairwise(times_s)]
    assert statistics.stdev(gaps_s) / statistics.mean(gaps_s) == pytest.approx(1.0, abs=0.05)
    assert abs(statistics.correlation(gaps_s[:-1], gaps_s[1:])) < 0.05


def test_seeds_differ() -> None:
    """Two seeds give two Poisson schedules."""
    assert first(5, "poisson", 10.0, 1) != first(5, "poisson", 10.0, 2)


@settings(deadline=None, max_examples=50)
@given(arrivals=names, duration_s=st.floats(min_value=0.01, max_value=5), rate_per_s=st.floats(1, 200), seed=seeds)
def test_a_duration_keeps_every_arrival_before_it_and_none_after(
    arrivals: str, duration_s: float, rate_per_s: float, seed: int
) -> None:
    """With a duration the schedule is the endless one, cut there."""
    cut = list(due_times(arrivals, rate_per_s=rate_per_s, seed=seed, duration_s=duration_s))
    endless = first(len(cut) + 1, arrivals, rate_per_s, seed)
    assert cut == endless[:-1]
    assert all(due_s < duration_s for due_s in cut)
    assert endless[-1] >= duration_s


@pytest.mark.parametrize(
    ("arrivals", "rate_per_s", "duration_s", "named"),
    [
        ("steady", 1.0, None, "steady"),
        ("poisson", 0.0, None, "rate"),
        ("poisson", -1.0, None, "rate"),
        ("constant", math.nan, None, "rate"),
        ("constant", math.inf, None, "rate"),
        ("constant", 1.0, 0.0, "duration"),
        ("constant", 1.0, math.nan, "duration"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(
    arrivals: str, rate_per_s: float, duration_s: float | None, named: str
) -> None:
    """Unknown arrivals and impossible numbers are bad input, named."""
    with pytest.raises(UsageError, match=named):
        due_times(arrivals, rate_per_s=rate_per_s, seed=1, duration_s=duration_s)


def test_a_burst_brings_its_multiple_and_the_calm_its_rate() -> None:
    """At 100/s, 10x for 1 s of every 4 s: about 300 in three calm seconds, 1000 in the burst, the same every period."""
    times_s = list(due_times("burst:10x/1s/4s", rate_per_s=100.0, seed=3, duration_s=8.0))
    counts = [sum(begin <= at_s < begin + 1 for at_s in times_s) for begin in range(8)]
    for second, count in enumerate(counts):
        expected = 1000 if second % 4 == 3 else 100
        assert abs(count - expected) < 6 * math.sqrt(expected), (second, counts)


def test_room_in_flight_is_for_the_busiest_time(tmp_path: Path) -> None:
    """A burst of ten needs ten times the room, a trace that of its densest window."""
    assert busiest("burst:10x/1s/4s", rate_per_s=10.0, window_s=2.0) == pytest.approx(200.0)
    trace = tmp_path / "times.txt"
    trace.write_text("1\n2\n2.1\n2.2\n5\n")
    assert busiest(f"trace:{trace}", rate_per_s=1.0, window_s=0.5) == 3


def test_a_trace_is_sent_as_it_was_recorded(tmp_path: Path) -> None:
    """Seconds, or the client's stream of a run; counted from the first, in order, at any rate."""
    seconds, stream = tmp_path / "times.txt", tmp_path / "client.jsonl"
    seconds.write_text("# recorded\n100.5\n\n100\n103\n")
    stream.write_text(
        '{"kind": "invoke", "id": "a", "due_s": 7.0}\n{"kind": "ok", "id": "a"}\n'
        '{"kind": "invoke", "id": "b", "due_s": 7.25}\n{"kind": "summary"}\n'
    )
    assert list(due_times(f"trace:{seconds}", rate_per_s=9.0, seed=1)) == [0.0, 0.5, 3.0]
    assert list(due_times(f"trace:{stream}", rate_per_s=1.0, seed=2, duration_s=0.2)) == [0.0]


@pytest.mark.parametrize("content", ["", "# nothing\n", "1\nsoon\n", "nan\n", '{"kind": "invoke"}\n', "{\n"])
def test_a_trace_without_times_is_bad_input(tmp_path: Path, content: str) -> None:
    """What cannot be read is named with its file."""
    trace = tmp_path / "times.txt"
    trace.write_text(content)
    with pytest.raises(UsageError, match=r"times\.txt"):
        due_times(f"trace:{trace}", rate_per_s=1.0, seed=1)


def test_a_trace_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """A wrong path is named."""
    with pytest.raises(UsageError, match="absent"):
        due_times(f"trace:{tmp_path / 'absent'}", rate_per_s=1.0, seed=1)
