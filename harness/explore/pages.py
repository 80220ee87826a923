"""The pages of a random campaign: explore.json is the source, explore.md and explore.html tell the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from harness import report
from harness.explore.bounds import rule_of_three, upper_bound
from harness.explore.result import Explored, Failure
from harness.model import Timed, Verdict
from harness.report.files import write_text
from harness.results import GateReport

ANSWERS = {
    Verdict.PASS: "Nothing was found",
    Verdict.UNKNOWN: "Unknown",
    Verdict.FAIL: "It breaks",
}


def write(explored: Explored, judged: GateReport, folder: Path) -> None:
    """Write explore.json, explore.md and explore.html beside the pages of the single runs.

    Raises:
        OSError: one cannot be written.
    """
    data = to_data(explored, judged)
    write_text(folder / "explore.json", json.dumps(data, indent=1, default=str, allow_nan=False) + "\n")
    write_text(folder / "explore.md", "\n".join(_markdown(explored, judged)) + "\n")
    html = report.page(
        "explore.html.j2",
        answer=ANSWERS[explored.verdict],
        explored=explored,
        report=judged,
        data=data,
        reason=reason(explored),
        told=in_words,
        looked_at=looked_at(explored),
        fail=Verdict.FAIL,
        unknown=Verdict.UNKNOWN,
        passed=Verdict.PASS,
    )
    write_text(folder / "explore.html", html)


def summary_lines(explored: Explored, folder: Path) -> Iterator[str]:
    """What the terminal is told at the end."""
    yield f"{explored.verdict.word.upper()}: {reason(explored)}"
    for failure in explored.failures:
        yield from (f"  {in_words(one)}" for one in failure.shrunk.faults)
        if failure.bundle:
            yield f"bundle: {folder / failure.bundle} (harness run {folder / failure.bundle})"
    yield f"report: {folder / 'explore.html'}"


def reason(explored: Explored) -> str:
    """The verdict in a sentence."""
    if explored.verdict is Verdict.PASS:
        return explored.worth
    if explored.failures:
        return _of_failure(explored.failures[0])
    if explored.ended:
        return f"broken off after {len(explored.drawn)} runs: {explored.ended}"
    if not explored.drawn:
        return "no schedule was run in the time there was."
    open_runs = explored.count(Verdict.UNKNOWN)
    return f"{open_runs} of {len(explored.drawn)} runs could not be judged; {explored.count(Verdict.PASS)} passed."


def _of_failure(failure: Failure) -> str:
    first = next(one for one in failure.found.result.findings if one.verdict is Verdict.FAIL)
    planned, left = len(failure.found.schedule.faults), len(failure.shrunk.faults)
    again = f"again in {failure.again} of {failure.runs} runs" if failure.runs else "and was not run again"
    if left == planned:
        cut = f"{planned} faults, not cut down"
    else:
        few = "no fewer do" if failure.minimal else _fewer(failure)
        told = f"which failed in {failure.shrunk_again} of {failure.shrunk_runs}"
        cut = f"{planned} faults cut down to {left} ({few}), {told}"
    return f"{failure.found.name} failed, {again}: {first.check}: {first.message} {cut}."


def _fewer(failure: Failure) -> str:
    """Why what is left is not called minimal."""
    told = [f"{faults} of them failed once, then in {failed} of {ran}" for faults, failed, ran in failure.rarer]
    return " and ".join(told) or "fewer were not all tried"


def looked_at(explored: Explored) -> str:
    """How much there was to be seen."""
    share = "an unknown share" if explored.acting is None else f"{explored.acting:.0%}"
    return (
        f"{explored.overlaps} pairs of faults were on together; in {share} of the seconds with faults something was "
        "executed."
    )


def in_words(one: Timed) -> str:
    """A fault of a schedule, production seconds."""
    fault = one.fault
    more: dict[str, object] = asdict(fault) if is_dataclass(fault) and not isinstance(fault, type) else {}
    more = {key: value for key, value in more.items() if key not in {"target", "hold"} and value}
    told = "".join(f", {key} {value}" for key, value in more.items())
    return f"{one.at_s:6.1f} s  {fault.kind} of {fault.target} for {one.for_s:.1f} s{told}"


def to_data(explored: Explored, judged: GateReport) -> dict[str, Any]:
    """The campaign as JSON-able data."""
    clean = explored.count(Verdict.PASS)
    return {
        "schema_version": 1,
        "run_id": judged.run_id,
        "verdict": explored.verdict.word,
        "exit_code": int(explored.verdict.exit_code),
        "reason": reason(explored),
        "seed": explored.seed,
        "time_scale": judged.time_scale,
        "subject": dict(judged.subject),
        "duration_s": round(explored.duration_s, 1),
        "ended": explored.ended,
        "runs": {
            "drawn": len(explored.drawn),
            "passed": clean,
            "failed": explored.count(Verdict.FAIL),
            "unknown": explored.count(Verdict.UNKNOWN),
            "in_all": len(explored.trials),
        },
        "bound_95": {
            "holds": not explored.count(Verdict.FAIL) and clean > 0,
            "exact": round(upper_bound(clean), 4),
            "rule_of_three": round(rule_of_three(clean), 4),
        },
        "faults": [asdict(one) for one in explored.struck],
        "overlapping_pairs": explored.overlaps,
        "acting_share": None if explored.acting is None else round(explored.acting, 3),
        "failures": [_failure(one) for one in explored.failures],
        "trials": [
            {
                "name": trial.name,
                "why": trial.why,
                "verdict": trial.result.verdict.word,
                "broken": sorted(trial.broken),
                "faults": len(trial.schedule.faults),
                "acting_share": None if trial.acting is None else round(trial.acting, 3),
                "signals_per_s": trial.schedule.load.signals_per_s,
                "traffic_seed": trial.schedule.traffic_seed,
            }
            for trial in explored.trials
        ],
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "found": failure.found.name,
        "broken": sorted(failure.found.broken),
        "findings": [one.message for one in failure.found.result.findings if one.verdict is Verdict.FAIL],
        "confirmed": failure.confirmed,
        "failed_again": [failure.again, failure.runs],
        "faults": len(failure.found.schedule.faults),
        "left": [in_words(one).strip() for one in failure.shrunk.faults],
        "minimal": failure.minimal,
        "tried": failure.tried,
        "left_failed_again": [failure.shrunk_again, failure.shrunk_runs],
        "rarer": [list(one) for one in failure.rarer],
        "bundle": failure.bundle,
    }


def _markdown(explored: Explored, judged: GateReport) -> Iterator[str]:
    yield f"# Random campaign {judged.run_id}: {explored.verdict.word}"
    yield ""
    yield reason(explored)
    yield ""
    yield (
        f"Seed {explored.seed}, time / {judged.time_scale:g}, {explored.duration_s / 60:.1f} min, "
        f"{len(explored.drawn)} schedules drawn: {explored.count(Verdict.PASS)} passed, "
        f"{explored.count(Verdict.FAIL)} failed, {explored.count(Verdict.UNKNOWN)} unknown."
    )
    if known_bad := judged.subject.get("known_bad"):
        yield f"\nKnown-bad subject: {', '.join(map(str, known_bad))}. It is wrong on purpose."
    yield f"\n{explored.worth}\n"
    yield "| fault | planned | took effect | overlapped | no room | not seen |"
    yield "|---|---|---|---|---|---|"
    for one in explored.struck:
        missed = one.planned - one.skipped - one.confirmed
        yield f"| {one.kind} | {one.planned} | {one.confirmed} | {one.overlapped} | {one.skipped} | {missed} |"
    yield f"\n{looked_at(explored)}"
    for failure in explored.failures:
        yield f"\n## {failure.found.name}\n"
        yield _of_failure(failure)
        yield ""
        yield from (f"- {in_words(one).strip()}" for one in failure.shrunk.faults)
        if failure.bundle:
            yield f"\nRun it again: `harness run reports/{judged.run_id}/{failure.bundle}`"
