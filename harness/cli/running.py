"""Commands that run scenarios: list, explain, run, gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness import report
from harness.cli.console import progress_lines
from harness.cli.options import (
    AppImage,
    Boards,
    GateLanes,
    KnownBad,
    Lanes,
    Reports,
    Rules,
    ScenariosFolder,
    Seed,
    SelfTest,
    ShardOption,
    StackModule,
    TimeScale,
)
from harness.errors import ExitCode, UsageError
from harness.explore.again import of_bundle
from harness.explore.bundle import is_bundle
from harness.model import PROFILES
from harness.objectives import usual
from harness.run import order as orders
from harness.run.catalogue import known_scenarios
from harness.run.explain import explain as explained
from harness.run.gate import Gate
from harness.run.shards import Shard


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_scenarios)
    app.command()(explain)
    app.command()(run)
    app.command()(gate)


def list_scenarios(scenarios: ScenariosFolder = None) -> None:
    """List the scenarios with their hypotheses."""
    for scenario in known_scenarios(scenarios).values():
        typer.echo(f"{scenario.name}\n    {scenario.hypothesis}\n    covers {', '.join(scenario.covers)}")
        if scenario.profiles != PROFILES:
            typer.echo(f"    profiles {', '.join(scenario.profiles) or 'none: runs by its name alone'}")


def explain(
    scenario: Annotated[str, typer.Argument(help="A scenario's name; see harness list.")],
    time_scale: TimeScale = None,
    rules: Rules = None,
    boards: Boards = None,
    scenarios: ScenariosFolder = None,
    stack: StackModule = None,
) -> None:
    """Tell what a scenario would do: phases, derived deadlines, duration. Starts nothing."""
    options = orders.Options(
        names=(scenario,), time_scale=time_scale, rules=rules, boards=boards, scenarios_folder=scenarios, stack=stack
    )
    for line in explained(orders.order_of(options)):
        typer.echo(line)


def run(
    names: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="Names of scenarios, see harness list; or one repro bundle's path."),
    ],
    time_scale: TimeScale = None,
    seed: Seed = None,
    known_bad: KnownBad = None,
    rules: Rules = None,
    boards: Boards = None,
    app_image: AppImage = None,
    scenarios: ScenariosFolder = None,
    stack: StackModule = None,
    reports: Reports = None,
    lanes: Lanes = 1,
    self_test: SelfTest = False,
) -> int:
    """Run scenarios on real services and judge them."""
    options = orders.Options(
        names=tuple(names),
        profile="run",
        time_scale=time_scale,
        seed=seed,
        known_bad=tuple(known_bad or ()),
        rules=rules,
        boards=boards,
        app_image=app_image,
        scenarios_folder=scenarios,
        stack=stack,
        reports=reports,
        lanes=lanes,
        self_test=self_test,
    )
    return _campaign(of_bundle(options) if any(map(is_bundle, names)) else options)


def gate(
    profile: Annotated[str, typer.Option(help="What is looked at: a profile of the objectives.")] = "quick",
    objectives: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What has to be kept; gate.toml here, else this project's own.")
    ] = None,
    time_scale: TimeScale = None,
    seed: Seed = None,
    known_bad: KnownBad = None,
    rules: Rules = None,
    boards: Boards = None,
    app_image: AppImage = None,
    scenarios: ScenariosFolder = None,
    stack: StackModule = None,
    reports: Reports = None,
    lanes: GateLanes = None,
    self_test: SelfTest = False,
    shard: ShardOption = None,
) -> int:
    """Say whether this may go out: exit code 0, and only 0, releases.

    Offline checks come first; then scenarios, objectives, and a comparison with the last runs that passed.
    """
    path = objectives or usual()
    asked = Gate.of(path, scenarios)
    profiles = asked.objectives.profiles
    if profile not in profiles:
        raise UsageError(f"there is no profile '{profile}' in {path}; there are {', '.join(profiles)}")
    return _campaign(
        orders.Options(
            profile=profile,
            time_scale=time_scale,
            seed=seed,
            known_bad=tuple(known_bad or ()),
            rules=rules,
            boards=boards,
            app_image=app_image,
            scenarios_folder=scenarios,
            stack=stack,
            reports=reports,
            lanes=orders.usual_lanes() if lanes is None else lanes,
            self_test=self_test or profiles[profile].self_test,
            gate=asked,
            shard=None if shard is None else Shard.parse(shard),
        )
    )


def _campaign(options: orders.Options) -> ExitCode:
    campaign = orders.prepare(options, progress_lines())
    judged = campaign.run()
    typer.echo(report.summary_line(judged))
    typer.echo(f"report: {campaign.folder / 'report.html'}")
    return judged.exit_code
