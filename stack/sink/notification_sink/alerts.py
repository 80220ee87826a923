"""The alerts that a message speaks of, read from its machine-readable lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a message.

    Args:
        status: "firing" or "resolved".
        labels: its labels, among them `alertname`.
        starts_at: when it began to fire, as the message says it (RFC 3339).
    """

    status: str
    labels: Mapping[str, str]
    starts_at: str

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.labels["alertname"]

    @property
    def starts_s(self) -> float:
        """When it began to fire, s since the epoch."""
        return datetime.fromisoformat(self.starts_at).timestamp()


class UnreadableMessageError(ValueError):
    """A message from which not every alert could be read; carries those that could.

    Args:
        why: one sentence.
        alerts: what could be read all the same.
    """

    def __init__(self, why: str, alerts: tuple[Alert, ...] = ()) -> None:
        super().__init__(why)
        self.alerts = alerts


def read_alerts(text: str) -> tuple[Alert, ...]:
    """The alerts of a message's machine-readable text.

    Each line that starts with a brace is one alert, as the notification templates write it:
    `{"status": "firing", "starts_at": "...", "labels": {...}}`. Other lines are for people.

    Raises:
        UnreadableMessageError: there is no such line, or one of them cannot be read.
    """
    alerts: list[Alert] = []
    damaged: list[str] = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("{"):
            try:
                alerts.append(_alert(line))
            except (ValueError, TypeError, KeyError, RecursionError) as damage:
                damaged.append(f"{line[:200]!r}: {damage!r}")
    if damaged:
        raise UnreadableMessageError(f"unreadable alert line {'; '.join(damaged)}", tuple(alerts))
    if not alerts:
        raise UnreadableMessageError("the message has no alert line")
    return tuple(alerts)


def _alert(line: str) -> Alert:
    value = json.loads(line)
    labels = value["labels"]
    if not isinstance(labels, dict) or not all(isinstance(text, str) for text in labels.values()):
        raise TypeError("labels are not texts")
    alert = Alert(status=value["status"], labels=labels, starts_at=value["starts_at"])
    if alert.status not in {"firing", "resolved"}:
        raise ValueError(f"status is {alert.status!r}")
    _ = alert.name, alert.starts_s  # both must be there and readable
    return alert
