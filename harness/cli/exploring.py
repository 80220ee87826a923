"""The command for random campaigns: explore."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.console import progress_lines
from harness.cli.options import AppImage, GateLanes, KnownBad, Reports, StackModule, TimeScale
from harness.errors import ExitCode, UsageError
from harness.explore.explorer import Explorer, Wish
from harness.explore.pages import summary_lines
from harness.explore.vocabulary import vocabulary_of
from harness.run import order as orders

FEWEST = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explore)


def explore(
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the schedules (CHAOS_SEED).")] = None,
    minutes: Annotated[float, typer.Option(min=0, help="Begin no run that would end later.")] = 10.0,
    shrink_minutes: Annotated[float, typer.Option(min=0, help="The same for looking into a failure.")] = 15.0,
    runs: Annotated[
        int, typer.Option(min=0, help="At most so many schedules; 0 for as many as there is time for.")
    ] = 0,
    faults: Annotated[int, typer.Option(min=1, max=60, help="Fewest faults of a schedule; at most 8 more.")] = FEWEST,
    again: Annotated[int, typer.Option(min=1, help="Run a failing schedule so often again ...")] = 3,
    least: Annotated[int, typer.Option(min=1, help="... and call it confirmed if it fails so often.")] = 2,
    time_scale: TimeScale = None,
    known_bad: KnownBad = None,
    app_image: AppImage = None,
    stack: StackModule = None,
    reports: Reports = None,
    lanes: GateLanes = None,
) -> int:
    """Break everything at random, densely and repeatably; cut a failure down to the few faults that it needs."""
    if least > again:
        raise UsageError(f"--least {least} of --again {again} runs can never fail")
    options = orders.Options(
        profile="explore",
        time_scale=time_scale,
        seed=seed,
        known_bad=tuple(known_bad or ()),
        app_image=app_image,
        stack=stack,
        reports=reports,
        lanes=orders.usual_lanes() if lanes is None else lanes,
        lean=True,
        open_ended=True,
    )
    order = orders.order_of(options)
    vocabulary = vocabulary_of(order.stack)
    wish = Wish(
        seed=order.seed,
        minutes=minutes,
        shrink_minutes=shrink_minutes,
        most_runs=runs,
        faults=(faults, faults + 8),
        runs=again,
        least=least,
    )
    progress = progress_lines()
    campaign = orders.prepare(options, progress)
    explored = Explorer(campaign, vocabulary, wish, progress).run()
    for line in summary_lines(explored, campaign.folder):
        typer.echo(line)
    code: ExitCode = explored.verdict.exit_code
    return code
