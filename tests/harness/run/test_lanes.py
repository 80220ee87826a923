"""Scenarios side by side."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import pytest

from harness.errors import InfrastructureError, Interrupted, TimedOutError, UsageError
from harness.interrupt import interruptible, shielded
from harness.model import LoadProfile, Scenario
from harness.poll import until
from harness.run import order
from harness.run.lanes import Job, run_in_lanes, work_off


def scenario(name: str, steady_s: float = 0.0) -> Scenario:
    """A scenario that is only a name."""
    return Scenario(name=name, hypothesis="", covers=(), load=LoadProfile(viewers=0), checks=(), steady_s=steady_s)


FOUR = [scenario(name) for name in "abcd"]


def jobs(scenarios: Iterable[Scenario], run_one: Callable[[Scenario], object]) -> list[Job]:
    """A job for each."""
    return [Job(scenario=one, run=partial(run_one, one)) for one in scenarios]


def test_one_lane_keeps_the_order() -> None:
    """Without a second lane scenarios run as they are listed, in the main thread."""
    ran: list[tuple[str, bool]] = []
    main = threading.main_thread()
    run_in_lanes(jobs(FOUR, lambda one: ran.append((one.name, threading.current_thread() is main))), 1)
    assert ran == [(name, True) for name in "abcd"]


def test_two_lanes_run_two_at_a_time_and_the_longest_first() -> None:
    """Two meet, which they only can side by side; all are run once."""
    meeting, ran = threading.Barrier(2, timeout=10), []

    def run_one(one: Scenario) -> None:
        meeting.wait()
        ran.append(one.name)

    run_in_lanes(jobs([*FOUR[:3], scenario("long", steady_s=300)], run_one), 2)
    assert sorted(ran) == ["a", "b", "c", "long"]
    assert "long" in ran[:2]


def test_viewers_have_the_machine_for_themselves() -> None:
    """How long people wait is measured before anything runs side by side."""
    ran: list[tuple[str, bool]] = []

    def run_one(one: Scenario) -> None:
        ran.append((one.name, threading.current_thread() is threading.main_thread()))

    looked_at = [replace(scenario(name), load=LoadProfile(viewers=1)) for name in ("seen", "watched")]
    run_in_lanes(jobs([*FOUR, *looked_at], run_one), 2)
    assert ran[:2] == [("seen", True), ("watched", True)]
    assert sorted(ran[2:]) == [(name, False) for name in "abcd"]


@pytest.mark.parametrize(
    ("load", "alone"),
    [
        (LoadProfile(viewers=0, signals_per_s=100), False),
        (LoadProfile(viewers=0, signals_per_s=101), True),
        (LoadProfile(viewers=0, signals_per_s=10, arrivals="burst:20x/2s/6s"), True),
        (LoadProfile(viewers=0, signals_per_s=10, arrivals="burst:2x/2s/6s"), False),
    ],
)
def test_heavy_load_has_the_machine_for_itself(load: LoadProfile, alone: bool) -> None:
    """What a machine can bear is not measured beside another stack; a burst counts by its height."""
    ran: list[bool] = []
    heavy = replace(scenario("heavy"), load=load)
    run_in_lanes(jobs([heavy], lambda _: ran.append(threading.current_thread() is threading.main_thread())), 2)
    assert ran == [alone]


def undone_after(broken_off: list[str], other: BaseException | None) -> None:
    """Lane a waits for ever and has something to undo, which itself has to wait; lane b raises, or signals."""
    waiting = threading.Event()

    def run_one(one: Scenario) -> None:
        if one.name == "b":
            waiting.wait(10)
            if other:
                raise other
            os.kill(os.getpid(), signal.SIGINT)
            return
        try:
            waiting.set()
            until("the end of time", lambda: False, within_s=60)
        finally:
            with shielded():
                tries = iter((False, True))
                until("the undoing", lambda: next(tries), within_s=30)
            broken_off.append(one.name)

    with interruptible():
        run_in_lanes(jobs([scenario("a", steady_s=1), scenario("b")], run_one), 2)


def test_what_ends_one_lane_ends_the_others_with_their_undoing() -> None:
    """The first error is told; the other lane is broken off where it waits, and undoes what it did."""
    broken_off: list[str] = []
    with pytest.raises(InfrastructureError, match="no engine"):
        undone_after(broken_off, InfrastructureError("no engine"))
    assert broken_off == ["a"]


def test_a_signal_ends_all_lanes_with_their_undoing() -> None:
    """Ctrl-C reaches work in other threads too."""
    broken_off: list[str] = []
    with pytest.raises(Interrupted, match="SIGINT"):
        undone_after(broken_off, None)
    assert broken_off == ["a"]


def test_giving_up_is_forgotten_afterwards() -> None:
    """The next campaign of the same process may wait again."""
    with pytest.raises(InfrastructureError):
        undone_after([], InfrastructureError("once"))
    problems: list[BaseException] = []

    def wait() -> None:
        try:
            until("anything", lambda: False, within_s=0.01)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(10)
    assert [type(one) for one in problems] == [TimedOutError]


@pytest.mark.parametrize("lanes", [0, 10_000])
def test_more_lanes_than_the_machine_carries_are_refused(lanes: int) -> None:
    """The sentence says what was asked for."""
    with pytest.raises(UsageError, match=str(lanes)):
        order.order_of(order.Options(scenarios=(FOUR[0],), lanes=lanes))


@pytest.mark.parametrize("lanes", [1, 2])
def test_work_goes_on_until_nobody_has_more(lanes: int) -> None:
    """Jobs are asked for one by one, so that what was learnt decides whether there is another."""
    done: list[int] = []
    work_off(lambda: len(done) if len(done) < 5 else None, done.append, lanes)
    assert len(done) in range(5, 5 + lanes)


def test_a_job_that_raises_ends_the_work() -> None:
    """In another lane as in this one."""

    def fail(job: int) -> None:
        raise InfrastructureError(f"job {job}")

    for lanes in (1, 2):
        jobs = iter(range(10))
        with pytest.raises(InfrastructureError, match="job"):
            work_off(lambda jobs=jobs: next(jobs, None), fail, lanes)  # type: ignore[misc]
