"""What each channel's message looks like, and where its alerts stand in it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
from typing import Any

from .alerts import Alert, UnreadableMessageError, read_alerts

PAGERDUTY, SLACK, EMAIL = "pagerduty", "slack", "email"
CHANNELS = (PAGERDUTY, SLACK, EMAIL)


def alerts_of_pagerduty(raw: bytes) -> tuple[Alert, ...]:
    """Alerts of an Events API v2 post: the text `payload.custom_details.alerts`."""
    event = _json_object(raw)
    payload = event.get("payload")
    details = payload.get("custom_details") if isinstance(payload, dict) else None
    text = details.get("alerts") if isinstance(details, dict) else None
    if not isinstance(text, str):
        raise UnreadableMessageError("the event has no text payload.custom_details.alerts")
    return read_alerts(text)


def alerts_of_slack(raw: bytes) -> tuple[Alert, ...]:
    """Alerts of an incoming-webhook post: the attachments' field with the title `alerts`."""
    fields = [field for part in _list(_json_object(raw), "attachments") for field in _list(part, "fields")]
    texts = [field.get("value") for field in fields if isinstance(field, dict) and field.get("title") == "alerts"]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise UnreadableMessageError("the message has no attachment field 'alerts' with a text")
    return read_alerts("\n".join(str(text) for text in texts))


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def alerts_of_email(raw: bytes) -> tuple[Alert, ...]:
    """Alerts of an e-mail: its plain text part."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        part = message.get_body(preferencelist=("plain",))
        text = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError) as damage:
        raise UnreadableMessageError(f"the e-mail cannot be decoded: {damage}") from damage
    return read_alerts(str(text))


def dedup_key(raw: bytes) -> str:
    """The key that PagerDuty answers with: the sender's, or one made from the event."""
    try:
        key = _json_object(raw).get("dedup_key")
    except UnreadableMessageError:
        key = None
    return key if isinstance(key, str) and key else hashlib.sha256(raw).hexdigest()[:32]


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as damage:
        raise UnreadableMessageError(f"the post is not JSON: {damage}") from damage
    if not isinstance(value, dict):
        raise UnreadableMessageError("the post is not a JSON object")
    return value
