"""One scenario's folder, judged: whatever is wrong with it is UNKNOWN, a breach that shows in it still FAILs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from harness.checks.accounted import unaccounted
from harness.checks.alert_table import alert_cells
from harness.checks.faults import FaultsTookEffect
from harness.checks.panel_table import panel_cells
from harness.checks.production import same_at_production
from harness.checks.settled import unsettled
from harness.errors import EvidenceError
from harness.evidence import LOADED_FILE, PLAN_FILE, read_json, shown
from harness.judge.clocks import clock_problems
from harness.judge.shape import shaped
from harness.judge.shared import SharedHistory
from harness.judge.standstill import doubted_for, standstill
from harness.judge.stored import Plan, read_plan
from harness.judge.timeline import read_timeline
from harness.model import Check, Finding, FindingKind, Record, Verdict, conditions
from harness.recorded import RuleTiming
from harness.restore import check_name, from_data
from harness.results import AlertCell, PanelCell, ScenarioResult
from harness.seals import broken_seals, ended

__all__ = ["LOADED_FILE", "PLAN_FILE", "apply", "judge_planned", "judge_scenario", "read_record", "unjudged"]


P = ParamSpec("P")
Cell = TypeVar("Cell", AlertCell, PanelCell)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A record, what of it could not be read, and what is doubtful about it."""

    record: Record
    damage: tuple[str, ...]
    doubts: tuple[str, ...]


def judge_scenario(folder: Path) -> ScenarioResult:
    """Judge one scenario's folder; whatever is wrong with it becomes an UNKNOWN finding."""
    try:
        plan = read_plan(folder / PLAN_FILE, read_json(folder / PLAN_FILE))
    except EvidenceError as damage:
        return unjudged(folder.name, [str(damage)])
    return judge_planned(folder, plan, ())


def judge_planned(folder: Path, plan: Plan, problems: Sequence[str]) -> ScenarioResult:
    """Judge a folder whose plan was read.

    Args:
        folder: the scenario's folder.
        plan: what was planned.
        problems: what the run as a whole says against it.
    """
    read = _read(folder, plan)
    told = [*problems, *broken_seals(folder), *clock_problems(folder), *read.damage, *read.doubts]
    checks: list[Check] = [FaultsTookEffect(expected=len(plan.faults))]
    for data in plan.checks:
        try:
            checks.append(from_data(data, shown(folder / PLAN_FILE)))
        except EvidenceError as unknown:
            told.append(str(unknown))
    if not plan.checks:
        told.append("the scenario lists no check, so nothing was judged")
    findings = [finding for check in checks for finding in _judged(check, read)]
    if not read.damage and any(check.kind is FindingKind.ALERT for check in checks):
        findings += _across("NothingElseFires", unaccounted, checks, read.record)
        findings += _across("Settled", unsettled, checks, read.record)
        findings += _across("SameAtProduction", same_at_production, checks, read.record)
    still, unread = _still(read.record, findings)
    told += unread
    findings = doubted_for(still, findings)
    cells = () if read.damage else _table(alert_cells, read.record, checks, findings)
    panels = () if read.damage else _table(panel_cells, read.record)
    result = _result(folder.name, plan, read.record, [*_doubted(told), *findings], cells, panels)
    return replace(result, stood_still=still)


def _still(record: Record, findings: Sequence[Finding]) -> tuple[str, list[str]]:
    """Why the times of a run prove nothing, empty where they do; and a sentence where that cannot be read."""
    try:
        return standstill(record.history, findings), []
    except (EvidenceError, LookupError, TypeError, ValueError) as damage:
        return "", [f"whether the machine had time for the run cannot be read: {type(damage).__name__}: {damage}"]


def _table(made: Callable[P, tuple[Cell, ...]], *of: P.args, **more: P.kwargs) -> tuple[Cell, ...]:
    """A table shows what the findings say; where it cannot be made, they stand alone."""
    try:
        return made(*of, **more)
    except (EvidenceError, LookupError, TypeError, ValueError, ArithmeticError):
        return ()


def _judged(check: Check, read: _Read) -> Sequence[Finding]:
    """With damaged times or rules only safety can be judged: a false alarm about the rest would prove nothing."""
    if read.damage and check.kind is not FindingKind.SAFETY:
        return (_finding(check_name(check), check.kind, "Not judged: the times or rules it needs are damaged."),)
    return apply(check, read.record)


