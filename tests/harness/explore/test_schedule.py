"""Schedules: the same seed gives the same one, nothing fights, and cutting one down keeps the times between faults."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.explore.schedule import GAP_S, LEAD_S, draw, fight, scenario_of
from harness.explore.vocabulary import vocabulary_of
from harness.faults.container import Kill, Pause
from harness.faults.network import CutLink
from harness.model import Timed
from harness.settings import REPOSITORY

VOCABULARY = vocabulary_of("stack.topology")
SEEDS, NUMBERS = st.integers(0, 10_000), st.integers(1, 500)


@settings(max_examples=30)  # what is drawn is dense: one schedule shows most of what can go wrong in any
@given(seed=SEEDS, number=NUMBERS)
def test_the_same_seed_draws_the_same(seed: int, number: int) -> None:
    """A schedule is a value of seed and number alone."""
    assert draw(VOCABULARY, seed, number) == draw(VOCABULARY, seed, number)


def test_another_process_draws_the_same() -> None:
    """Neither hash seeds nor import order get into it."""
    script = (
        "from harness.explore.schedule import draw\nfrom harness.explore.vocabulary import vocabulary_of\n"
        "print(repr(draw(vocabulary_of('stack.topology'), 7, 3)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == repr(draw(VOCABULARY, 7, 3))


def test_numbers_and_seeds_differ() -> None:
    """A campaign does not run one schedule again and again."""
    drawn = [draw(VOCABULARY, seed, number) for seed in (1, 2) for number in (1, 2, 3)]
    assert all(one != other for one, other in combinations(drawn, 2))


@settings(max_examples=30)  # what is drawn is dense: one schedule shows most of what can go wrong in any
@given(seed=SEEDS, number=NUMBERS)
def test_no_two_faults_fight(seed: int, number: int) -> None:
    """On one target there is never more than one fault, nor one right after another."""
    faults = draw(VOCABULARY, seed, number).faults
    for one, other in combinations(faults, 2):
        if one.fault.target == other.fault.target:
            first, second = sorted((one, other), key=lambda each: each.at_s)
            assert second.at_s >= first.until_s + GAP_S
    assert [one.at_s for one in faults] == sorted(one.at_s for one in faults)


@settings(max_examples=30)  # what is drawn is dense: one schedule shows most of what can go wrong in any
@given(seed=SEEDS, number=NUMBERS)
def test_a_schedule_is_dense_and_bounded(seed: int, number: int) -> None:
    """At least 20 faults within the time that is given, of which some are on together."""
    schedule = draw(VOCABULARY, seed, number)
    assert 20 <= len(schedule.faults) <= 28
    assert schedule.length_s <= 270.1
    assert any(one.at_s < other.until_s and other.at_s < one.until_s for one, other in combinations(schedule.faults, 2))


@settings(max_examples=30)  # what is drawn is dense: one schedule shows most of what can go wrong in any
@given(seed=SEEDS, data=st.data())
def test_cutting_down_keeps_the_times_between_faults(seed: int, data: st.DataObject) -> None:
    """Only the dead time at both ends goes."""
    schedule = draw(VOCABULARY, seed, 1)
    chosen = data.draw(st.lists(st.sampled_from(schedule.faults), unique=True, min_size=1))
    left = schedule.only(chosen)
    before = sorted(chosen, key=lambda one: one.at_s)
    assert [one.fault for one in left.faults] == [one.fault for one in before]
    assert left.faults[0].at_s == pytest.approx(min(LEAD_S, before[0].at_s))
    for (a, b), (c, d) in zip(pairwise(before), pairwise(left.faults), strict=True):
        assert b.at_s - a.at_s == pytest.approx(d.at_s - c.at_s, abs=0.002)
    assert schedule.only(()).faults == ()


def test_what_fights_and_what_may_overlap() -> None:
    """A container and its links are different things; one container is one thing, also by what it touches."""
    killed = Timed(fault=Kill(target="redis"), at_s=10, for_s=20)
    assert fight(killed, Timed(fault=Pause(target="redis"), at_s=29, for_s=5))
    assert fight(killed, Timed(fault=Pause(target="redis"), at_s=30 + GAP_S - 1, for_s=5))
    assert not fight(killed, Timed(fault=Pause(target="redis"), at_s=30 + GAP_S, for_s=5))
    assert not fight(killed, Timed(fault=CutLink(target="trading-1:redis"), at_s=12, for_s=5))
    assert fight(killed, Timed(fault=CutLink(target="trading-1:redis"), at_s=12, for_s=5, touches=("redis",)))


def test_near_is_what_was_on_or_had_just_ended() -> None:
    """The first candidates of a search."""
    schedule = draw(VOCABULARY, 1, 1)
    for moment_s in (0.0, 60.0, 200.0):
        on = schedule.near(moment_s, 0.0)
        assert all(one.at_s <= moment_s <= one.until_s for one in on)
        assert set(on) <= set(schedule.near(moment_s, 60.0))


def test_a_schedule_becomes_a_scenario_of_one_act() -> None:
    """Judged by what the stack's vocabulary says; without faults it is a control."""
    schedule = draw(VOCABULARY, 1, 1)
    scenario = scenario_of(schedule, VOCABULARY, "draw-001")
    assert [act.timed for act in scenario.acts] == [schedule.faults]
    assert scenario.checks == VOCABULARY.checks
    assert scenario_of(schedule.only(()), VOCABULARY, "none").acts == ()


def test_a_stack_without_a_vocabulary_is_told() -> None:
    """Nothing can be drawn from it."""
    with pytest.raises(UsageError, match=r"harness\.vocabulary has no VOCABULARY"):
        vocabulary_of("harness.model")
