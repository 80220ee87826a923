"""How much faster than production a stack runs."""

from __future__ import annotations

from harness.containers.running import RunningStack
from stack.topology import SCRAPE_INTERVAL_S


def time_scale(stack: RunningStack) -> float:
    """k, by which the production durations of this stack were divided."""
    return SCRAPE_INTERVAL_S / stack.plan.settings["scrape_interval_s"]