def _across(
    name: str, judge: Callable[[Iterable[Check], Record], Iterable[Finding]], checks: Sequence[Check], record: Record
) -> Sequence[Finding]:
    """What is judged of all checks together; a judgement that breaks is UNKNOWN."""
    try:
        return tuple(judge(checks, record))
    except EvidenceError as missing:
        return (_finding(name, FindingKind.ALERT, str(missing)),)
    except Exception as broken:
        return (_finding(name, FindingKind.ALERT, f"the check broke: {type(broken).__name__}: {broken}"),)


def apply(check: Check, record: Record) -> Sequence[Finding]:
    """The findings of one check; one that says nothing, or breaks, is UNKNOWN."""
    name = check_name(check)
    try:
        findings = tuple(check.judge(record))
    except EvidenceError as missing:
        return (_finding(name, check.kind, str(missing)),)
    except Exception as broken:
        return (_finding(name, check.kind, f"the check broke: {type(broken).__name__}: {broken}"),)
    return findings or (_finding(name, check.kind, "the check found nothing to judge"),)


def read_record(folder: Path, plan: Mapping[str, Any]) -> Record:
    """What the checks may look at.

    Raises:
        EvidenceError: the plan, the phases, the faults' times or the loaded rules cannot be read.
    """
    read = _read(folder, read_plan(folder / PLAN_FILE, plan))
    if read.damage:
        raise EvidenceError(read.damage[0])
    return read.record


def _read(folder: Path, plan: Plan) -> _Read:
    history = SharedHistory(folder=folder)
    rules, damage = _rules(folder / LOADED_FILE)
    timeline = read_timeline(history, plan, complete=ended(folder) == "complete")
    record = Record(
        scenario=plan.name,
        time_scale=plan.time_scale,
        rules=rules,
        phases=timeline.phases,
        faults=timeline.faults,
        settings=plan.settings,
        history=history,
        expected=plan.owes,
    )
    return _Read(record=record, damage=(*damage, *timeline.damage), doubts=tuple(timeline.doubts))


def _rules(path: Path) -> tuple[tuple[RuleTiming, ...], tuple[str, ...]]:
    """The loaded rules, or none and why."""
    try:
        rules = read_json(path).get("rules")
        if not isinstance(rules, list):
            raise TypeError("it lists no rules")
        return tuple(shaped(RuleTiming, rule, exact=True) for rule in rules), ()
    except EvidenceError as damage:
        return (), (str(damage),)
    except (TypeError, ValueError) as damage:
        return (), (f"{shown(path)} is damaged: {damage}",)


def unjudged(name: str, problems: Sequence[str]) -> ScenarioResult:
    """A scenario of which nothing can be judged, and why."""
    return ScenarioResult(
        name=name,
        hypothesis="",
        covers=(),
        verdict=Verdict.UNKNOWN,
        phases=(),
        faults=(),
        findings=_doubted(problems),
    )


def _result(
    name: str,
    plan: Plan,
    record: Record,
    findings: Sequence[Finding],
    cells: tuple[AlertCell, ...],
    panels: tuple[PanelCell, ...],
) -> ScenarioResult:
    return ScenarioResult(
        name=name,
        hypothesis=plan.hypothesis,
        covers=plan.covers,
        verdict=Verdict.worst(finding.verdict for finding in findings),
        phases=record.phases,
        faults=record.faults,
        findings=tuple(findings),
        alerts=cells,
        panels=panels,
        nobody_looks="" if panels else _nobody_looks(plan),
        conditions=conditions(plan.load, plan.subject_settings),
    )


def _nobody_looks(plan: Plan) -> str:
    """Why the report has no panel of a scenario."""
    if not plan.expected.panels:
        return "the stack is one without boards"
    if plan.load.viewers:
        return "people were to be at the boards, and the evidence does not tell what they saw"
    return plan.load.nobody_looks


def _doubted(problems: Sequence[str]) -> tuple[Finding, ...]:
    return tuple(_finding("Evidence", FindingKind.SAFETY, problem) for problem in dict.fromkeys(problems))


def _finding(check: str, kind: FindingKind, message: str) -> Finding:
    return Finding(check=check, kind=kind, verdict=Verdict.UNKNOWN, message=message)
