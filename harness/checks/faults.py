"""Every fault was seen to take effect and seen to heal; otherwise nothing follows from the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.reading import Reader, Speaker, misplaced, missing_phases
from harness.model import FaultWindow, Finding, FindingKind, Record, Stream, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsTookEffect:
    """Doubts the run unless each fault took effect, healed, and was undone.

    Args:
        expected: how many faults were planned; None where that is not known.
    """

    expected: int | None = None
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """A finding for each fault, and one for each step that failed."""
        speaker = Speaker(check="FaultsTookEffect", kind=self.kind)
        found = [_of_fault(fault, speaker) for fault in record.faults]
        if self.expected is not None and self.expected != len(record.faults):
            found.append(
                speaker.says(
                    Verdict.UNKNOWN,
                    f"{self.expected} faults were planned and {len(record.faults)} were recorded.",
                )
            )
        found += speaker.doubts([problem for fault in record.faults for problem in misplaced(fault, record)])
        found += speaker.doubts(missing_phases(record))
        if record.faults:
            found.extend(_failures(Reader(record.history), speaker))
        return found or [speaker.says(Verdict.PASS, "Nothing was to be broken, and nothing was.")]


def _of_fault(fault: FaultWindow, speaker: Speaker) -> Finding:
    what = f"{fault.kind} of {fault.target}"
    evidence = fault.evidence or "faults.jsonl"
    if fault.confirmed_s is None:
        message = f"The {what} was not seen to take effect, so the run shows nothing about it."
        return speaker.says(Verdict.UNKNOWN, message, evidence=evidence, subject=what)
    if fault.confirmed_healed_s is None:
        message = f"The {what} was not seen to heal, so what came after it shows nothing."
        return speaker.says(Verdict.UNKNOWN, message, evidence=evidence, subject=what)
    return speaker.says(
        Verdict.PASS,
        f"The {what} was seen to take effect and to heal.",
        observed=round(fault.confirmed_s - fault.asked_s, 3),
        evidence=evidence,
        subject=what,
    )


def _failures(reader: Reader, speaker: Speaker) -> Iterator[Finding]:
    for place, seen in reader.numbered(Stream.FAULTS):
        if seen.kind in {"failed", "undo_failed"}:
            step = "did not work" if seen.kind == "failed" else "could not be undone"
            what = f"{seen.data.get('fault_kind', 'fault')} of {seen.data.get('target', '?')}"
            message = f"The {what} {step}: {seen.data.get('detail', 'no detail')}"
            yield speaker.says(Verdict.UNKNOWN, message, evidence=place, subject=what)
    yield from speaker.doubts(reader.damage)
