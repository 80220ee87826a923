"""pytest: `pytest -m chaos` runs the scenarios, with the usual selection; plain `pytest` runs none.

With `-n K` (pytest-xdist) K stacks run side by side for one run folder, which the controller judges at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.containers.identity import new_run_id
from harness.errors import HarnessError, Interrupted
from harness.interrupt import interruptible
from harness.model import Scenario, Verdict
from harness.progress import Progress
from harness.results import GateReport, ScenarioResult

if TYPE_CHECKING:
    from harness.run.campaign import Campaign
    from harness.run.wanted import Joint

# Every pytest loads this plugin, and only scenarios need what lies in harness.run: it is imported where it is used.
RUN_ID = "chaos_run_id"
_lost = pytest.StashKey[list[str]]()
_judged = pytest.StashKey[GateReport]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the scenarios; what is not given comes from the settings."""
    group = parser.getgroup("chaos", "scenarios on the whole stack (-m chaos)")
    group.addoption("--time-scale", type=float, default=None, help="divide production durations by this")
    group.addoption("--chaos-seed", type=int, default=None, help="seed of the traffic")
    group.addoption("--known-bad", action="append", default=[], help="switch a wrong variant of the subject on")
    group.addoption("--rules", type=Path, default=None, help="another alert rule file")
    group.addoption("--boards", type=Path, default=None, help="folder of other dashboards")


def pytest_configure(config: pytest.Config) -> None:
    """The marker, also in projects that do not list it."""
    config.addinivalue_line("markers", "chaos: a scenario on the whole stack; only runs with -m chaos")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a marker expression that names chaos, scenarios are not run: they need minutes and an engine.

    Side by side those that run alone come first, then the longest.
    """
    if not _wanted(config):
        chosen = [item for item in items if item.get_closest_marker("chaos") is None]
        left_out = [item for item in items if item.get_closest_marker("chaos") is not None]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = chosen
    elif hasattr(config, "workerinput"):
        items.sort(key=_when)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """`-n auto`: as many as `harness gate` takes lanes."""
    from harness.run import order  # noqa: PLC0415

    return order.usual_lanes() if _wanted(config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Before any worker starts: refuse more stacks than the machine carries, and name the run that all work for."""
    if not _wanted(config):
        return
    from harness.run import order  # noqa: PLC0415

    try:
        order.carried(len(specs))
    except HarnessError as too_many:
        raise pytest.UsageError(f"-n {len(specs)}: {too_many}") from too_many
    config.stash[_lost] = []
    if not config.option.maxschedchunk:
        config.option.maxschedchunk = 1  # whoever is idle takes the next one
    setattr(config, RUN_ID, new_run_id())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker which run it works for."""
    if run_id := getattr(node.config, RUN_ID, ""):
        node.workerinput[RUN_ID] = run_id


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Remember who died before its end."""
    if error and _lost in node.config.stash:
        node.config.stash[_lost].append(str(node.gateway.id))


@pytest.fixture(scope="session")
def campaign(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    """The session's campaign: one run folder, one report over all selected scenarios."""
    from harness.run import order  # noqa: PLC0415

    scenarios = tuple(scenario for item in request.session.items if (scenario := _scenario(item)) is not None)
    options = order.Options(
        scenarios=scenarios,
        profile="pytest",
        time_scale=request.config.getoption("--time-scale"),
        seed=request.config.getoption("--chaos-seed"),
        known_bad=tuple(request.config.getoption("--known-bad")),
        rules=request.config.getoption("--rules"),
        boards=request.config.getoption("--boards"),
    )
    joint = _joint(request.config)
    try:
        running = order.prepare(options, _say(request.config), joint)
    except HarnessError as problem:
        pytest.exit(str(problem), returncode=int(problem.exit_code))
    yield running
    if joint is None:
        _tell(request.config, running.finish(), running.folder)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The controller of workers makes the one report; no session is green whose run is not."""
    config = session.config
    if run_id := getattr(config, RUN_ID, ""):
        from harness import settings  # noqa: PLC0415
        from harness.run import joint  # noqa: PLC0415

        folder = settings.load().reports.resolve() / run_id
        if judged := joint.finish(folder, lost=bool(config.stash[_lost])):
            _tell(config, judged, folder)
    found = config.stash.get(_judged, None)
    if found is not None and found.verdict is not Verdict.PASS and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def judged_alone(campaign: Campaign, scenario: Scenario) -> ScenarioResult:
    """Run one scenario of the session's campaign and judge its folder.

    Raises:
        HarnessError: the engine is gone or the stack does not start.
        KeyboardInterrupt: the user asked for it; everything is undone.
    """
    from harness.run.joint import room  # noqa: PLC0415
    from harness.run.lanes import runs_alone  # noqa: PLC0415

    beside = room(campaign.folder, alone=runs_alone(scenario.load)) if campaign.is_joint else nullcontext()
    try:
        with interruptible(), beside:
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


def _wanted(config: pytest.Config) -> bool:
    return "chaos" in config.getoption("markexpr")


def _scenario(item: pytest.Item) -> Scenario | None:
    """The scenario that a test runs; None for any other test."""
    if not isinstance(item, pytest.Function) or not item.get_closest_marker("chaos") or not hasattr(item, "callspec"):
        return None
    found = item.callspec.params.get("scenario")
    return found if isinstance(found, Scenario) else None


def _when(item: pytest.Item) -> tuple[bool, int, float]:
    scenario = _scenario(item)
    if scenario is None:
        return True, 0, 0.0
    from harness.run.lanes import runs_alone  # noqa: PLC0415

    return not runs_alone(scenario.load), -len(scenario.acts), -scenario.steady_s


def _joint(config: pytest.Config) -> Joint | None:
    """This worker's part of a run, if it is a worker; its number is that of its name, "gw0"."""
    told = getattr(config, "workerinput", {})
    if RUN_ID not in told:
        return None
    from harness.run.wanted import Joint  # noqa: PLC0415

    return Joint(run_id=told[RUN_ID], number=int(str(told["workerid"]).removeprefix("gw")) + 1)


def _tell(config: pytest.Config, judged: GateReport, folder: Path) -> None:
    config.stash[_judged] = judged
    _say(config)(f"{judged.verdict.word}: {folder / 'report.html'}")


def _say(config: pytest.Config) -> Progress:
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def say(line: str) -> None:
        if reporter is not None:
            reporter.write_line(line)

    return say
