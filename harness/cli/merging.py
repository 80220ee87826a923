"""`harness merge`: the runs of several machines, or of several seeds, as one report with one exit code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from harness import report
from harness.containers.identity import new_run_id
from harness.errors import InfrastructureError
from harness.judge import merge as merged_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(merge)


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Folders of runs, or folders with such folders in them.")
    ],
    out: Annotated[Path, typer.Option(help="Folder that takes the report.")] = Path("reports/merged"),
    seed: Annotated[
        list[int] | None, typer.Option(help="A seed that has to be there; without it, whichever are there.")
    ] = None,
) -> int:
    """Judge the parts of a gate again and make one report of them; a part that is missing is UNKNOWN."""
    run_id = f"{new_run_id()}-merged"
    merged = merged_of([folder.resolve() for folder in folders], run_id=run_id, seeds=tuple(seed or ()))
    folder = out.resolve()
    try:
        for name, evidence in merged.folders.items():
            _link(folder / "scenarios" / name.replace("/", "_"), evidence)
        report.write(merged.report, folder)
    except OSError as problem:
        raise InfrastructureError(f"the report in {folder} cannot be written: {problem}") from problem
    page = f"{folder / 'report.html'}"
    typer.echo(report.summary_line(merged.report, page))
    for scenario in merged.report.scenarios:
        for finding in scenario.findings:
            if finding.verdict.rank:
                typer.echo(f"{finding.verdict.word.upper():8}{scenario.name}: {finding.check}: {finding.message}")
    return merged.report.exit_code


def _link(path: Path, evidence: Path) -> None:
    """The page draws its timelines from the evidence where it lies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(evidence, path.parent))
