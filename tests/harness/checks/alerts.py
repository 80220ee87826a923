"""Histories of alerts: when they stood, who was told, and that somebody listened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.recorded import Stream
from tests.harness.checks.story import BEGIN_S, END_S, Story

STEP_S = 15.0
CHANNELS = ("pagerduty", "slack")


def evaluations(first_s: float, until_s: float, step_s: float = STEP_S) -> list[float]:
    """Evaluation times from the first to before the end, s after the beginning."""
    return [first_s + number * step_s for number in range(max(0, round((until_s - first_s) / step_s)))]


class Alerts:
    """Builds the streams rules, alerts and notifications."""

    def __init__(self) -> None:
        self.story = Story()
        self._told = 0
        self._deaf = (0.0, 0.0)

    def stood(
        self,
        state: str,
        times_s: Iterable[float],
        *,
        alert: str = "SignalLoss",
        labels: Mapping[str, str] | None = None,
    ) -> Alerts:
        """A series of an alert stood in a state at these evaluations."""
        times = [BEGIN_S + at_s for at_s in times_s]
        if times:
            fields = {"alert": alert, "state": state, "labels": dict(labels or {}), "times_s": times}
            self.story.line(Stream.ALERTS, "series", END_S, fields)
        return self

    def told(
        self,
        status: str,
        at_s: float,
        *,
        channel: str,
        alert: str = "SignalLoss",
        labels: Mapping[str, str] | None = None,
    ) -> Alerts:
        """A channel was told."""
        self._told += 1
        fields: dict[str, Any] = {"channel": channel, "status": status, "alert": alert, "labels": dict(labels or {})}
        self.story.line(Stream.NOTIFICATIONS, "notification", at_s, {**fields, "received_s": BEGIN_S + at_s})
        return self

    def sampled(self, from_s: float, until_s: float, *, firing: Iterable[str] = (), **more: Any) -> Alerts:
        """The rules were looked at, and evaluated, each interval."""
        for at_s in evaluations(from_s, until_s):
            alerts = [{"alert": alert, "state": "firing", "labels": {}} for alert in firing]
            fields = {"alerts": alerts, "evaluated_s": {"group": BEGIN_S + at_s}, **more}
            self.story.line(Stream.RULES, "sample", at_s, fields)
        return self

    def end(self, *, until_s: float = END_S) -> Story:
        """The story with its streams closed; alerts are known until `until_s`."""
        covered = {"from_s": BEGIN_S - 60, "to_s": BEGIN_S + until_s}
        self.story.line(Stream.ALERTS, "end", END_S, covered)
        self._heard(until_s)
        self.story.line(Stream.NOTIFICATIONS, "end", until_s, {"count": self._told})
        return self.story

    def deaf(self, from_s: float, until_s: float) -> Alerts:
        """The sink could not be read between these times."""
        self._deaf = (from_s, until_s)
        return self

    def _heard(self, until_s: float) -> None:
        """The sink was read each second; each read says how many notices there were until then."""
        lines = sorted(self.story.streams.get(Stream.NOTIFICATIONS, ()), key=lambda line: line.wall_s)
        self.story.streams[Stream.NOTIFICATIONS] = []
        count = 0
        for at_s in (float(second) for second in range(-60, int(until_s))):
            while lines and lines[0].wall_s <= BEGIN_S + at_s:
                count += lines[0].kind == "notification"
                self.story.streams[Stream.NOTIFICATIONS].append(lines.pop(0))
            if not self._deaf[0] < at_s < self._deaf[1]:
                self.story.line(Stream.NOTIFICATIONS, "read", at_s, {"count": count})
        self.story.streams[Stream.NOTIFICATIONS] += lines


def life(
    *,
    pending_s: float | None = 150.0,
    fires_s: float | None = 210.0,
    told_s: float | None = 220.0,
    resolved_s: float | None = 315.0,
    told_resolved_s: float | None = 325.0,
    channels: Iterable[str] = CHANNELS,
) -> Alerts:
    """SignalLoss from its first pending evaluation to its resolved notices; None leaves a step out."""
    alerts = Alerts().sampled(0, END_S)
    if pending_s is not None:
        alerts.stood("pending", evaluations(pending_s, 300 if fires_s is None else fires_s))
    if fires_s is not None:
        alerts.stood("firing", evaluations(fires_s, END_S if resolved_s is None else resolved_s))
    for channel in channels:
        if told_s is not None:
            alerts.told("firing", told_s, channel=channel)
        if told_resolved_s is not None:
            alerts.told("resolved", told_resolved_s, channel=channel)
    return alerts
