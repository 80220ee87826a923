"""What the report says first: may this go out, why, what decided it, and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model import Finding, Verdict
from harness.report import mistakes
from harness.report.text import counted, cut, listed
from harness.results import GateReport, ScenarioResult, StackEntry

ANSWERS = {Verdict.PASS: "Yes", Verdict.UNKNOWN: "Unknown", Verdict.FAIL: "No"}
MARKS = {Verdict.PASS: "✓", Verdict.UNKNOWN: "?", Verdict.FAIL: "✕"}
NOT_COVERED = "not covered"
_DASHBOARD_SERVICE = "grafana"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A finding that decided the verdict, and the scenario it belongs to."""

    scenario: str
    finding: Finding


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, worst verdict first, otherwise in the order in which they were made."""
    return sorted(findings, key=lambda finding: -finding.verdict.rank)


def deciders(report: GateReport) -> tuple[Decider, ...]:
    """The findings as bad as the verdict itself; none for a pass, where all of them decided."""
    if report.verdict is Verdict.PASS:
        return ()
    of_scenarios = [(scenario.name, finding) for scenario in report.scenarios for finding in scenario.findings]
    of_mistakes = [(mistakes.NAME, finding) for finding in mistakes.open_mistakes(report)]
    of_parts = [(part.name, finding) for part in report.parts for finding in part.findings]
    return tuple(
        Decider(scenario=name, finding=finding)
        for name, finding in (*of_scenarios, *of_parts, *of_mistakes)
        if finding.verdict is report.verdict
    )


def tally(report: GateReport) -> dict[Verdict, int]:
    """How many findings of each verdict the run has."""
    verdicts = [finding.verdict for scenario in report.scenarios for finding in scenario.findings]
    return {verdict: verdicts.count(verdict) for verdict in Verdict}


def why(report: GateReport) -> str:
    """One sentence that gives the reason for the verdict."""
    if report.verdict is Verdict.PASS:
        return _why_pass(report)
    deciding = deciders(report)
    if not deciding:
        return _why_without_finding(report)
    first, others = deciding[0], len(deciding) - 1
    more = f" And {counted(others, 'more finding')} of the same weight." if others else ""
    return f"{first.scenario}: {_sentence(cut(first.finding.message, 400))}{more}"


def _why_pass(report: GateReport) -> str:
    held, findings = len(report.scenarios), tally(report)[Verdict.PASS]
    subject = "The one scenario held" if held == 1 else f"All {held} scenarios held"
    beside = f"; so did {listed(tuple(part.name for part in report.parts))}" if report.parts else ""
    return f"{subject}: {counted(findings, 'finding')}, none failed and none left open{beside}."


def _why_without_finding(report: GateReport) -> str:
    if report.notes:
        return _sentence(cut(report.notes[0], 400))
    silent = tuple(scenario.name for scenario in report.scenarios if not scenario.findings)
    if silent:
        return f"Nothing was judged in {listed(silent)}, and nothing judged can be no pass."
    return "No scenario was run." if not report.scenarios else "No finding says why: see the scenarios below."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def stand_ins(report: GateReport) -> tuple[StackEntry, ...]:
    """The services that were not the real ones."""
    return tuple(entry for entry in report.stack if entry.source == "stand-in")


def stand_in_line(report: GateReport) -> str:
    """What the stand-ins mean for the verdict, in one sentence; empty where every service was real."""
    entries = stand_ins(report)
    if any(entry.service == _DASHBOARD_SERVICE for entry in entries):
        others = tuple(entry.service for entry in entries if entry.service != _DASHBOARD_SERVICE)
        return "dashboards judged through the stand-in" + (f"; stand-in for {listed(others)}" if others else "")
    return f"stand-in for {listed(tuple(entry.service for entry in entries))}" if entries else ""


def known_bad(report: GateReport) -> str:
    """The variant of a subject that is wrong on purpose; empty for a real one."""
    variant = report.subject.get("known_bad")
    if not variant:
        return ""
    return listed(tuple(map(str, variant))) if isinstance(variant, list | tuple) else str(variant)


def not_covered(report: GateReport) -> tuple[str, ...]:
    """The ids of the requirement rows that nothing covered."""
    return tuple(row.id for row in report.requirements if row.verdict == NOT_COVERED)


def wall_time_s(scenario: ScenarioResult) -> float:
    """How long a scenario took, from its first phase to the end of its last one; 0 without phases."""
    starts = [phase.started_s for phase in scenario.phases]
    return max((phase.ended_s for phase in scenario.phases), default=0.0) - min(starts, default=0.0)


def summary_line(report: GateReport, page: str = "") -> str:
    """The one line that a terminal prints: verdict, counts, stand-ins, and where the page is.

    Args:
        report: the run's report.
        page: where the page lies; by default the run's own folder under `reports/`.
    """
    counts = tally(report)
    parts = [
        f"{report.verdict.word.upper()}: {counted(len(report.scenarios), 'scenario')}, "
        + ", ".join(f"{counts[verdict]} {verdict.word}" for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS))
    ]
    if variant := known_bad(report):
        parts.append(f"KNOWN-BAD SUBJECT ({variant})")
    parts += [f"{part.name}: {part.verdict.word}" for part in report.parts]
    if report.mistakes:
        parts.append(f"{mistakes.caught_of(report)} of {counted(len(report.mistakes), 'known-bad variant')} caught")
    if line := stand_in_line(report):
        parts.append(line)
    if rows := not_covered(report):
        parts.append(f"{len(rows)} of {len(report.requirements)} requirement rows not covered")
    return "; ".join(parts) + f"; {page or f'reports/{report.run_id}/report.html'}"
