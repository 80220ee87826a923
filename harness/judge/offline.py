"""What was looked at before anything was started, judged: `offline.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import EvidenceError
from harness.evidence import OFFLINE_FILE, read_json, shown
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.objectives import Offline, Profile

NAME = "offline checks"
_KINDS = {
    Offline.RULES: FindingKind.ALERT,
    Offline.BOARDS: FindingKind.DASHBOARD,
    Offline.MUTANTS: FindingKind.ALERT,
}
_ABOUT = {
    Offline.RULES: "the alert rules by themselves (harness alerts check)",
    Offline.BOARDS: "the boards' files (lint)",
    Offline.MUTANTS: "whether the rules' unit tests would notice a changed rule (harness alerts mutate)",
}
_MOST_TOLD = 3
UNIT_TEST_FILES = "unit test files"  # another team's rules may have none; how many there were is told


def judge_offline(folder: Path, profile: Profile) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings of the offline checks that a profile asks for, and what was not looked at.

    Args:
        folder: reports/<run id>.
        profile: what it asks for.
    """
    unseen = tuple(_ABOUT[each] for each in Offline if each not in profile.offline)
    if not profile.offline:
        return (), unseen
    try:
        read = read_json(folder / OFFLINE_FILE)
        checks, left_out = _object(read, "checks"), _object(read, "left_out")
    except EvidenceError as damage:
        return tuple(_finding(each, Verdict.UNKNOWN, str(damage)) for each in profile.offline), unseen
    findings = [finding for each in profile.offline for finding in _of(each, checks.get(each.value), left_out)]
    skipped = [f"{_ABOUT[each]}: {left_out[each.value]}" for each in profile.offline if each.value in left_out]
    return tuple(findings), (*unseen, *skipped)


def _of(each: Offline, found: Any, left_out: Mapping[str, Any]) -> Iterator[Finding]:
    if found is None and each.value in left_out:
        return
    try:
        problems, amount = _texts(found["problems"]), {str(what): int(count) for what, count in found["amount"].items()}
        score = float(found["score"]) if each is Offline.MUTANTS and not problems else None
    except (KeyError, TypeError, ValueError, AttributeError) as damage:
        yield _finding(each, Verdict.UNKNOWN, f"{OFFLINE_FILE} does not say what was found: {damage!r}.")
        return
    looked = ", ".join(f"{count} {what}" for what, count in amount.items())
    for problem in problems:
        yield _finding(each, Verdict.FAIL, problem)
    if problems:
        return
    if not amount or not all(count for what, count in amount.items() if what != UNIT_TEST_FILES):
        yield _finding(each, Verdict.UNKNOWN, f"There was nothing to look at: {looked or 'no amount is told'}.")
    elif score is None:
        yield _finding(each, Verdict.PASS, f"No problem in {looked}.")
    else:
        yield _of_mutants(looked, score, _texts(found.get("survived", [])))


def _of_mutants(looked: str, score: float, survived: tuple[str, ...]) -> Finding:
    """How many were found out; whether that is enough is a limit's matter."""
    first = f"; {len(survived)} survived, first {'; '.join(survived[:_MOST_TOLD])}" if survived else ""
    return Finding(
        check="Offline",
        kind=FindingKind.ALERT,
        verdict=Verdict.PASS,
        message=f"Of {looked}, the unit tests find a share of {score:.3f}{first}.",
        observed=round(score, 4),
        evidence=OFFLINE_FILE,
        subject=Offline.MUTANTS.value,
        measure=Measure.MUTATION_SCORE,
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return tuple(map(str, value))


def _object(read: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = read.get(name)
    if not isinstance(found, dict):
        raise EvidenceError(f"{shown(Path(OFFLINE_FILE))} has no {name}")
    return found


def _finding(each: Offline, verdict: Verdict, message: str) -> Finding:
    return Finding(
        check="Offline",
        kind=_KINDS[each],
        verdict=verdict,
        message=message,
        evidence=OFFLINE_FILE,
        subject=each.value,
    )
