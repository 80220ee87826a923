"""Commands that look at what was recorded: judge; and that clean up: sweep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness import report
from harness.containers.sweep import leftovers
from harness.containers.sweep import sweep as swept
from harness.judge import judge_run
from harness.machine.engine import client


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(judge)
    app.command()(sweep)


def judge(
    folder: Annotated[Path, typer.Argument(metavar="RUN_FOLDER", help="reports/<run id> or reports/latest.")],
    write: Annotated[bool, typer.Option("--write", help="Write the report files of the folder anew.")] = False,
) -> int:
    """Judge a run folder again, without containers; the verdict comes from the evidence alone."""
    judged = judge_run(folder.resolve())
    if write:
        report.write(judged, folder.resolve())
    typer.echo(report.summary_line(judged))
    for scenario in judged.scenarios:
        for finding in scenario.findings:
            if finding.verdict.rank:
                typer.echo(f"{finding.verdict.word.upper():8}{scenario.name}: {finding.check}: {finding.message}")
    return judged.exit_code


def sweep(
    run_id: Annotated[str, typer.Argument(metavar="[RUN_ID]", help="Only what this run left.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also stacks kept by 'harness stack up' and runs that are alive.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove containers, networks and volumes of runs whose process is gone."""
    engine = client()
    look = leftovers if dry_run else swept
    found = look(engine, run_id=run_id, everything=everything)
    for leftover in found:
        typer.echo(
            f"{'would remove' if dry_run else 'removed'} {leftover.kind} {leftover.name} (run {leftover.run_id})"
        )
    if not found:
        typer.echo("nothing is left over")
