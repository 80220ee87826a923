"""Commands about the machine: doctor, setup, bench."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness import bench as benches
from harness import settings as harness_settings
from harness.cli.console import progress_lines
from harness.cli.options import StackModule
from harness.machine import setup as set_up
from harness.machine.doctor import as_json, examine, print_report
from harness.run.stacks import stack_module

FILE_WIDTH = 120  # of a table that goes to a file or a pipe


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(doctor)
    app.command("setup")(setup_machine)
    app.command()(bench)


def doctor(
    as_script: Annotated[bool, typer.Option("--json", help="For scripts: one JSON object.")] = False,
    stack: StackModule = None,
) -> int:
    """Say what a gate needs, what is here, what is missing and what to do. Changes nothing."""
    report = examine(tuple(stack_module(stack or harness_settings.load().stack).IMAGES.values()))
    if as_script:
        typer.echo(as_json(report))
    else:
        print_report(report, Console())
    return report.exit_code


def setup_machine(
    stack: StackModule = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Also Chromium, for the tests of the report page (Debian, root).")
    ] = False,
) -> None:
    """Bring the engine up and come by every image; does nothing where all is there."""
    specs = tuple(stack_module(stack or harness_settings.load().stack).IMAGES.values())
    progress = progress_lines()
    images = set_up.run(specs, progress)
    if browser:
        set_up.have_browser(progress)
    told: dict[str, list[str]] = {}
    for service, image in images.items():
        told.setdefault(image.source.value, []).append(service)
    progress("images: " + "; ".join(f"{source}: {', '.join(names)}" for source, names in told.items()))


def bench(
    run_folder: Annotated[
        Path | None, typer.Argument(metavar="[RUN_FOLDER]", help="Measure this run; without it, one is made.")
    ] = None,
    as_script: Annotated[bool, typer.Option("--json", help="For scripts: one JSON object.")] = False,
) -> None:
    """Print the figures that this project watches: start, phases against their floor, judging, probes."""
    figures = benches.measure(run_folder, progress_lines())
    if as_script:
        typer.echo(benches.as_json(figures))
    else:
        Console(width=None if sys.stdout.isatty() else FILE_WIDTH).print(benches.as_table(figures))
