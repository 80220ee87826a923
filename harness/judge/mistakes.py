"""Was a known-bad variant caught? Only by the check that is meant to see it, in a run that is whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.errors import EvidenceError
from harness.evidence import MISTAKES_FOLDER, PLAN_FILE, read_json
from harness.judge.scenario import judge_planned
from harness.judge.stored import Plan, read_plan
from harness.mistakes import Mistake
from harness.model import Finding, Verdict
from harness.results import MistakeResult
from harness.seals import broken_seals


def judge_mistake(folder: Path, mistake: Mistake, run_id: str) -> MistakeResult:
    """Judge the runs of one mistake: PASS if one of them is red as it should be, else UNKNOWN.

    A gate that did not see a mistake says less by its green, and nothing against the application; so it is no FAIL.

    Args:
        folder: reports/<run id>.
        mistake: what was switched on.
        run_id: of the run that they have to belong to.
    """
    if not mistake.name or mistake.name in {".", ".."} or any(sign in mistake.name for sign in "/\\\0"):
        return _result(mistake, 0, f"{mistake.name!r} is no name of a folder")
    said = "It was never run."
    runs = _runs(folder / MISTAKES_FOLDER / mistake.name)
    for number, path in enumerate(runs, start=1):
        try:
            plan = read_plan(path / PLAN_FILE, read_json(path / PLAN_FILE))
        except EvidenceError as damage:
            said = str(damage)
            continue
        if problems := [*_strange(plan, mistake, run_id), *broken_seals(path)]:
            said = f"Run {number} proves nothing: {problems[0]}"
            continue
        found = _catch(mistake, judge_planned(path, plan, ()).findings)
        if found is not None:
            return _result(mistake, number, found.message, found.check)
        said = f"{' and '.join(mistake.caught_by)} had nothing against it: the gate does not see this mistake."
    return _result(mistake, len(runs), said)


def _runs(folder: Path) -> list[Path]:
    """The folders of its runs, in their order."""
    return sorted((path for path in folder.glob("[0-9]*") if path.name.isdecimal()), key=lambda path: int(path.name))


def _strange(plan: Plan, mistake: Mistake, run_id: str) -> list[str]:
    strange = []
    if plan.run_id != run_id:
        strange.append(f"it was recorded by run {plan.run_id}, not by {run_id}")
    if plan.name != mistake.scenario:
        strange.append(f"it is a run of {plan.name}, not of {mistake.scenario}")
    if sorted(plan.known_bad) != sorted(mistake.switches):
        strange.append(f"known-bad variants that were on: {', '.join(plan.known_bad) or 'none'}")
    return strange


def _catch(mistake: Mistake, findings: Iterable[Finding]) -> Finding | None:
    return next((one for one in findings if one.verdict is Verdict.FAIL and one.check in mistake.caught_by), None)


def _result(mistake: Mistake, runs: int, message: str, seen_by: str = "") -> MistakeResult:
    return MistakeResult(
        name=mistake.name,
        switches=mistake.switches,
        scenario=mistake.scenario,
        caught_by=mistake.caught_by,
        verdict=Verdict.PASS if seen_by else Verdict.UNKNOWN,
        runs=runs,
        seen_by=seen_by,
        message=message,
    )
