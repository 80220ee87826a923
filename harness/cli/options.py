"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TimeScale = Annotated[
    float | None,
    typer.Option("--time-scale", "-k", help="Divide every production duration by this (CHAOS_TIME_SCALE)."),
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the traffic (CHAOS_SEED).")]
KnownBad = Annotated[
    list[str] | None,
    typer.Option(help="Switch a wrong variant of the application on, by name; the gate must then turn red."),
]
Rules = Annotated[Path | None, typer.Option(help="Judge with another alert rule file.", exists=True, dir_okay=False)]
Boards = Annotated[
    Path | None,
    typer.Option(help="Judge with the dashboards (JSON files) of another folder.", exists=True, file_okay=False),
]
AppImage = Annotated[str | None, typer.Option(help="Judge another image of the application.")]
ScenariosFolder = Annotated[
    Path | None, typer.Option("--scenarios", help="Folder with scenario modules (CHAOS_SCENARIOS).")
]
StackModule = Annotated[str | None, typer.Option("--stack", help="Python module that plans the stack (CHAOS_STACK).")]
Lanes = Annotated[
    int, typer.Option("--lanes", min=1, help="Run so many scenarios at a time, each on a stack of its own.")
]
GateLanes = Annotated[
    int | None,
    typer.Option("--lanes", min=1, help="Run so many scenarios at a time; without it two where the machine can."),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N", help="Run only this part of the scenarios; 'harness merge' joins the parts."
    ),
]
SelfTest = Annotated[
    bool,
    typer.Option(
        "--self-test", help="Also run the known-bad variants of the application; one that is not caught is UNKNOWN."
    ),
]
Reports = Annotated[Path | None, typer.Option(help="Folder that takes the run's folder (CHAOS_REPORTS).")]
