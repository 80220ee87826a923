"""What the report says of known-bad variants: which were caught, through which check, and which were not tried."""

from __future__ import annotations

from harness.model import Finding, FindingKind, Verdict
from harness.report.text import counted
from harness.results import GateReport, MistakeResult

NAME = "known-bad variants"  # in the place of a scenario's name


def line(report: GateReport) -> str:
    """One sentence for the head of a report; empty for a run of a known-bad subject, which is such a test itself."""
    if report.subject.get("known_bad"):
        return ""
    if not report.mistakes:
        return "No known-bad variant was tried in this run, so nothing here shows that it could have turned red."
    caught = caught_of(report)
    if caught == len(report.mistakes):
        return f"The gate turned red on {_each(caught)}, through the check that is meant to see it."
    return f"The gate turned red on {caught} of {counted(len(report.mistakes), 'known-bad variant')} only."


def caught_of(report: GateReport) -> int:
    """How many of those that were tried were caught."""
    return sum(mistake.verdict is Verdict.PASS for mistake in report.mistakes)


def open_mistakes(report: GateReport) -> tuple[Finding, ...]:
    """A finding for each mistake that was not caught."""
    return tuple(finding(mistake) for mistake in report.mistakes if mistake.verdict is not Verdict.PASS)


def finding(mistake: MistakeResult) -> Finding:
    """A mistake's outcome as a finding."""
    return Finding(
        check=mistake.seen_by or " or ".join(mistake.caught_by),
        kind=FindingKind.SAFETY,
        verdict=mistake.verdict,
        message=mistake.message,
        subject=f"{mistake.name} in {mistake.scenario}",
    )


def _each(count: int) -> str:
    return "the one known-bad variant" if count == 1 else f"each of {count} known-bad variants"
