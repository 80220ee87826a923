"""A critical alert speaks for the warning of the same trouble: while it fires nobody is told of the warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checks.alert_log import AlertLog, Notice, read_alerts, runs
from harness.checks.reading import Reader, Speaker, rule_of, watched
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import RuleTiming
from harness.timing import MEASURED


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibited:
    """While the alert `by` fires, no channel is told that `name` does, though it does and would have been told.

    That nobody is told of what fires for less than a notice takes is no inhibition.

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
        """FAIL for a notice, UNKNOWN where the two never fired together for long enough, else PASS."""
        speaker = Speaker(check="Inhibited", kind=self.kind, subject=self.name)
        warning, critical = (rule_of(name, self.labels, record) for name in (self.name, self.by))
        if warning is None or critical is None:
            lost = self.name if warning is None else self.by
            return [speaker.says(Verdict.FAIL, f"No rule {lost} was loaded: it can never fire.", timed=False)]
        log = Reader(record.history).once(read_alerts).since(watched(record)[0])
        spoken = [*self._spoken(critical, log)]
        told = [one for span in spoken for one in self._told(log, span)]
        if not spoken:
            message = f"{self.by} did not fire, so nothing was to silence {self.name}."
            findings = [speaker.says(Verdict.UNKNOWN, message, evidence="alerts.jsonl")]
        elif told:
            message = f"{self.name} was told to {told[0].channel} while {self.by} fired, which should have silenced it."
            findings = [speaker.says(Verdict.FAIL, message, observed=told[0].channel, evidence=told[0].place)]
        else:
            findings = [self._silenced(warning, log, spoken, speaker)]
        deaf_s = max((log.deaf(*span) for span in spoken), default=0.0)
        deaf = [f"the sink was not read for {deaf_s:.2f} s while {self.by} fired"] if deaf_s else []
        return [*findings, *speaker.doubts([*deaf, *log.damage])]

    def _spoken(self, critical: RuleTiming, log: AlertLog) -> Iterator[tuple[float, float]]:
        """While Alertmanager knew that the critical alert fires: from a little after it does, until it is over."""
        for first_s, last_s in runs(log.times(self.by, "firing", self.labels), critical.interval_s):
            yield first_s + MEASURED.delivery_s, last_s

    def _told(self, log: AlertLog, span: tuple[float, float]) -> Iterator[Notice]:
        for one in log.notices_of(self.name, self.labels):
            if one.status == "firing" and span[0] <= one.received_s <= span[1]:
                yield one

    def _silenced(
        self, warning: RuleTiming, log: AlertLog, spoken: Iterable[tuple[float, float]], speaker: Speaker
    ) -> Finding:
        """The longest that both stood together, against the time in which a notice would have come."""
        stood = runs(log.times(self.name, "firing", self.labels), warning.interval_s)
        both_s = max(
            (min(until, last) - max(from_s, first) for from_s, until in spoken for first, last in stood), default=-1
        )
        due_s = max(warning.group_wait_s, warning.group_interval_s) + MEASURED.delivery_s
        if both_s < 0:
            verdict, words = Verdict.UNKNOWN, f"did not fire while {self.by} did: there was nothing to silence"
        elif both_s < due_s:
            verdict = Verdict.UNKNOWN
            words = (
                f"fired beside {self.by} for {both_s:.2f} s; less than {due_s:.2f} s would not have been told anyway"
            )
        else:
            verdict, words = Verdict.PASS, f"fired for {both_s:.2f} s beside {self.by}, and nobody was told"
        return speaker.says(
            verdict,
            f"{self.name} {words}.",
            lower=round(due_s, 3),
            observed=round(max(both_s, 0.0), 3),
            evidence="alerts.jsonl, notifications.jsonl",
        )
