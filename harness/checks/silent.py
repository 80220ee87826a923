"""A dose just below an alert's threshold: it was there, it came near, and the alert stayed silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar

from harness.checks.alert_log import AlertLog, has, read_alerts, runs
from harness.checks.nearness import shares
from harness.checks.reading import Reader, Speaker, act_window, fault_of, rule_of
from harness.errors import EvidenceError
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import FaultWindow, RuleTiming, Stream
from harness.timing import MEASURED, held_s


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
        nearest: the least share that the dose has to reach, 0 to 1, of the threshold, or with `waits` of the rule's
            `for`; 0 to ask for none.
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
        rule = rule_of(self.name, self.labels, record)
        if rule is None:
            return [
                speaker.says(Verdict.FAIL, f"No rule {self.name} was loaded: its silence means nothing.", timed=False)
            ]
        fault = fault_of(self.fault, self.name, record)
        if fault.confirmed_s is None:
            raise EvidenceError(f"the {fault.kind} of {fault.target} was not seen to take effect: there was no dose")
        reader = Reader(record.history)
        dose = _Dose(rule=rule, fault=fault, window=(fault.asked_s, act_window(fault, record)[1]), record=record)
        log = reader.once(read_alerts)
        findings = [*self._breaches(log, reader, dose, speaker)]
        if not findings:
            findings = [self._waited(log, dose, speaker) if self.waits else self._came_near(reader, dose, speaker)]
        return [*findings, *speaker.doubts([*_deaf(log, dose.window), *reader.damage])]

    def _breaches(self, log: AlertLog, reader: Reader, dose: _Dose, speaker: Speaker) -> Iterator[Finding]:
        fault, (from_s, until_s) = dose.fault, dose.window
        what = f"{_whose(self.name, self.labels)}, which the {fault.kind} of {fault.target} must not set off,"
        states = {"firing": "fired"} if self.waits else {"firing": "fired", "pending": "was pending"}
        for state, words in states.items():
            seen = [(at, "alerts.jsonl") for at in log.times(self.name, state, self.labels) if at >= from_s]
            # What is seen of the rules dates from their last evaluation, which may lie before the fault.
            late = [one for one in _live(self.name, state, self.labels, reader) if one[0] >= from_s + dose.stale_s]
            if times := sorted(one for one in (*seen, *late) if one[0] < until_s):
                after_s = times[0][0] - fault.asked_s
                message = f"{what} {words} {after_s:.2f} s after it was asked for."
                yield speaker.says(Verdict.FAIL, message, observed=round(after_s, 3), evidence=times[0][1])
                return
        for notice in log.notices_of(self.name, self.labels):
            if notice.status == "firing" and from_s <= notice.received_s < until_s:
                message = f"{what} was told to {notice.channel}."
                yield speaker.says(Verdict.FAIL, message, observed=notice.channel, evidence=notice.place)
                return

    def _waited(self, log: AlertLog, dose: _Dose, speaker: Speaker) -> Finding:
        """The longest wait that the dose began; what waited before it, or long after it, is not its doing."""
        whose, from_s, until_s = _whose(self.name, self.labels), *dose.acts
        waits = [
            last - first
            for one in log.series(self.name, "pending", self.labels)
            for first, last in runs(sorted(one.times_s), dose.rule.interval_s)
            if from_s <= first < until_s
        ]
        if not waits:
            message = f"The {dose.fault.kind} of {dose.fault.target} never made the condition of {whose} true: no dose."
            return speaker.says(Verdict.UNKNOWN, message, evidence="alerts.jsonl")
        waited_s, due_s = max(waits), held_s(dose.rule)
        near = waited_s >= self.nearest * due_s
        outcome = "did not fire" if near else f"with less than {self.nearest:.0%} its silence proves nothing"
        return speaker.says(
            Verdict.PASS if near else Verdict.UNKNOWN,
            f"{whose} waited {waited_s:.2f} s of its {due_s:.2f} s and {outcome}.",
            lower=round(self.nearest * due_s, 3),
            upper=round(due_s, 3),
            observed=round(waited_s, 3),
            evidence="alerts.jsonl",
        )

    def _came_near(self, reader: Reader, dose: _Dose, speaker: Speaker) -> Finding:
        whose, fault = _whose(self.name, self.labels), dose.fault
        if self.nearest <= 0:
            message = f"{whose} stayed silent with the {fault.kind} of {fault.target} on."
            return speaker.says(Verdict.PASS, message, evidence=fault.evidence[:200])
        share = _nearest(self.name, self.labels, reader, dose.acts)
        verdict = Verdict.PASS if share is not None and self.nearest <= share <= 1 else Verdict.UNKNOWN
        if share is None:
            message = f"What {whose} compares was not recorded, or has no threshold to come near to: no dose is known."
        elif share < self.nearest:
            message = (
                f"What {whose} compares reached {share:.0%} of its threshold; below {self.nearest:.0%} its silence "
            )
            message += "proves nothing."
        elif share > 1:
            message = f"What {whose} compares went up to {share:.0%} of its threshold: that was no dose below it."
        else:
            message = f"{whose} stayed silent with its value at up to {share:.0%} of the threshold."
        observed = None if share is None else round(share, 4)
        return speaker.says(verdict, message, lower=self.nearest, upper=1.0, observed=observed, evidence="values.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dose:
    """A fault that is to stay below what a rule is for; the window is what is told of it, wall clock s."""

    rule: RuleTiming
    fault: FaultWindow
    window: tuple[float, float]
    record: Record

    @property
    def stale_s(self) -> float:
        """How old the last scrape, as the last evaluation saw it, may be, s."""
        rule = self.rule
        return rule.interval_s + rule.scrape_s + rule.scrape_timeout_s + MEASURED.scrape_s + MEASURED.evaluation_s

    @property
    def acts(self) -> tuple[float, float]:
        """While its effect may begin to show: from the act's first fault until the rule must have seen the heal."""
        from_s = min(one.asked_s for one in self.record.faults if one.act == self.fault.act)
        healed_s = inf if self.fault.confirmed_healed_s is None else self.fault.confirmed_healed_s
        return from_s, min(self.window[1], healed_s + self.stale_s)


def _whose(alert: str, labels: Mapping[str, str]) -> str:
    return f"{alert} of {', '.join(labels.values())}" if labels else alert


def _live(alert: str, state: str, labels: Mapping[str, str], reader: Reader) -> Iterator[tuple[float, str]]:
    """When the alert was seen in this state while the run went on, and where that stands."""
    for place, seen in reader.only(Stream.RULES, "sample"):
        for one in seen.data["alerts"]:
            if (one["alert"], one["state"]) == (alert, state) and has(one["labels"], labels):
                yield seen.wall_s, place


def _deaf(log: AlertLog, window: tuple[float, float]) -> Iterator[str]:
    if deaf_s := log.deaf(*window):
        yield f"the sink was not read for {deaf_s:.2f} s: that nobody was told meanwhile cannot be shown"
    if log.told_until_s is None:
        yield "notifications were lost: that nobody was told cannot be shown"
    if log.covered is not None and not (log.covered[0] <= window[0] and log.covered[1] >= window[1] - 1.0):
        yield "alerts.jsonl does not cover the dose"


def _nearest(alert: str, labels: Mapping[str, str], reader: Reader, window: tuple[float, float]) -> float | None:
    """The greatest share of its threshold that the compared value reached in the window; None without a value."""
    found = [
        share
        for _, seen in reader.only(Stream.VALUES, "value")
        if seen.data["alert"] == alert and has(seen.data["labels"], labels)
        for share in shares(seen.data, *window)
    ]
    return max(found, default=None)
