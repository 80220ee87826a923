"""A dose just below an alert's threshold: it was there, it came near, and the alert stayed silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar

from harness.checks.alert_log import AlertLog, has, read_alerts
from harness.checks.reading import Reader, Speaker, act_window
from harness.errors import EvidenceError
from harness.model import FaultWindow, Finding, FindingKind, Record, RuleTiming, Stream, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A fault that stays below what the alert is for does not make it fire, though it came near.

    A silence proves something only beside a dose: either the condition held, and not for long enough (`waits`), or
    what the rule compares with its threshold came as near as `nearest`. With neither, that the fault took effect is
    the dose.

    Args:
        name: the alert.
        fault: which of the scenario's faults is the dose, from 0.
        labels: which of its series, for example {"instance": "trading-3"}; empty for all.
        waits: the condition is to become true, for less than the rule's `for`.
        nearest: the least share of the threshold that the compared value has to reach, 0 to 1; 0 to ask for none.
    """

    name: str
    fault: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False
    nearest: float = 0.0
    kind: ClassVar[FindingKind] = FindingKind.ALERT

    def judge(self, record: Record) -> Iterable[Finding]:
        """FAIL where it fired or was told, UNKNOWN where the dose was not seen, else PASS."""
        speaker = Speaker(check="Silent", kind=self.kind, subject=self.name)
        rule = next((rule for rule in record.rules if rule.alert == self.name), None)
        if rule is None:
            return [speaker.says(Verdict.FAIL, f"No rule {self.name} was loaded: its silence means nothing.")]
        fault = _fault(self.fault, record)
        window = (fault.asked_s, act_window(fault, record)[1])
        reader = Reader(record.history)
        log = read_alerts(reader)
        findings = [*self._breaches(log, window, fault, speaker)]
        if not findings:
            findings = [self._dose(rule, log, reader, window, fault, speaker)]
        return [*findings, *speaker.doubts([*_deaf(log, window), *reader.damage])]

    def _breaches(
        self, log: AlertLog, window: tuple[float, float], fault: FaultWindow, speaker: Speaker
    ) -> Iterator[Finding]:
        what = f"{_whose(self.name, self.labels)}, which the {fault.kind} of {fault.target} must not set off,"
        states = {"firing": "fired"} if self.waits else {"firing": "fired", "pending": "was pending"}
        for state, words in states.items():
            times = [at for at in log.times(self.name, state, self.labels) if window[0] <= at < window[1]]
            if times:
                after_s = times[0] - fault.asked_s
                message = f"{what} {words} {after_s:.2f} s after it was asked for."
                yield speaker.says(Verdict.FAIL, message, observed=round(after_s, 3), evidence="alerts.jsonl")
                return
        for notice in log.notices_of(self.name, self.labels):
            if notice.status == "firing" and window[0] <= notice.received_s < window[1]:
                message = f"{what} was told to {notice.channel}."
                yield speaker.says(Verdict.FAIL, message, observed=notice.channel, evidence=notice.place)
                return

    def _dose(
        self,
        rule: RuleTiming,
        log: AlertLog,
        reader: Reader,
        window: tuple[float, float],
        fault: FaultWindow,
        speaker: Speaker,
    ) -> Finding:
        whose = _whose(self.name, self.labels)
        if self.waits:
            times = [at for at in log.times(self.name, "pending", self.labels) if window[0] <= at < window[1]]
            if not times:
                message = f"The {fault.kind} of {fault.target} never made the condition of {whose} true: no dose."
                return speaker.says(Verdict.UNKNOWN, message, evidence="alerts.jsonl")
            waited_s = times[-1] - times[0]
            message = f"{whose} waited {waited_s:.2f} s of its {rule.for_s:.2f} s and did not fire."
            return speaker.says(
                Verdict.PASS, message, upper=round(rule.for_s, 3), observed=round(waited_s, 3), evidence="alerts.jsonl"
            )
        if self.nearest <= 0:
            message = f"{whose} stayed silent with the {fault.kind} of {fault.target} on."
            return speaker.says(Verdict.PASS, message, evidence=fault.evidence[:200])
        share = _nearest(self.name, self.labels, reader, window)
        if share is None or share < self.nearest:
            seen = "was not recorded" if share is None else f"reached {share:.0%} of its threshold"
            message = f"What {whose} compares {seen}; below {self.nearest:.0%} its silence proves nothing."
            return speaker.says(Verdict.UNKNOWN, message, lower=self.nearest, observed=share, evidence="values.jsonl")
        message = f"{whose} stayed silent with its value at up to {share:.0%} of the threshold."
        return speaker.says(
            Verdict.PASS, message, lower=self.nearest, upper=1.0, observed=round(share, 4), evidence="values.jsonl"
        )


def _fault(number: int, record: Record) -> FaultWindow:
    if number >= len(record.faults):
        raise EvidenceError(f"the dose is fault {number}, and the run has {len(record.faults)}")
    fault = record.faults[number]
    if fault.confirmed_s is None:
        raise EvidenceError(f"the {fault.kind} of {fault.target} was not seen to take effect: there was no dose")
    return fault


def _whose(alert: str, labels: Mapping[str, str]) -> str:
    return f"{alert} of {', '.join(labels.values())}" if labels else alert


def _deaf(log: AlertLog, window: tuple[float, float]) -> Iterator[str]:
    if deaf_s := log.deaf(*window):
        yield f"the sink was not read for {deaf_s:.2f} s: that nobody was told meanwhile cannot be shown"
    if log.told_until_s is None:
        yield "notifications were lost: that nobody was told cannot be shown"
    if log.covered is not None and not (log.covered[0] <= window[0] and log.covered[1] >= window[1] - 1.0):
        yield "alerts.jsonl does not cover the dose"


def _nearest(alert: str, labels: Mapping[str, str], reader: Reader, window: tuple[float, float]) -> float | None:
    """The greatest share of its threshold that the compared value reached in the window; None without a value."""
    shares = []
    for _, seen in reader.only(Stream.VALUES, "value"):
        if seen.data["alert"] != alert or not has(seen.data["labels"], labels) or not seen.data["threshold"]:
            continue
        threshold = float(seen.data["threshold"])
        shares += [float(value) / threshold for at, value in seen.data["samples"] if window[0] <= at < window[1]]
    known = [share for share in shares if isfinite(share)]
    return max(known) if known else None
