"""A run's folder, judged: its scenarios, and whether they are those of this run, all of them and unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import EvidenceError, UsageError
from harness.evidence import MISTAKES_FOLDER, PLAN_FILE, RUN_FILE, read_json
from harness.judge.mistakes import judge_mistake
from harness.judge.parts import judge_parts
from harness.judge.scenario import judge_planned, unjudged
from harness.judge.stored import Plan, Row, Run, read_plan, read_run
from harness.judge.undone import undo_problems
from harness.mistakes import Mistake
from harness.model import Verdict
from harness.results import GateReport, MistakeResult, PartResult, RequirementResult, ScenarioResult
from harness.seals import broken_run_seals

SCHEMA_VERSION = 1


def judge_run(folder: Path) -> GateReport:
    """Judge a run folder.

    Args:
        folder: reports/<run id>.

    Raises:
        UsageError: the folder is missing, empty, or not the folder of a run.
        EvidenceError: `run.json` is damaged.
    """
    run = _run(folder)
    of_run = _of_run(folder, run)
    scenarios = _scenarios(folder, run, of_run)
    beside = judge_parts(folder, run, scenarios, of_run)
    mistakes = tuple(judge_mistake(folder, mistake, run.run_id) for mistake in run.mistakes)
    return GateReport(
        schema_version=SCHEMA_VERSION,
        verdict=_verdict(scenarios, mistakes, beside.parts),
        run_id=run.run_id,
        seed=run.seed,
        profile=run.profile,
        time_scale=run.time_scale,
        started_at=run.started_at,
        duration_s=_duration_s(run, scenarios),
        subject=run.subject,
        stack=run.stack,
        scenarios=scenarios,
        requirements=_requirements(run.requirements, scenarios),
        notes=run.notes,
        mistakes=mistakes,
        parts=beside.parts,
        not_looked_at=beside.not_looked_at,
        since=beside.since,
    )


def _verdict(
    scenarios: Sequence[ScenarioResult], mistakes: Sequence[MistakeResult], parts: Sequence[PartResult]
) -> Verdict:
    """The worst of all; a run without scenarios judged nothing, however many mistakes it caught."""
    nothing = () if scenarios else (Verdict.UNKNOWN,)
    of_others = [*(each.verdict for each in mistakes), *(each.verdict for each in parts)]
    return Verdict.worst([*nothing, *(each.verdict for each in scenarios), *of_others])


def _run(folder: Path) -> Run:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name one under reports/")
    if not (folder / RUN_FILE).is_file():
        raise UsageError(f"{folder} is not the folder of a run: it has no {RUN_FILE}")
    version = read_json(folder / RUN_FILE).get("schema_version")
    if version != SCHEMA_VERSION:
        raise UsageError(f"{folder / RUN_FILE} has schema_version {version!r}, not {SCHEMA_VERSION}")
    return read_run(folder)


def _of_run(folder: Path, run: Run) -> list[str]:
    """What stands against the run as a whole."""
    return [*broken_run_seals(folder, run.scenarios), *_strays(folder, run.scenarios), *_tried(folder, run.mistakes)]


def _scenarios(folder: Path, run: Run, of_run: Sequence[str]) -> tuple[ScenarioResult, ...]:
    plans = {name: _plan(folder, name) for name in run.scenarios}
    faulty = [name for name, plan in plans.items() if isinstance(plan, Plan) and plan.faults]
    undone = undo_problems(folder, faults_planned=bool(faulty))
    blamed = faulty or run.scenarios[-1:]  # the log does not say which scenario an entry belongs to
    return tuple(
        _scenario(folder, run, name, plan, [*of_run, *(undone if name in blamed else ())])
        for name in run.scenarios
        for plan in (plans[name],)
    )


def _plan(folder: Path, name: str) -> Plan | str:
    """The plan of a scenario, or why there is none."""
    if not name or name in {".", ".."} or any(sign in name for sign in "/\\\0"):
        return f"{RUN_FILE} names a scenario {name!r}, which no folder is called"
    path = folder / "scenarios" / name / PLAN_FILE
    try:
        return read_plan(path, read_json(path))
    except EvidenceError as damage:
        return str(damage)


def _scenario(folder: Path, run: Run, name: str, plan: Plan | str, problems: Sequence[str]) -> ScenarioResult:
    if isinstance(plan, str):
        return unjudged(name, [plan, *problems])
    strange = []
    if plan.run_id != run.run_id:
        strange.append(f"{name} was recorded by run {plan.run_id}, not by {run.run_id}")
    if plan.time_scale != run.time_scale:
        strange.append(f"{name} was recorded at a time scale of {plan.time_scale:g}, the run's is {run.time_scale:g}")
    if plan.name != name:
        strange.append(f"the folder {name} holds the plan of {plan.name!r}")
    if Counter(run.scenarios)[name] > 1:
        strange.append(f"{RUN_FILE} names {name} more than once")
    return judge_planned(folder / "scenarios" / name, plan, [*strange, *problems])


def _strays(folder: Path, names: Sequence[str]) -> list[str]:
    """Scenarios that were recorded and are not in the order."""
    found = sorted(path.parent.name for path in folder.glob(f"scenarios/*/{PLAN_FILE}"))
    return [f"{RUN_FILE} does not name {name}, which was recorded" for name in found if name not in names]


def _tried(folder: Path, mistakes: Sequence[Mistake]) -> list[str]:
    """Mistakes that were tried and are not in the order any more."""
    names = {mistake.name for mistake in mistakes}
    found = sorted(path.name for path in folder.glob(f"{MISTAKES_FOLDER}/*"))
    return [f"{RUN_FILE} does not name the mistake {name}, which was tried" for name in found if name not in names]


def _requirements(rows: Sequence[Row], scenarios: Sequence[ScenarioResult]) -> tuple[RequirementResult, ...]:
    results = []
    for row in rows:
        covering = [scenario for scenario in scenarios if row.id in scenario.covers]
        verdict = Verdict.worst(scenario.verdict for scenario in covering).word if covering else "not covered"
        names = tuple(scenario.name for scenario in covering)
        results.append(RequirementResult(id=row.id, row=row.row, verdict=verdict, covered_by=names))
    return tuple(results)


def _duration_s(run: Run, scenarios: Iterable[ScenarioResult]) -> float:
    """The run's own figure, else the sum of the phases that were recorded."""
    if run.duration_s >= 0:
        return run.duration_s
    return sum(phase.duration_s for scenario in scenarios for phase in scenario.phases)
