"""How much a green is worth: what so many runs without a failure can prove at most, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Verdict
from harness.report import mistakes, story
from harness.report.text import counted
from harness.results import GateReport

CONFIDENCE = 0.95


def highest_rate(runs: int) -> float:
    """The highest probability of a failing run that so many runs in a row without a failure leave open, at 95 %.

    It solves (1 - p)^n = 0.05 and is about 3 / n (Hanley and Lippman-Hand, JAMA 249, 1983, "If nothing goes wrong, is
    everything all right?").

    Args:
        runs: how many, at least 1.
    """
    return float(1 - (1 - CONFIDENCE) ** (1 / runs))


def worth(report: GateReport) -> tuple[str, ...]:
    """Sentences for the head of a report: the bound, stand-ins, known-bad variants, rows that nothing covered."""
    return tuple(_sentences(report))


def _sentences(report: GateReport) -> Iterator[str]:
    runs, failed = len(report.scenarios), sum(each.verdict is Verdict.FAIL for each in report.scenarios)
    if runs and not failed:
        bound = highest_rate(runs)
        of = "1 scenario run" if runs == 1 else f"{runs} scenario runs"
        yield (
            f"0 failures in {of}: with 95 % confidence fewer than {bound:.0%} of such runs would fail "
            f"({f'about 3/{runs}' if runs >= 10 else '1 - 0.05^(1/n)'}). A fault that is rarer is not ruled out."
        )
    elif runs:
        yield f"{failed} of {counted(runs, 'scenario run')} failed."
    if told := mistakes.line(report):
        yield told
    if line := story.stand_in_line(report):
        yield f"{line[0].upper()}{line[1:]}: its figures are not those of the real service."
    if rows := story.not_covered(report):
        yield f"{len(rows)} of {len(report.requirements)} requirement rows are covered by no scenario of this run."


def not_looked_at(report: GateReport) -> tuple[str, ...]:
    """What a gate could have judged and this run did not: of the run itself, and rows that no scenario covers."""
    rows = story.not_covered(report)
    share = f"{len(rows)} of {len(report.requirements)} requirement rows: {', '.join(rows)}"
    return (*report.not_looked_at, *((share,) if rows else ()))
