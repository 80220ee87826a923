"""Everything that arrived, in order of arrival, under growing numbers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from .alerts import Alert, UnreadableMessageError


class Inbox:
    """Keeps one entry per alert of each message; a message that cannot be read is one entry too.

    `boot` changes with each start, so that a reader notices a sink that forgot.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._entries: list[dict[str, Any]] = []
        self.boot = secrets.token_hex(8)

    def __len__(self) -> int:
        return len(self._entries)

    def receive(self, channel: str, raw: bytes, read: Callable[[bytes], tuple[Alert, ...]]) -> None:
        """Keep a message.

        Args:
            channel: where it came in.
            raw: its body as received.
            read: takes the alerts out of the body; raises `UnreadableMessageError` with what it could read.
        """
        received_s = self._clock()
        text = raw.decode("utf-8", "replace")
        try:
            alerts = read(raw)
        except UnreadableMessageError as unreadable:
            alerts = unreadable.alerts
            self._add("unparsed", channel, received_s, raw=text, why=str(unreadable))
        for alert in alerts:
            self._add("notification", channel, received_s, **_fields(alert), raw=text)

    def refuse(self, channel: str, raw: bytes, status: int) -> None:
        """Keep a message that was not taken, because a fault is on."""
        text = raw.decode("utf-8", "replace")
        self._add("refused", channel, self._clock(), raw=text, why=f"answered {status} as told")

    def after(self, number: int) -> list[dict[str, Any]]:
        """Entries with a number above `number`."""
        return self._entries[max(number, 0) :]

    def _add(self, kind: str, channel: str, received_s: float, **data: Any) -> None:
        entry = {"seq": len(self._entries) + 1, "kind": kind, "channel": channel, "received_s": received_s}
        self._entries.append(entry | data)


def _fields(alert: Alert) -> dict[str, Any]:
    return {
        "status": alert.status,
        "alert": alert.name,
        "labels": dict(alert.labels),
        "starts_at": alert.starts_at,
        "starts_s": alert.starts_s,
    }
