"""The traffic that was promised really flowed, and on time; otherwise the run was easier than it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.checks.reading import Reader, Speaker
from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Record, Stream, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadKept:
    """Doubts the run when the load generator ran late, dropped arrivals, or sent too little.

    It never fails the subject: a generator that ran late has measured itself.

    Args:
        lateness_p99_ms: the latest that the 99th percentile of requests may leave after they were due.
        min_completed: the fewest answered requests from which anything may be concluded.
    """

    lateness_p99_ms: float = 50.0
    min_completed: int = 50
    kind: ClassVar[FindingKind] = FindingKind.LOAD

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding a promise of the generator."""
        speaker = Speaker(check="LoadKept", kind=self.kind)
        reader = Reader(record.history)
        summary = None
        for _, seen in reader.only(Stream.CLIENT, "summary"):
            summary = seen.data
        if summary is None:
            return speaker.doubts([*reader.damage, "client.jsonl has no summary: the load generator did not finish"])
        return [*speaker.doubts(reader.damage), *self._of_summary(summary, speaker)]

    def _of_summary(self, summary: Mapping[str, Any], speaker: Speaker) -> Iterable[Finding]:
        try:
            scheduled, sent, dropped = (int(summary[name]) for name in ("scheduled", "sent", "dropped"))
            completed, late_ms = int(summary["completed"]), float(summary["lateness_ms"]["p99"])
        except (KeyError, TypeError, ValueError) as damage:
            raise EvidenceError(f"the summary of client.jsonl cannot be read ({damage!r})") from damage
        return [
            _held(speaker, "requests were dropped instead of sent", dropped, at_most=0),
            _held(speaker, "requests that were due were not sent", scheduled - sent, at_most=0),
            _held(speaker, "ms after its due time the 99th percentile left", late_ms, at_most=self.lateness_p99_ms),
            _held(speaker, "requests were answered", completed, at_least=self.min_completed),
        ]


def _held(
    speaker: Speaker, what: str, value: float, *, at_most: float | None = None, at_least: float | None = None
) -> Finding:
    held = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    bound = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
    return speaker.says(
        Verdict.PASS if held else Verdict.UNKNOWN,
        f"{value:g} {what} ({bound}{'' if held else '; the run was not the load it says'}).",
        lower=at_least,
        upper=at_most,
        observed=value,
        evidence="client.jsonl, last line",
    )
