"""Messages as Alertmanager sends them with the project's templates."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any


def line(alert: str = "SignalLoss", status: str = "firing", **labels: str) -> str:
    """One alert's machine-readable line."""
    whole = {"alertname": alert, "severity": "critical"} | labels
    return json.dumps({"status": status, "starts_at": "2026-11-21T01:20:30.123Z", "labels": whole})


def pagerduty(text: str) -> dict[str, Any]:
    """An Events API v2 event that carries the text."""
    return {
        "routing_key": "key",
        "event_action": "trigger",
        "dedup_key": "group-1",
        "payload": {"summary": "s", "source": "c", "severity": "critical", "custom_details": {"alerts": text}},
    }


def slack(text: str) -> dict[str, Any]:
    """An incoming-webhook message that carries the text."""
    fields = [{"title": "note", "value": "{ not an alert"}, {"title": "alerts", "value": text}]
    return {"channel": "#c", "attachments": [{"title": "t", "text": "for people", "fields": fields}]}


def mail(text: str) -> EmailMessage:
    """An e-mail that carries the text, in an encoding that breaks lines."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "alert", "a@trading.invalid", "b@trading.invalid"
    message.set_content(text, cte="quoted-printable")
    return message
