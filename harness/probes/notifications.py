"""The notification sink: what people would have been told, by which channel, and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from harness import loopback
from harness.errors import InfrastructureError, TimedOutError
from harness.evidence import Recorder
from harness.poll import until
from harness.recorded import Stream

CALL_S = 5.0
READ_EVERY_S = 1.0  # silence counts only where somebody listened: how often listening is written down
LAST_LOOK_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a channel was told about one alert; times are wall clock, s since the epoch."""

    channel: str
    status: str
    alert: str
    labels: Mapping[str, str]
    received_s: float
    starts_s: float

    @property
    def about(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """The channel and the alert with its labels, the same for its firing and its resolved notice."""
        return self.channel, self.alert, frozenset(self.labels.items())


class NotificationsProbe:
    """Reads the sink into the notifications stream, and remembers what was told.

    What the sink received before this probe was made belongs to somebody else and is left out.

    Args:
        base_url: address of the sink.
        every_s: sampling interval, real s.
    """

    name = "notifications"

    def __init__(self, *, base_url: str, every_s: float) -> None:
        self.every_s = every_s
        self._base_url = base_url
        self._since_s = time.time()
        self._boot = ""
        self._next = 0
        self._count = 0
        self._lock = threading.Lock()
        self._newest: dict[tuple[str, str, str], float] = {}
        self._said_read = -READ_EVERY_S
        self._latest: dict[tuple[str, str, frozenset[tuple[str, str]]], str] = {}

    def sample(self, recorder: Recorder) -> None:
        """Read what is new and record it; a sink that does not answer is an observation too."""
        try:
            self.poll_once(recorder)
        except InfrastructureError as problem:
            recorder.write(Stream.NOTIFICATIONS, "unreachable", error=str(problem))
            return
        if time.monotonic() - self._said_read >= READ_EVERY_S:
            self._said_read = time.monotonic()
            recorder.write(Stream.NOTIFICATIONS, "read", count=self._count)

    def poll_once(self, recorder: Recorder) -> tuple[Notification, ...]:
        """Read and record what is new.

        Returns:
            The new notifications, in order of arrival.

        Raises:
            InfrastructureError: the sink does not answer, or not as a sink.
        """
        new = []
        for entry in self._new_entries(recorder):
            if entry["kind"] == "notification":
                new.append(self._take(entry, recorder))
            else:
                told = {name: entry[name] for name in ("channel", "received_s", "why", "raw")}
                recorder.write(Stream.NOTIFICATIONS, entry["kind"], **told)
        return tuple(new)

    def record_end(self, recorder: Recorder) -> None:
        """Take a last look and close the stream with the number of notifications.

        Where the last look failed the stream stays open: nobody knows what came meanwhile.
        """
        try:
            until("the sink to be read a last time", lambda: self._last_look(recorder), within_s=LAST_LOOK_WITHIN_S)
        except TimedOutError as silent:
            recorder.write(Stream.NOTIFICATIONS, "unreachable", error=str(silent))
            return
        recorder.write(Stream.NOTIFICATIONS, "end", count=self._count)

    def seen(self, alert: str, status: str, *, since_s: float = 0.0, channels: Collection[str] = ()) -> bool:
        """True once channels were told that an alert of this name is "firing" or "resolved".

        Args:
            alert: the alert's name.
            status: "firing" or "resolved".
            since_s: what was received before this wall time does not count.
            channels: all that have to have been told; any one of them where none is named.
        """
        with self._lock:
            told = {
                channel
                for (name, state, channel), received_s in self._newest.items()
                if (name, state) == (alert, status) and received_s >= since_s
            }
        return told >= set(channels) if channels else bool(told)

    def _last_look(self, recorder: Recorder) -> bool:
        self.poll_once(recorder)
        return True

    def all_resolved(self, but: Collection[str] = ()) -> bool:
        """True while no channel that was told of a firing alert, but for `but`, waits for its resolved notice."""
        with self._lock:
            latest = dict(self._latest)
        return all(status == "resolved" or alert in but for (_, alert, _), status in latest.items())

    def _new_entries(self, recorder: Recorder) -> Iterator[Mapping[str, Any]]:
        answer = self._fetch()
        if answer["boot"] != self._boot:
            if self._boot:
                recorder.write(Stream.NOTIFICATIONS, "forgot", error="the sink was started again; unread ones are lost")
                self._next = 0
                answer = self._fetch()
            self._boot = answer["boot"]
        self._next = answer["next"]
        return (entry for entry in answer["notifications"] if entry["received_s"] >= self._since_s)

    def _fetch(self) -> Mapping[str, Any]:
        try:
            answer = loopback.get(self._base_url + "/notifications", params={"after": self._next}, timeout=CALL_S)
            answer.raise_for_status()
            body: Mapping[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise InfrastructureError(f"the notification sink does not answer: {problem}") from problem
        if not isinstance(body, dict) or not {"boot", "next", "notifications"} <= set(body):
            raise InfrastructureError(f"the notification sink answers something else: {answer.text[:200]}")
        return body

    def _take(self, entry: Mapping[str, Any], recorder: Recorder) -> Notification:
        fields = {name: entry[name] for name in ("channel", "status", "alert", "labels", "received_s", "starts_s")}
        recorder.write(Stream.NOTIFICATIONS, "notification", **fields)
        notification = Notification(**fields)
        with self._lock:
            self._count += 1
            self._newest[notification.alert, notification.status, notification.channel] = notification.received_s
            self._latest[notification.about] = notification.status
        return notification
