"""Runs side by side: each lane makes one at a time, on a stack of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from harness.interrupt import give_up, giving_up_together, shielded
from harness.model import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scenario and what it takes to run it; `run` raises what ends the campaign."""

    scenario: Scenario
    run: Callable[[], object]


def run_in_lanes(jobs: Iterable[Job], lanes: int) -> None:
    """Run every job; what ends one campaign ends all its lanes, each with its undoing.

    Args:
        jobs: in the order in which they are begun; with several lanes those with the most acts first.
        lanes: how many run at a time.

    Raises:
        HarnessError: what a job raised first.
        Interrupted: the user asked for it.
    """
    if lanes == 1:
        for job in jobs:
            job.run()
        return
    longest_first = sorted(jobs, key=lambda one: (len(one.scenario.acts), one.scenario.steady_s), reverse=True)
    with giving_up_together(), ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane") as pool:
        try:
            running = [pool.submit(job.run) for job in longest_first]
            for done in as_completed(running):
                done.result()
        except BaseException:
            give_up()
            with shielded():
                pool.shutdown(cancel_futures=True)
            raise
