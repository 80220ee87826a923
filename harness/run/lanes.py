"""Runs side by side: each lane makes one at a time, on a stack of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeVar

from harness.errors import UsageError
from harness.interrupt import give_up, giving_up_together, shielded, still_wanted
from harness.model import LoadProfile, Scenario
from harness.shapes import shape

T = TypeVar("T")
# More than this at its peak needs the machine: five times what most scenarios send (docs/decisions/heavy-load.md).
HEAVY_PER_S = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scenario and what it takes to run it; `run` raises what ends the campaign."""

    scenario: Scenario
    run: Callable[[], object]


def run_in_lanes(jobs: Iterable[Job], lanes: int) -> None:
    """Run every job; what ends one campaign ends all its lanes, each with its undoing.

    Args:
        jobs: in the order in which they are begun; with several lanes those with viewers or heavy load first, one at
            a time, as how long people wait is not measured beside the start of another stack, then those with the most
            acts.
        lanes: how many run at a time.

    Raises:
        HarnessError: what a job raised first.
        Interrupted: the user asked for it.
    """
    if lanes == 1:
        _all(jobs, 1)
        return
    longest_first = sorted(jobs, key=lambda one: (len(one.scenario.acts), one.scenario.steady_s), reverse=True)
    for alone in (True, False):
        _all([job for job in longest_first if runs_alone(job.scenario.load) is alone], 1 if alone else lanes)


def runs_alone(load: LoadProfile) -> bool:
    """True for a load that is measured with the machine for itself."""
    try:
        peak = shape(load.arrivals).peak
    except UsageError:  # a recorded trace: nobody knows how high it goes
        return True
    return bool(load.viewers) or load.signals_per_s * peak > HEAVY_PER_S


def _all(jobs: Iterable[Job], lanes: int) -> None:
    waiting = iter(jobs)
    work_off(lambda: next(waiting, None), lambda job: job.run(), lanes)


def work_off(take: Callable[[], T | None], do: Callable[[T], object], lanes: int) -> None:
    """Let each lane do one job after another until there are no more; what ends one lane ends all, with its undoing.

    Args:
        take: gives the next job, None for no more; asked by one lane at a time.
        do: does it; raises what ends the work.
        lanes: how many are done at a time; one does them in this thread.

    Raises:
        HarnessError: what `do` raised first.
        Interrupted: the user asked for it.
    """
    turn = threading.Lock()

    def lane() -> None:
        while True:
            with turn:
                still_wanted()
                job = take()
            if job is None:
                return
            do(job)

    if lanes == 1:
        lane()
        return
    with giving_up_together(), ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane") as pool:
        try:
            for done in as_completed([pool.submit(lane) for _ in range(lanes)]):
                done.result()
        except BaseException:
            give_up()
            with shielded():
                pool.shutdown(cancel_futures=True)
            raise
