"""All figures: of a run, made now unless one is given, and of judging."""

from __future__ import annotations

from pathlib import Path

from harness.bench.figures import Figure
from harness.bench.judging import judging
from harness.bench.recorded import recorded
from harness.progress import Progress, silent
from harness.run.order import Options, prepare


def measure(run_folder: Path | None, progress: Progress = silent) -> tuple[Figure, ...]:
    """Measure a run folder and judging.

    Args:
        run_folder: a run to look at; None makes one of every scenario.
        progress: takes a line per step.

    Raises:
        HarnessError: a run could not be made or read.
    """
    if run_folder is None:
        campaign = prepare(Options(profile="bench"), progress)
        campaign.run()
        run_folder = campaign.folder
    progress(f"reading {run_folder}")
    figures = list(recorded(run_folder.resolve()))
    progress("judging histories of 10,000, 100,000 and 1,000,000 lines")
    return (*figures, *judging())
