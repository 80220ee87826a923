"""Boards ask only for what somebody tells: metrics that are there, and labels that their series have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.checks.reading import Reader, Speaker
from harness.errors import EvidenceError, UsageError
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Stream
from harness.timing.promql_names import Told, unknown_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Every name in the boards' PromQL is one that Prometheus had in this run.

    A wrong name is no error to Prometheus, and where it stands behind an `or` its panel is right for as long as all is
    well: it would be wrong on the day it is needed.

    Args:
        untold: metrics that are rightly told only where something is wrong.
    """

    untold: tuple[str, ...] = ()
    kind: ClassVar[FindingKind] = FindingKind.DASHBOARD

    def judge(self, record: Record) -> Iterable[Finding]:
        """One finding for all panels, or one for each that has a wrong name."""
        reader, speaker = Reader(record.history), Speaker(check="Vocabulary", kind=self.kind)
        told = _told(reader)
        if reader.damage:  # what is missing there is not missing in Prometheus
            return list(speaker.doubts(reader.damage))
        if not told:
            raise EvidenceError("series.jsonl tells of no metric: nobody asked Prometheus what it has")
        asking = [panel for panel in record.expected.panels if panel.promql]
        if not asking:
            raise EvidenceError("the plan names no panel that asks Prometheus anything")
        wrong = [(panel.title, said) for panel in asking for expr in panel.promql for said in self._wrong(expr, told)]
        findings = [
            speaker.says(Verdict.FAIL, f"{title} {said}.", evidence="series.jsonl", subject=title, timed=False)
            for title, said in dict.fromkeys(wrong)
        ]
        if not wrong:
            message = f"{len(asking)} panels ask only for what is among the {len(told)} metrics that are told."
            findings = [speaker.says(Verdict.PASS, message, evidence="series.jsonl")]
        return findings

    def _wrong(self, expr: str, told: Told) -> Iterable[str]:
        try:
            return unknown_names(expr, told, self.untold)
        except UsageError as unreadable:
            return (f"asks what does not parse: {unreadable}",)


def _told(reader: Reader) -> Told:
    """Labels by metric, as recorded at the end of the run."""
    return {
        str(seen.data["metric"]): frozenset(map(str, seen.data["labels"]))
        for _, seen in reader.only(Stream.SERIES, "told")
    }
