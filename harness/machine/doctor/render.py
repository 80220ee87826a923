"""The doctor's report for people, and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.machine.doctor.report import Level, Report

STYLES = {Level.HERE: "green", Level.SETUP: "cyan", Level.NOTE: "yellow", Level.MISSING: "bold red"}


def print_report(report: Report, console: Console) -> None:
    """Print a line for each thing that was looked at, and the whole in one sentence."""
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in report.lines:
        told = f"{line.found}. To do: {line.advice}" if line.advice else line.found
        table.add_row(f"[{STYLES[line.level]}]{line.level.value}[/]", line.topic, escape(told))
    console.print(table)
    console.print(report.sentence)


def as_json(report: Report) -> str:
    """The report as one JSON object: can_run, exit_code, sentence and lines."""
    whole = {
        "can_run": report.can_run,
        "exit_code": int(report.exit_code),
        "sentence": report.sentence,
        "lines": [asdict(line) for line in report.lines],
    }
    return json.dumps(whole, indent=2)
