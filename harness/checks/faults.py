"""Every fault was seen to take effect and seen to heal; otherwise nothing follows from the run.

Faults that come and go by the clock may hide each other: of these enough have to be seen, and all of them to heal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.reading import Reader, Speaker, counted, misplaced, missing_phases
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsTookEffect:
    """Doubts the run unless each fault took effect, healed, and was undone.

    Args:
        expected: how many faults were planned; None where that is not known.
        min_timed_share: the least share of the faults planned by the clock that was seen to take effect.
    """

    expected: int | None = None
    min_timed_share: float = 0.5
    kind: ClassVar[FindingKind] = FindingKind.LIVENESS

    def judge(self, record: Record) -> Iterable[Finding]:
        """A finding for each fault, and one for each step that failed."""
        speaker = Speaker(check="FaultsTookEffect", kind=self.kind)
        timed = [fault for fault in record.faults if fault.timed]
        found = [_of_fault(fault, speaker) for fault in record.faults if not fault.timed]
        skipped = _skipped(Reader(record.history)) if record.faults or self.expected else 0
        if self.expected is not None and self.expected != len(record.faults) + skipped:
            found.append(
                speaker.says(
                    Verdict.UNKNOWN,
                    f"{self.expected} faults were planned and {len(record.faults) + skipped} were recorded.",
                )
            )
        if timed or skipped:
            found += self._by_the_clock(timed, skipped, speaker)
        found += speaker.doubts([problem for fault in record.faults for problem in misplaced(fault, record)])
        found += speaker.doubts(missing_phases(record))
        if record.faults or skipped:
            found.extend(_failures(Reader(record.history), speaker))
        return found or [speaker.says(Verdict.PASS, "Nothing was to be broken, and nothing was.")]

    def _by_the_clock(self, timed: Sequence[FaultWindow], skipped: int, speaker: Speaker) -> Iterator[Finding]:
        """One finding for all of them, and one for each that was not seen to heal."""
        planned, seen = len(timed) + skipped, sum(fault.confirmed_s is not None for fault in timed)
        enough = seen >= self.min_timed_share * planned
        yield speaker.says(
            Verdict.PASS if enough else Verdict.UNKNOWN,
            f"Of {counted(planned, 'fault')} by the clock {seen} took effect, {len(timed) - seen} were struck and not "
            f"seen to, {skipped} found no room.",
            lower=self.min_timed_share,
            observed=round(seen / planned, 3),
            evidence="faults.jsonl",
        )
        for fault in timed:
            if fault.confirmed_healed_s is None:
                yield _of_heal(fault, speaker)


def _of_fault(fault: FaultWindow, speaker: Speaker) -> Finding:
    what = f"{fault.kind} of {fault.target}"
    evidence = fault.evidence or "faults.jsonl"
    if fault.confirmed_s is None:
        message = f"The {what} was not seen to take effect, so the run shows nothing about it."
        return speaker.says(Verdict.UNKNOWN, message, evidence=evidence, subject=what)
    if fault.confirmed_healed_s is None:
        return _of_heal(fault, speaker)
    return speaker.says(
        Verdict.PASS,
        f"The {what} was seen to take effect and to heal.",
        observed=round(fault.confirmed_s - fault.asked_s, 3),
        evidence=evidence,
        subject=what,
    )


def _of_heal(fault: FaultWindow, speaker: Speaker) -> Finding:
    what = f"{fault.kind} of {fault.target}"
    message = f"The {what} was not seen to heal, so what came after it shows nothing."
    return speaker.says(Verdict.UNKNOWN, message, evidence=fault.evidence or "faults.jsonl", subject=what)


def _skipped(reader: Reader) -> int:
    """How many faults are said to have been left out; what is damaged is told where the failures are."""
    return sum(1 for _ in reader.only(Stream.FAULTS, "skipped"))


def _failures(reader: Reader, speaker: Speaker) -> Iterator[Finding]:
    for place, seen in reader.numbered(Stream.FAULTS):
        if seen.kind in {"failed", "undo_failed"}:
            step = "did not work" if seen.kind == "failed" else "could not be undone"
            what = f"{seen.data.get('fault_kind', 'fault')} of {seen.data.get('target', '?')}"
            message = f"The {what} {step}: {seen.data.get('detail', 'no detail')}"
            yield speaker.says(Verdict.UNKNOWN, message, evidence=place, subject=what)
    yield from speaker.doubts(reader.damage)
