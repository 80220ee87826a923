"""pytest: `pytest -m chaos` runs the scenarios, with the usual selection; plain `pytest` runs none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, Interrupted
from harness.interrupt import interruptible
from harness.model import Scenario, Verdict
from harness.progress import Progress
from harness.results import ScenarioResult

if TYPE_CHECKING:
    from harness.run.campaign import Campaign


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the scenarios; what is not given comes from the settings."""
    group = parser.getgroup("chaos", "scenarios on the whole stack (-m chaos)")
    group.addoption("--time-scale", type=float, default=None, help="divide production durations by this")
    group.addoption("--chaos-seed", type=int, default=None, help="seed of the traffic")
    group.addoption("--known-bad", action="append", default=[], help="switch a wrong variant of the subject on")
    group.addoption("--rules", type=Path, default=None, help="another alert rule file")
    group.addoption("--boards", type=Path, default=None, help="folder of other dashboards")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a marker expression that names chaos, scenarios are not run: they need minutes and an engine."""
    if "chaos" in config.getoption("markexpr"):
        return
    chosen = [item for item in items if item.get_closest_marker("chaos") is None]
    left_out = [item for item in items if item.get_closest_marker("chaos") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen


@pytest.fixture(scope="session")
def campaign(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    """The session's campaign: one run folder, one report over all selected scenarios."""
    scenarios = tuple(
        scenario
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.get_closest_marker("chaos") and hasattr(item, "callspec")
        if isinstance(scenario := item.callspec.params.get("scenario"), Scenario)
    )
    from harness.run import order  # noqa: PLC0415 - every pytest loads this plugin, only scenarios need an engine

    options = order.Options(
        scenarios=scenarios,
        profile="pytest",
        time_scale=request.config.getoption("--time-scale"),
        seed=request.config.getoption("--chaos-seed"),
        known_bad=tuple(request.config.getoption("--known-bad")),
        rules=request.config.getoption("--rules"),
        boards=request.config.getoption("--boards"),
    )
    try:
        running = order.prepare(options, _say(request))
    except HarnessError as problem:
        pytest.exit(str(problem), returncode=int(problem.exit_code))
    yield running
    judged = running.finish()
    _say(request)(f"{judged.verdict.word}: {running.folder / 'report.html'}")


def judged_alone(campaign: Campaign, scenario: Scenario) -> ScenarioResult:
    """Run one scenario of the session's campaign and judge its folder.

    Raises:
        HarnessError: the engine is gone or the stack does not start.
        KeyboardInterrupt: the user asked for it; everything is undone.
    """
    try:
        with interruptible():
            campaign.run_one(scenario)
    except Interrupted as asked:
        raise KeyboardInterrupt from asked
    return campaign.judge_one(scenario)


def explain(result: ScenarioResult) -> str:
    """Why a scenario did not pass, a line a finding."""
    return "\n".join(
        f"{finding.verdict.word.upper()} {finding.check}: {finding.message}"
        for finding in result.findings
        if finding.verdict is not Verdict.PASS
    )


def _say(request: pytest.FixtureRequest) -> Progress:
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def say(line: str) -> None:
        if reporter is not None:
            reporter.write_line(line)

    return say
