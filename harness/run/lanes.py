"""Scenarios side by side: each lane runs one at a time, on a stack of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from harness.interrupt import give_up, giving_up_together, shielded
from harness.model import Scenario


def run_in_lanes(scenarios: Iterable[Scenario], run_one: Callable[[Scenario], object], lanes: int) -> None:
    """Run every scenario; what ends one campaign ends all its lanes, each with its undoing.

    Args:
        scenarios: in the order in which they are begun; with several lanes those with the most acts first.
        run_one: runs one; raises what ends the campaign.
        lanes: how many run at a time.

    Raises:
        HarnessError: what `run_one` raised first.
        Interrupted: the user asked for it.
    """
    if lanes == 1:
        for scenario in scenarios:
            run_one(scenario)
        return
    longest_first = sorted(scenarios, key=lambda one: (len(one.acts), one.steady_s), reverse=True)
    with giving_up_together(), ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane") as pool:
        try:
            running = [pool.submit(run_one, scenario) for scenario in longest_first]
            for done in as_completed(running):
                done.result()
        except BaseException:
            give_up()
            with shielded():
                pool.shutdown(cancel_futures=True)
            raise
