"""How much of the time of the faults anything was done: while nobody acts there is nothing to be seen."""

from __future__ import annotations

from pathlib import Path

from harness.checks.reading import Reader
from harness.evidence import FolderHistory
from harness.recorded import Stream
from harness.results import ScenarioResult


def acting_share(result: ScenarioResult, folder: Path) -> float | None:
    """The share of the seconds of the hold in which something was executed; None without a hold of a second.

    Args:
        result: the judged run.
        folder: with its evidence.
    """
    hold = next((phase for phase in result.phases if phase.name == "hold"), None)
    if hold is None or hold.duration_s < 1:
        return None
    seconds = int(hold.duration_s)
    acted = set()
    for _, seen in Reader(FolderHistory(folder=folder)).only(Stream.FINAL, "effect"):
        at_s = seen.data.get("at_s")
        if isinstance(at_s, int | float) and 0 <= at_s - hold.started_s < seconds:
            acted.add(int(at_s - hold.started_s))
    return len(acted) / seconds
