"""`harness alerts check | replay | mutate`: the rules themselves, without a stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from harness.alerts.check import check as checked_rules
from harness.alerts.compared import Row, Span
from harness.alerts.rerun import Rerun, rerun
from harness.checks.reading import counted
from harness.cli.console import progress_lines
from harness.cli.mutating import mutate
from harness.cli.options import ScenariosFolder, StackModule, TimeScale
from harness.cli.toolbox import toolbox
from harness.errors import ExitCode, UsageError
from harness.run.alert_files import subject_of, text_of

FILE_WIDTH = 160  # of a table that goes to a file or a pipe

app = typer.Typer(
    help="The alert rules themselves: are they sound, how would they have behaved, are their tests any good?",
    no_args_is_help=True,
)
app.command()(mutate)
JsonOut = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Also write the outcome to this file.")]


@app.command()
def check(
    rules: Annotated[list[Path] | None, typer.Option(help="Rule files; the stack's own without it.")] = None,
    alertmanager: Annotated[Path | None, typer.Option(help="Alertmanager's configuration; the stack's own.")] = None,
    tests: Annotated[
        Path | None, typer.Option(help="Folder with unit tests; the stack's own where --rules is not given.")
    ] = None,
    real_time: Annotated[
        list[str] | None, typer.Option(help="Metrics (* allowed) that measure real work, beside the stack's own.")
    ] = None,
    time_scale: TimeScale = None,
    json_out: JsonOut = None,
    scenarios: ScenariosFolder = None,
    stack: StackModule = None,
) -> int:
    """Check alert rules: do they load, pass their tests, link a runbook, scale, reach somebody, get exercised?

    Works on files of any team. Exit code 0: no problem; 1: problems, all listed; 2: a file that is not there.
    """
    subject = subject_of(
        rules=tuple(rules or ()),
        alertmanager=alertmanager,
        tests=tests,
        real_time=tuple(real_time or ()),
        time_scale=time_scale,
        scenarios=scenarios,
        stack=stack,
    )
    checked = checked_rules(subject, toolbox(stack, progress_lines()))
    for problem in checked.problems:
        typer.echo(str(problem))
    told = f"{counted(checked.alerts, 'alert')} in {counted(len(subject.rules), 'file')}"
    typer.echo(f"{told}: {counted(len(checked.problems), 'problem') if checked.problems else 'no problem'}")
    if json_out is not None:
        found = [asdict(problem) for problem in checked.problems]
        write_json_to(json_out, {"files": list(subject.rules), "alerts": checked.alerts, "problems": found})
    return ExitCode.FAIL if checked.problems else ExitCode.PASS


@app.command()
def replay(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="reports/<run id> or reports/latest.")],
    rules: Annotated[Path | None, typer.Option(help="Another rule file, at production timing.")] = None,
    scenario: Annotated[str, typer.Option(help="Only this scenario of the run.")] = "",
    json_out: JsonOut = None,
    stack: StackModule = None,
) -> int:
    """Show how alert rules would have behaved in a recorded run, at production timing.

    Without --rules the run itself is compared with its replay, and times may differ by one evaluation. With --rules
    both files are replayed, and any difference counts. Exit code 0: none; 1: some; 2: bad input.
    """
    text = None if rules is None else {str(rules): text_of(rules)}
    outcomes = rerun(run_dir.resolve(), toolbox(stack, progress_lines()), scenario=scenario, rules=text)
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH, highlight=False)
    for outcome in outcomes:
        _print(console, outcome, rules)
    differ = any(outcome.differs for outcome in outcomes)
    if json_out is not None:
        write_json_to(json_out, _as_data(run_dir, rules, outcomes, differ=differ))
    typer.echo(f"{'some alerts differ' if differ else 'nothing differs'} in {counted(len(outcomes), 'scenario')}")
    return ExitCode.FAIL if differ else ExitCode.PASS


def write_json_to(path: Path, value: Any) -> None:
    """Write JSON where the user asked for it.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem


def _print(console: Console, outcome: Rerun, rules: Path | None) -> None:
    before, after = ("in the run", "in its replay") if rules is None else ("recorded rules", str(rules))
    console.print(
        f"[bold]{outcome.scenario}[/bold]: fired from..to, production seconds after {outcome.origin}", soft_wrap=True
    )
    if outcome.rows:
        table = Table("alert", "labels", before, after, "difference", box=None, pad_edge=False)
        for row in outcome.rows:
            told = row.difference or "none"
            table.add_row(row.alert, _labels(row), _spans(row.before), _spans(row.after), told)
        console.print(table)
    else:
        console.print("  nothing fired")
    for alert, metrics in outcome.unrecorded.items():
        console.print(
            f"  {alert} reads {', '.join(metrics)}, which this run did not record: nothing is known of it",
            soft_wrap=True,
        )


def _labels(row: Row) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(row.labels.items()))


def _spans(spans: Sequence[Span]) -> str:
    return ", ".join(f"{from_s:.0f}..{to_s:.0f}" for from_s, to_s in spans) or "-"


def _as_data(run_dir: Path, rules: Path | None, outcomes: Iterable[Rerun], *, differ: bool) -> dict[str, Any]:
    scenarios = [asdict(outcome) | {"differs": outcome.differs} for outcome in outcomes]
    return {
        "run": str(run_dir),
        "rules": None if rules is None else str(rules),
        "differs": differ,
        "scenarios": scenarios,
    }
