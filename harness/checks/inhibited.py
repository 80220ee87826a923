"""A critical alert speaks for the warning of the same trouble: while it fires nobody is told of the warning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checks.alert_log import read_alerts
from harness.checks.reading import Reader, Speaker, watched
from harness.model import Finding, FindingKind, Record, Verdict
from harness.timing import MEASURED


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibited:
    """While the alert `by` fires, no channel is told that `name` does, though it does.

    Args:
        name: the warning.
        by: the critical alert that silences it.
        labels: which series of both, for example {"instance": "trading-1"}; empty where neither has an instance.
    """

    name: str
    by: str
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: ClassVar[FindingKind] = FindingKind.ALERT

    def judge(self, record: Record) -> Iterable[Finding]:
        """FAIL for a notice, UNKNOWN where the two never fired together, else PASS."""
        speaker = Speaker(check="Inhibited", kind=self.kind, subject=self.name)
        window = watched(record)
        log = read_alerts(Reader(record.history)).since(window[0])
        critical = log.times(self.by, "firing", self.labels)
        if not critical:
            message = f"{self.by} did not fire, so nothing was to silence {self.name}."
            return [speaker.says(Verdict.UNKNOWN, message, evidence="alerts.jsonl"), *speaker.doubts(log.damage)]
        # Alertmanager knows of the critical alert a little after it fires, and until it is told that it ended.
        from_s, until_s = critical[0] + MEASURED.delivery_s, critical[-1]
        both = [at for at in log.times(self.name, "firing", self.labels) if from_s <= at <= until_s]
        told = [
            one
            for one in log.notices_of(self.name, self.labels)
            if one.status == "firing" and from_s <= one.received_s <= until_s
        ]
        findings = []
        if told:
            message = f"{self.name} was told to {told[0].channel} while {self.by} fired, which should have silenced it."
            findings.append(speaker.says(Verdict.FAIL, message, observed=told[0].channel, evidence=told[0].place))
        elif not both:
            message = f"{self.name} did not fire while {self.by} did: there was nothing to silence."
            findings.append(speaker.says(Verdict.UNKNOWN, message, evidence="alerts.jsonl"))
        else:
            message = f"{self.name} fired for {both[-1] - both[0]:.2f} s beside {self.by}, and nobody was told."
            findings.append(speaker.says(Verdict.PASS, message, evidence="alerts.jsonl, notifications.jsonl"))
        if deaf_s := log.deaf(from_s, until_s):
            findings += speaker.doubts([f"the sink was not read for {deaf_s:.2f} s while {self.by} fired"])
        return [*findings, *speaker.doubts(log.damage)]
