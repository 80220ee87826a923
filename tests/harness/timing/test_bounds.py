"""The derived bounds against a simulation of Prometheus and Alertmanager."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.recorded import FaultWindow, RuleTiming
from harness.timing import (
    NO_ALLOWANCE,
    Allowance,
    Bounds,
    Deadlines,
    deadlines,
    derived,
    held_s,
    notified_within_s,
    resolved_within_s,
)
from tests.harness.timing.simulation import Clockwork, Life

STEPS = ("pending", "firing", "notified", "resolved", "resolved_notified")
EPSILON_S = 0.0021  # two grids of whole ms: each end is missed by a ms at most

RULE = RuleTiming(
    alert="SignalLoss",
    expr="x > 30",
    for_s=60.0,
    interval_s=15.0,
    scrape_s=15.0,
    scrape_timeout_s=10.0,
    window_s=0.0,
    labels={},
    annotations={},
    group_wait_s=10.0,
    group_interval_s=10.0,
    receivers=("slack",),
)


@st.composite
def rules(draw: st.DrawFn) -> RuleTiming:
    """Rules with any whole-millisecond timing; a window, where there is one, holds two scrapes."""

    def s(least: int, most: int) -> float:
        return draw(st.integers(least, most)) / 1000

    scrape_s = s(500, 15_000)
    return replace(
        RULE,
        for_s=s(0, 30_000),
        keep_firing_s=s(0, 10_000),
        interval_s=s(500, 15_000),
        scrape_s=scrape_s,
        scrape_timeout_s=s(100, 500),
        window_s=draw(st.sampled_from([0, 2, 4])) * scrape_s,
        group_wait_s=s(1, 10_000),
        group_interval_s=s(1, 10_000),
    )


def ms(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def clockwork(rule: RuleTiming, scrape_offset: int, evaluation_offset: int, *, hangs: bool = False) -> Clockwork:
    """The rule's clockwork with these offsets, ms."""
    return Clockwork(
        scrape=ms(rule.scrape_s),
        scrape_offset=scrape_offset,
        scrape_takes=ms(rule.scrape_timeout_s) if hangs else 0,
        evaluation=ms(rule.interval_s),
        evaluation_offset=evaluation_offset,
        hold=ms(rule.for_s),
        keep=ms(rule.keep_firing_s),
        window=ms(rule.window_s),
        group_wait=ms(rule.group_wait_s),
        group_interval=ms(rule.group_interval_s),
    )


def outside(life: Life, due: Deadlines) -> list[str]:
    """The steps that lie outside their bounds by more than rounding."""
    wrong = []
    for step in STEPS:
        bounds, at_s = getattr(due, step), getattr(life, step) / 1000
        if not bounds.later(-1e-6, 1e-6).contains(at_s):
            wrong.append(f"{step} at {at_s} is not in {bounds}")
    return wrong


@given(
    rule=rules(),
    scrape_offset=st.floats(0, 0.9999),
    evaluation_offset=st.floats(0, 0.9999),
    took_effect=st.floats(0, 1),
    theta=st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)).map(sorted),
    hangs=st.booleans(),
)
def test_whatever_the_offsets_the_alert_stays_inside_its_bounds(
    rule: RuleTiming,
    scrape_offset: float,
    evaluation_offset: float,
    took_effect: float,
    theta: list[int],
    hangs: bool,
) -> None:
    """Every step of the simulated alert lies inside the derived bounds, for any grid and any moment of the fault."""
    machine = clockwork(
        rule, int(scrape_offset * ms(rule.scrape_s)), int(evaluation_offset * ms(rule.interval_s)), hangs=hangs
    )
    asked, confirmed = 100_000, 101_000
    true_from = asked + int(took_effect * 1000) + theta[0] + int(took_effect * (theta[1] - theta[0]))
    healing = true_from + ms(rule.scrape_s + rule.interval_s + rule.scrape_timeout_s + held_s(rule)) + 20_000
    true_until = healing + int(took_effect * 500)
    fault = FaultWindow(
        kind="stop",
        target="redis",
        asked_s=asked / 1000,
        confirmed_s=confirmed / 1000,
        healed_s=healing / 1000,
        confirmed_healed_s=(healing + 500) / 1000,
    )
    bounds = Bounds(lower_s=theta[0] / 1000, upper_s=theta[1] / 1000)
    due = deadlines(rule, fault, theta=bounds, hangs=hangs, allowance=NO_ALLOWANCE)
    assert outside(machine.life(true_from, true_until), due) == []


@given(rule=rules())
def test_the_bounds_are_tight(rule: RuleTiming) -> None:
    """For every rule some offsets bring pending and firing within two ms of each end: none of it is slack."""
    rule = replace(rule, window_s=0.0, keep_firing_s=0.0)
    true_from = 100_000
    at_once = clockwork(rule, true_from % ms(rule.scrape_s), true_from % ms(rule.interval_s))
    missed = true_from - 1  # the scrape and then the evaluation were both a moment too early
    seen = missed + ms(rule.scrape_s)
    just_missed = clockwork(rule, missed % ms(rule.scrape_s), (seen - 1) % ms(rule.interval_s))
    due = derived(rule)
    for machine, end in ((at_once, "lower_s"), (just_missed, "upper_s")):
        life = machine.life(true_from, true_from + 200_000)
        for step in ("pending", "firing"):
            found_s = (getattr(life, step) - true_from) / 1000
            expected_s = getattr(getattr(due, step if rule.for_s else "firing"), end)
            assert found_s == pytest.approx(expected_s, abs=EPSILON_S)


