"""The search for the knee, against targets and generators of known capacity."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ExitCode, UsageError
from harness.load.capacity import Capacity, Held, Objective, Step, find_capacity, step_of
from harness.load.capacity_page import page
from harness.load.measured import Measured

OBJECTIVE = Objective(p99_ms=100.0, error_share=0.01)


def measured(**changes: Any) -> Measured:
    """A load of 1000 requests that all went well, with some figures changed."""
    summary: dict[str, Any] = {
        "scheduled": 1000, "sent": 1000, "completed": 1000, "dropped": 0, "ok": 1000, "fail": 0, "info": 0,
        "lateness_ms": {"p50": 0.5, "p99": 1.0, "max": 2.0}, "refusal_ms": {}, "errors": {}, "parts": {},
        "latency_ms": {"p50": 5.0, "p90": 8.0, "p99": 10.0, "p999": 11.0, "max": 12.0}, "cpu_share": 0.2,
        "waited_share": 0.0, "start_s": 1.0, "histogram": "", "lateness_histogram": "",
    }  # fmt: skip
    return Measured(summary=summary | changes, asked={}, most_late_ms=50.0)


def step(rate_per_s: float, *, target: float, generator: float) -> Step:
    """One rate at a target and a generator that each break above theirs."""
    if rate_per_s > generator:
        return step_of(rate_per_s, measured(lateness_ms={"p99": 900.0}, latency_ms={"p99": 950.0}), OBJECTIVE)
    slow = {"latency_ms": {"p99": 400.0}} if rate_per_s > target else {}
    return step_of(rate_per_s, measured(**slow), OBJECTIVE)


def search(*, target: float, generator: float, first: float = 10.0, most: float = 10_000.0) -> Capacity:
    """A search to 5 %."""
    return find_capacity(
        lambda rate: step(rate, target=target, generator=generator), first_per_s=first, most_per_s=most, within=0.05
    )


@settings(deadline=None, max_examples=60)
@given(st.floats(min_value=2, max_value=5000), st.floats(min_value=1, max_value=9000))
def test_the_knee_is_found_from_either_side(target: float, first: float) -> None:
    """The rate that held and the one that did not enclose the target's capacity, within 5 %."""
    found = search(target=target, generator=1e9, first=first)
    assert found.knee_per_s is not None
    assert found.broken_per_s is not None
    assert found.knee_per_s <= target < found.broken_per_s <= found.knee_per_s * 1.051
    assert found.exit_code is ExitCode.PASS


def test_a_generator_that_breaks_first_is_not_the_targets_limit() -> None:
    """What the generator cannot offer says nothing about the target: UNKNOWN, in words."""
    found = search(target=3000.0, generator=500.0)
    assert found.exit_code is ExitCode.UNKNOWN
    assert "the generator broke first" in found.why_unknown
    assert f"holds at least {found.knee_per_s:g}" in found.why_unknown
    assert found.as_json()["verdict"] == "UNKNOWN"


def test_no_end_and_no_beginning_are_unknown() -> None:
    """A target that held everything, and one that held nothing, have no knee."""
    assert "highest rate that was asked for" in search(target=1e9, generator=1e9).why_unknown
    assert "not even the lowest rate held" in search(target=0.1, generator=1e9).why_unknown


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({}, Held.YES),
        ({"latency_ms": {"p99": 100.1}}, Held.NO),
        ({"latency_ms": {"p99": 100.1}, "cpu_share": 0.95}, Held.OWN),
        ({"cpu_share": 0.95}, Held.YES),
        ({"fail": 11, "ok": 989}, Held.NO),
        ({"info": 10, "ok": 990}, Held.YES),
        ({"latency_ms": {}, "fail": 1000, "ok": 0}, Held.NO),
        ({"lateness_ms": {"p99": 50.1}}, Held.OWN),
        ({"dropped": 1, "sent": 999}, Held.OWN),
        ({"lateness_ms": {"p99": 50.1}, "latency_ms": {"p99": 400.0}}, Held.OWN),
    ],
)
def test_a_step_is_judged_by_its_objective_after_its_generator(changes: dict[str, Any], held: Held) -> None:
    """Latency and errors are the target's; lateness, drops and a busy core are the generator's, which goes first."""
    assert step_of(10.0, measured(**changes), OBJECTIVE).held is held


def test_the_curve_is_told_in_text_and_on_a_page() -> None:
    """Each rate has a row, and the page a point."""
    found = search(target=100.0, generator=1e9)
    rates = {one.rate_per_s for one in found.steps}
    assert sum(": p99 is" in line for line in found.lines()) == len(rates)
    assert page(found, OBJECTIVE).count("<circle") == len(rates)


@pytest.mark.parametrize(("first", "most", "within"), [(0.0, 10.0, 0.1), (10.0, 5.0, 0.1), (1.0, 10.0, 0.0)])
def test_a_search_that_cannot_be_is_bad_input(first: float, most: float, within: float) -> None:
    """Rates and gap have to make sense."""
    with pytest.raises(UsageError):
        find_capacity(lambda _rate: pytest.fail("tried"), first_per_s=first, most_per_s=most, within=within)


@pytest.mark.parametrize(("p99_ms", "error_share"), [(0.0, 0.1), (1.0, 1.0), (1.0, -0.1)])
def test_an_objective_that_cannot_be_is_bad_input(p99_ms: float, error_share: float) -> None:
    """An objective that nothing or everything meets is refused."""
    with pytest.raises(UsageError):
        Objective(p99_ms=p99_ms, error_share=error_share)


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"lateness_ms": {"p99": 50.1}}, "could not keep up"),
        ({"dropped": 3, "sent": 997}, "dropped 3 requests"),
        ({"sent": 900}, "accounted for"),
        ({"completed": 0}, "not one request was answered"),
    ],
)
def test_a_load_that_measured_nothing_says_so(changes: dict[str, Any], doubt: str) -> None:
    """UNKNOWN, exit code 3, and why, in words and in JSON; a sound load is MEASURED with 0."""
    assert measured().as_json()["verdict"] == "MEASURED"
    assert measured().exit_code is ExitCode.PASS
    found = measured(**changes)
    assert (found.exit_code, found.as_json()["verdict"]) == (ExitCode.UNKNOWN, "UNKNOWN")
    assert doubt in found.as_json()["why"][0]
    assert doubt in list(found.lines())[-1]


def test_the_keys_are_there_even_when_nothing_was_counted() -> None:
    """Scripts find every percentile, as null."""
    told = measured(latency_ms={}, lateness_ms={}, completed=0).as_json()
    assert told["latency_ms"] == dict.fromkeys(("p50", "p90", "p99", "p999", "max"))
    assert told["lateness_ms"] == dict.fromkeys(("p50", "p99", "max"))
