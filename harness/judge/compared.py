"""This run against those that passed before it: what is worse by more than chance, and by enough to matter."""

from __future__ import annotations

from collections.abc import Iterator

from harness.compare import Baseline, Measured, Shift, shift_of
from harness.compare.shift import LEAST_RUNS, comparable
from harness.evidence import BASELINE_FILE
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.objectives import Comparison

NAME = "comparison with earlier runs"
GRAIN = 0.1  # of the least change that matters


def judge_comparison(
    baseline: Baseline, now: Measured, how: Comparison
) -> tuple[tuple[Finding, ...], tuple[str, ...], dict[Measure, Shift]]:
    """One finding a measure; what was not compared; and the shifts.

    Args:
        baseline: the earlier runs.
        now: what this run measured beyond doubt.
        how: the objectives' part about it.
    """
    if baseline.problems:
        told = f"Nothing is compared: {'; '.join(baseline.problems[:3])}. Mend that file, or move it away."
        return (_finding(Verdict.UNKNOWN, told),), (), {}
    if len(baseline.runs) < how.least_runs:
        others = ", ".join(f"{count} {why}" for why, count in baseline.left_out.items())
        told = (
            f"whether anything has become slower: {len(baseline.runs)} earlier runs of this profile on this class of "
            f"machine have passed, {how.least_runs} are needed ({others or 'there are no others'})"
        )
        return (), (told,), {}
    findings: list[Finding] = []
    unseen: list[str] = []
    shifts: dict[Measure, Shift] = {}
    for measure in how.least_change:
        before = [run.measures.get(measure, {}) for run in baseline.runs]
        figures = now.get(measure, {})
        if not figures and not any(before):
            unseen.append(f"{measure} against earlier runs: it was measured in none of them")
            continue
        shift = shift_of(
            before,
            figures,
            false_alarms=how.false_alarms / len(how.least_change),
            grain=how.least_change[measure] * GRAIN,
            less_is_worse=measure.less_is_worse,
        )
        lost = sorted(comparable(before) - figures.keys())
        if shift is not None and shift.places > len(lost):
            shifts[measure] = shift
            findings.append(_judged(measure, shift, how, len(baseline.runs)))
            if lost:
                told = f"{measure} against earlier runs in {len(lost)} of {shift.places + len(lost)} places"
                unseen.append(f"{told}, the first {lost[0]}: this run has no figure of them that is beyond doubt")
        elif lost and figures:
            told = f"{measure} was measured in {len(figures)} places beyond doubt, and not in {len(lost)} where at "
            told += f"least {LEAST_RUNS} earlier runs measured it, the first {lost[0]}: too few are left to compare."
            findings.append(_finding(Verdict.UNKNOWN, told, subject=measure.value))
        elif figures:
            unseen.append(f"{measure} against earlier runs: fewer than three of them measured it in the same places")
        else:
            told = f"{measure} was measured in {sum(map(bool, before))} earlier runs, and nowhere in this one"
            told = f"{told} that is beyond doubt."
            findings.append(_finding(Verdict.UNKNOWN, told, subject=measure.value))
    return tuple(findings), (*unseen, *_uncompared(now, how)), shifts


def _uncompared(now: Measured, how: Comparison) -> Iterator[str]:
    if others := sorted(measure.value for measure in now if measure not in how.least_change):
        yield f"{', '.join(others)} against earlier runs: not on the list of what is compared"


def _judged(measure: Measure, shift: Shift, how: Comparison, runs: int) -> Finding:
    worse = shift.worse(less_is_worse=measure.less_is_worse)
    unit = f" {measure.unit}" if measure.unit else ""
    told = (
        f"{measure}: {_percent(shift.ratio)} against the median of {runs} earlier runs, by the median over "
        f"{shift.places} places ({shift.change:+.3g}{unit}); chance alone moves it by less than {_percent(shift.band)}"
    )
    if worse <= shift.band or worse <= how.least_ratio or abs(shift.change) <= how.least_change[measure]:
        seen = max(shift.band, how.least_ratio)
        return _finding(
            Verdict.PASS, f"{told}. A shift below {_percent(seen)} would not be seen.", shift.ratio, measure
        )
    place, ratio = shift.furthest
    told = f"{told}, and it matters from {_percent(how.least_ratio)} and {how.least_change[measure]:g}{unit} on. "
    told += f"Most has moved {place}: {_percent(ratio)}."
    if shift.places < how.least_subjects:
        return _finding(Verdict.UNKNOWN, f"{told} It is measured in too few places to tell.", shift.ratio, measure)
    return _finding(Verdict.FAIL, told, shift.ratio, measure)


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.0f} %" if ratio < 100 else f"x {ratio:.3g}"


def _finding(
    verdict: Verdict, message: str, observed: float | None = None, measure: Measure | None = None, subject: str = ""
) -> Finding:
    return Finding(
        check="Compared",
        kind=FindingKind.LOAD,
        verdict=verdict,
        message=message,
        observed=None if observed is None else round(observed, 4),
        evidence=BASELINE_FILE,
        subject=subject or (measure.value if measure else ""),
    )
