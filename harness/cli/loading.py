"""The command for loads: load."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from harness import settings as harness_settings
from harness.cli.console import progress_lines
from harness.cli.options import Seed, StackModule, TimeScale
from harness.errors import ExitCode, UsageError
from harness.interrupt import interruptible
from harness.load.arrivals import SHAPES
from harness.load.capacity import Capacity, Objective
from harness.load.capacity_page import page
from harness.load.measured import Measured
from harness.load.soak import Soak, as_json, code_of
from harness.run.destination import PARTS, SOMEWHERE, given, own_stack
from harness.run.loads import Wish, measure, search
from harness.run.order import Options

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)?")
_UNITS_S = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
# From here on a load is looked at for growth without being asked, where the target tells of itself.
SOAK_S = 600.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(load)


def load(
    profile: Annotated[str, typer.Option(help=f"What is sent: {', '.join(PARTS)}.")] = "signals",
    rate: Annotated[float, typer.Option(help="Base rate, arrivals per second.")] = 20.0,
    duration: Annotated[str, typer.Option(help="How long: 60, 60s, 2m, 1h.")] = "60",
    json_file: Annotated[Path | None, typer.Option("--json", help="File that takes the figures.")] = None,
    url: Annotated[str, typer.Option(help="Load this address and start nothing; without it, a stack is started.")] = "",
    redis: Annotated[str, typer.Option(help="redis://[user:password@]host:port, beside --url.")] = "",
    grafana: Annotated[str, typer.Option(help="http://user:password@host:port, beside --url.")] = "",
    arrivals: Annotated[str, typer.Option(help=f"The schedule: {SHAPES}.")] = "constant",
    seed: Seed = None,
    timeout: Annotated[str, typer.Option(help="A request without an answer for so long is given up.")] = "30",
    method: Annotated[str, typer.Option(help="HTTP method; GET, or POST with a body.")] = "",
    body: Annotated[str, typer.Option(help="Body of every request.")] = "",
    payload: Annotated[str, typer.Option(help="package.module:function making the bodies, as JSON.")] = "",
    boards: Annotated[str, typer.Option(help="Uids of the boards that viewers open, comma-separated; all.")] = "",
    pipeline: Annotated[int, typer.Option(help="Redis commands of one arrival.")] = 1,
    clients: Annotated[int, typer.Option(help="Connections to Redis.")] = 50,
    commands: Annotated[str, typer.Option(help="Redis commands, comma-separated; redis-benchmark's.")] = "",
    most_late_ms: Annotated[float, typer.Option(help="UNKNOWN when the 99th percentile leaves later.")] = 50.0,
    find: Annotated[bool, typer.Option("--find-capacity", help="Raise the rate until the objective breaks.")] = False,
    objective_p99_ms: Annotated[float, typer.Option(help="The objective: longest p99 ...")] = 100.0,
    objective_errors: Annotated[float, typer.Option(help="... and largest share of errors.")] = 0.01,
    most_rate: Annotated[float, typer.Option(help="No rate above this is tried.")] = 20_000.0,
    within: Annotated[float, typer.Option(help="The knee is found to this share of it.")] = 0.05,
    html: Annotated[Path | None, typer.Option(help="With --find-capacity: file that takes the curve.")] = None,
    soak: Annotated[bool, typer.Option("--soak", help="Watch the target's memory and open files for growth.")] = False,
    metrics: Annotated[list[str] | None, typer.Option(help="Page of metrics for --soak; may be repeated.")] = None,
    time_scale: TimeScale = None,
    stack: StackModule = None,
) -> int:
    """Send a load on schedule, and measure from when each request was due.

    Exit codes: 0 measured, 1 a soak grows, 2 bad usage, 3 unknown (the generator could not keep up), 130 interrupted.
    """
    if find and soak:
        raise UsageError("--find-capacity and --soak are two questions: ask one at a time")
    wish = Wish(
        profile=profile,
        rate_per_s=rate,
        duration_s=seconds("--duration", duration),
        arrivals=arrivals,
        seed=harness_settings.load().seed if seed is None else seed,
        timeout_s=seconds("--timeout", timeout),
        most_late_ms=most_late_ms,
        own_url=bool(url or redis or grafana),
        method=method,
        body=body,
        payload=payload,
        boards=_words(boards),
        pipeline=pipeline,
        clients=clients,
        commands=tuple(word.upper() for word in _words(commands)),
    )
    # What is wrong is said before anything is started.
    destination = given(profile, url=url, redis=redis, grafana=grafana) if wish.own_url else None
    wish.spec(destination or SOMEWHERE, Path())
    objective = Objective(p99_ms=objective_p99_ms, error_share=objective_errors)
    for path in (json_file, html):
        _writable(path)
    progress = progress_lines()
    there = (
        nullcontext(destination) if destination else own_stack(Options(time_scale=time_scale, stack=stack), progress)
    )
    with tempfile.TemporaryDirectory(prefix="harness-load-") as folder, interruptible(), there as to:
        spec = wish.spec(to, Path(folder))
        progress(f"{profile} to {to.shown}: {arrivals}, {rate:g}/s for {wish.duration_s:g} s, seed {wish.seed}")
        if find:
            found = search(wish, spec, objective, most_per_s=most_rate, within=within, progress=progress)
            return _tell_capacity(found, objective, {**found.as_json(), "asked": wish.asked(to)}, json_file, html)
        pages = {page_url: page_url for page_url in metrics or ()} or dict(to.metrics)
        watched = soak or (wish.duration_s >= SOAK_S and bool(pages))
        if watched and not pages:
            raise UsageError("a soak needs a page of metrics to watch: give --metrics URL")
        every_s = min(max(wish.duration_s / 100, 0.5), 15.0)
        with Soak(pages, every_s=every_s) if watched else nullcontext() as grown:
            measured = measure(spec, wish.asked(to), most_late_ms, progress)
    return _tell(measured, grown, json_file)


def seconds(option: str, text: str) -> float:
    """A duration such as 60, 60s, 2m or 1h in s.

    Raises:
        UsageError: it is none, or not above zero; names the option.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not float(found[1]) > 0:
        raise UsageError(f"{option} {text!r} is no duration above zero; 60, 60s, 2m and 1h are")
    return float(found[1]) * _UNITS_S[found[2]]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))


def _tell_capacity(
    found: Capacity, objective: Objective, figures: Mapping[str, Any], json_file: Path | None, html: Path | None
) -> int:
    for line in found.lines():
        typer.echo(line)
    _write(json_file, {**figures, "objective": asdict(objective)})
    if html is not None:
        html.write_text(page(found, objective), encoding="utf-8")
    code: ExitCode = found.exit_code
    return code


def _tell(measured: Measured, grown: Soak | None, json_file: Path | None) -> int:
    told = dict(measured.as_json())
    for line in measured.lines():
        typer.echo(line)
    code = measured.exit_code
    if grown is not None:
        told["soak"] = as_json(grown)
        for one in grown.growths():
            typer.echo(f"{one.name}: {one.why}")
        code = code or code_of(grown.growths())
    _write(json_file, told)
    return code


def _write(path: Path | None, value: Mapping[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _writable(path: Path | None) -> None:
    """Found out before the load, not after it."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem}") from problem