@given(rule=rules())
def test_the_bounds_of_resolving_are_tight(rule: RuleTiming) -> None:
    """The same for resolving, where it waits for a whole scrape and a whole evaluation."""
    rule = replace(rule, window_s=0.0)
    until = 300_000
    missed = until - 1
    seen = missed + ms(rule.scrape_s)
    at_once = clockwork(rule, until % ms(rule.scrape_s), until % ms(rule.interval_s))
    late = clockwork(rule, missed % ms(rule.scrape_s), (seen - 1) % ms(rule.interval_s))
    due = derived(rule).resolved
    assert due is not None
    assert (at_once.life(100_000, until).resolved - until) / 1000 == pytest.approx(due.lower_s, abs=EPSILON_S)
    assert (late.life(100_000, until).resolved - until) / 1000 == pytest.approx(due.upper_s, abs=EPSILON_S)


def test_the_production_bounds_of_signal_loss_by_hand() -> None:
    """S = E = 15 s, for 1 m, theta 25 to 30 s: the figures of the design, worked out on paper."""
    rule = replace(RULE, group_interval_s=300.0)
    due = derived(rule, theta=Bounds(lower_s=25, upper_s=30), clears=Bounds(lower_s=0, upper_s=10))
    assert due.pending == Bounds(lower_s=25, upper_s=60)
    assert due.firing == Bounds(lower_s=85, upper_s=120)
    assert due.notified == Bounds(lower_s=85, upper_s=130)
    assert due.resolved == Bounds(lower_s=0, upper_s=40)
    assert due.resolved_notified == Bounds(lower_s=0, upper_s=340)


@pytest.mark.parametrize(("for_s", "held"), [(0, 0), (1, 15), (15, 15), (15.001, 30), (60, 60), (61, 75)])
def test_for_counts_in_whole_evaluations(for_s: float, held: float) -> None:
    """F = ceil(for / E) * E."""
    assert held_s(replace(RULE, for_s=for_s)) == held


def test_a_compressed_for_costs_no_extra_evaluation() -> None:
    """4 s of evaluations each 1 s are four, also where division leaves a rounding error."""
    assert held_s(replace(RULE, for_s=0.3, interval_s=0.1)) == pytest.approx(0.3)


def test_a_hanging_target_adds_its_timeout_and_a_window_its_length() -> None:
    """T is added to what waits for a scrape, W to resolving."""
    hanging, windowed = derived(RULE, hangs=True), derived(replace(RULE, window_s=300.0))
    assert hanging.pending.upper_s == 15 + 15 + 10
    assert windowed.resolved is not None
    assert windowed.resolved.upper_s == 15 + 15 + 300


@pytest.mark.parametrize(("hangs", "earlier_s"), [(True, 10.0), (False, 0.0)])
def test_a_scrape_that_hung_into_the_heal_is_seen_afterwards_at_its_beginning(hangs: bool, earlier_s: float) -> None:
    """T before the heal where targets hung, and nowhere else; only where the rule is evaluated over a record."""
    fault = FaultWindow(
        kind="pause", target="a", asked_s=100.0, confirmed_s=101.0, healed_s=300.0, confirmed_healed_s=301.0
    )
    allowance = Allowance(clock_s=1.0, scrape_s=4.0, evaluation_s=0.0, delivery_s=0.0)
    live = deadlines(RULE, fault, hangs=hangs, allowance=allowance)
    over_a_record = deadlines(RULE, fault, hangs=hangs, afterwards=True, allowance=allowance)
    assert live.resolved
    assert over_a_record.resolved
    assert over_a_record.resolved == replace(live.resolved, lower_s=299.0 - earlier_s)
    assert over_a_record.pending == replace(live.pending, lower_s=99.0 - 4.0)


def test_a_fault_that_was_not_seen_has_no_deadlines() -> None:
    """Nothing follows from a fault without a confirmed effect, and nothing resolves without a heal."""
    unseen = FaultWindow(kind="stop", target="redis", asked_s=1.0)
    with pytest.raises(UsageError, match="not seen to take effect"):
        deadlines(RULE, unseen)
    assert deadlines(RULE, replace(unseen, confirmed_s=2.0)).resolved is None


def test_holds_and_recoveries_are_long_enough() -> None:
    """The runner's waits are the upper ends of the bounds, with the allowances."""
    assert notified_within_s(RULE, Bounds(lower_s=25, upper_s=30)) == pytest.approx(130 + 0.95)
    assert resolved_within_s(RULE) == pytest.approx(15 + 15 + 10 + 0.95)
    assert math.isfinite(resolved_within_s(RULE))


def test_bounds_the_wrong_way_round_are_refused() -> None:
    """A theta of (30, 25) is a mistake of the scenario, and said so."""
    with pytest.raises(UsageError, match="wrong way round"):
        Bounds(lower_s=30, upper_s=25)
