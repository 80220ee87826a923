"""Everybody may do what they should, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.reading import Reader, Speaker
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Observation, Stream

# What says no: HTTP 401 and 403; no privilege, read-only transaction, wrong password (PostgreSQL, appendix A).
REFUSALS = frozenset({"401", "403", "42501", "25006", "28P01"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Each attempt that the stack lists was made, and had the answer that it must have.

    Args:
        at_least: the fewest attempts that count as having looked.
    """

    at_least: int = 1
    kind: ClassVar[FindingKind] = FindingKind.SAFETY

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding an attempt; UNKNOWN for one that was not made, or whose answer is neither yes nor no."""
        speaker = Speaker(check="Access", kind=self.kind)
        reader = Reader(record.history)
        planned: list[str] = []
        findings, made = [], []
        for place, seen in reader.numbered(Stream.ACCESS):
            if seen.kind == "planned":
                planned += map(str, seen.data.get("attempts", ()))
            elif seen.kind == "attempt":
                made.append(str(seen.data.get("what", "")))
                findings.append(_judged(seen, place, speaker))
        missing = [f"it was never tried: {what}" for what in planned if what not in made]
        few = [f"{len(made)} attempts were made, {self.at_least} are owed"] if len(made) < self.at_least else []
        return [*findings, *speaker.doubts([*reader.damage, *missing, *few])]


def _judged(seen: Observation, place: str, speaker: Speaker) -> Finding:
    data = seen.data
    what, code, said = str(data.get("what", "?")), str(data.get("code", "")), str(data.get("said", ""))
    answer = f"answered {code or 'nothing'}" + (f" ({said[:120]})" if said else "")
    due = " or ".join(map(str, data.get("codes", ())))
    if code in data.get("codes", ()) and str(data.get("says", "")) in said:
        return speaker.says(Verdict.PASS, f"{what}: {answer}, as it must be.", subject=what, evidence=place)
    if data.get("refused") is not False and _worked(code):
        message = f"{what}: this must be refused, and it worked: {answer}."
        return speaker.says(Verdict.FAIL, message, subject=what, observed=code, evidence=place)
    if data.get("refused") is False and code in REFUSALS:
        message = f"{what}: this must work, and it was refused: {answer}."
        return speaker.says(Verdict.FAIL, message, subject=what, observed=code, evidence=place)
    message = f"{what}: {answer}, which is neither what is due ({due}) nor plainly the opposite."
    return speaker.says(Verdict.UNKNOWN, message, subject=what, observed=code, evidence=place)


def _worked(code: str) -> bool:
    return code == "00000" or (len(code) == 3 and code.startswith("2"))
