"""The entry point: commands are registered here, and errors leave as one sentence and an exit code."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

import typer
from typer.exceptions import TyperException

from harness import __version__
from harness.cli import alerts, exploring, judging, loading, machine, merging, running, stacks
from harness.errors import ExitCode, HarnessError, Interrupted

app = typer.Typer(
    name="harness",
    help="Breaks a high-availability trading system on real services, under traffic, and judges what it recorded.",
    epilog="Exit codes of gate, run and judge: 0 pass, 1 fail, 2 bad usage or input, 3 unknown, "
    "4 infrastructure, 130 interrupted. Only 0 releases.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (running, exploring, judging, merging, loading, machine):
    module.register(app)
app.add_typer(stacks.app, name="stack")
app.add_typer(alerts.app, name="alerts")


@app.callback(invoke_without_command=True)
def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line and exit; a stack, its payload and its checks may lie in the folder of the caller."""
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; returns its exit code and never raises."""
    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="harness")
        return int(code or 0)
    except typer.Exit as finished:
        return int(finished.exit_code)
    except TyperException as wrong:
        _say(f"{wrong.format_message().rstrip('.')}. Try --help, alone or behind a command.")
        return int(ExitCode.USAGE)
    except HarnessError as problem:
        _say(str(problem))
        return int(problem.exit_code)
    except Interrupted as asked:
        _say(str(asked))
        return int(asked.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        return int(ExitCode.INTERRUPTED)
    except Exception as bug:
        _say(f"the harness itself broke ({type(bug).__name__}: {bug}); the traceback is in {_keep_traceback()}")
        return int(ExitCode.INFRASTRUCTURE)


def _say(sentence: str) -> None:
    sys.stderr.write(f"harness: {sentence}\n")


def _keep_traceback() -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="harness-traceback-", suffix=".txt", delete=False) as file:
        traceback.print_exc(file=file)
    return Path(file.name)
