"""The probe that reads the notification sink."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.errors import InfrastructureError
from harness.evidence import FolderHistory, Recorder
from harness.probes.notifications import NotificationsProbe
from harness.recorded import Stream

SOON_S = 4e9  # after any probe of this century was made


class FakeSink:
    """Answers as the sink does, from a list."""

    def __init__(self) -> None:
        self.boot = "first"
        self.entries: list[dict[str, Any]] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                after = int(parse_qs(urlsplit(self.path).query)["after"][0])
                answer = {"boot": sink.boot, "next": len(sink.entries), "notifications": sink.entries[after:]}
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def tell(self, alert: str, status: str = "firing", channel: str = "slack", received_s: float = SOON_S) -> None:
        """Let a notification arrive."""
        self.entries.append(
            {
                "seq": len(self.entries) + 1, "kind": "notification", "channel": channel, "status": status,
                "alert": alert, "labels": {"alertname": alert}, "received_s": received_s, "starts_at": "t",
                "starts_s": 5.0, "raw": "...",
            }
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def sink() -> Iterator[FakeSink]:
    """A running fake sink."""
    made = FakeSink()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """Where the probe records."""
    made = Recorder(tmp_path)
    yield made
    made.close()


def kinds(recorder: Recorder) -> list[str]:
    """Kinds of what was recorded, in order."""
    return [line.kind for line in FolderHistory(folder=recorder.folder).read(Stream.NOTIFICATIONS)]


def probe_of(sink: FakeSink) -> NotificationsProbe:
    """A probe that looks at the fake sink."""
    return NotificationsProbe(base_url=sink.url, every_s=0.1)


def test_each_notification_is_recorded_once(sink: FakeSink, recorder: Recorder) -> None:
    """Polling again brings only what is new; the stream ends with the count."""
    probe = probe_of(sink)
    sink.tell("SignalLoss")
    assert [found.alert for found in probe.poll_once(recorder)] == ["SignalLoss"]
    assert probe.poll_once(recorder) == ()
    sink.tell("NoLeader", channel="pagerduty")
    assert [(found.alert, found.channel) for found in probe.poll_once(recorder)] == [("NoLeader", "pagerduty")]
    probe.record_end(recorder)
    *told, end = FolderHistory(folder=recorder.folder).read(Stream.NOTIFICATIONS)
    assert end.data == {"count": 2}
    assert told[0].data == {
        "channel": "slack", "status": "firing", "alert": "SignalLoss", "labels": {"alertname": "SignalLoss"},
        "received_s": SOON_S, "starts_s": 5.0,
    }  # fmt: skip


def test_what_was_told_is_remembered(sink: FakeSink, recorder: Recorder) -> None:
    """`seen` and `all_resolved` follow each channel: one resolved notice does not speak for the other channel."""
    probe = probe_of(sink)
    assert probe.all_resolved()
    assert not probe.seen("SignalLoss", "firing")
    sink.tell("SignalLoss", channel="slack")
    sink.tell("SignalLoss", channel="pagerduty")
    sink.tell("SignalLoss", "resolved", channel="slack")
    probe.sample(recorder)
    assert probe.seen("SignalLoss", "firing")
    assert probe.seen("SignalLoss", "resolved")
    assert not probe.all_resolved()
    sink.tell("SignalLoss", "resolved", channel="pagerduty")
    probe.sample(recorder)
    assert probe.all_resolved()


def test_notifications_of_an_earlier_scenario_are_left_out(sink: FakeSink, recorder: Recorder) -> None:
    """What arrived before the probe was made is not this scenario's."""
    sink.tell("SignalLoss", received_s=1.0)
    probe = probe_of(sink)
    assert probe.poll_once(recorder) == ()
    assert not probe.seen("SignalLoss", "firing")


def test_an_unparsed_message_is_recorded(sink: FakeSink, recorder: Recorder) -> None:
    """A message that the sink could not read is evidence too, but no notification."""
    sink.entries.append({"kind": "unparsed", "channel": "slack", "received_s": SOON_S, "why": "w", "raw": "r"})
    assert probe_of(sink).poll_once(recorder) == ()
    assert kinds(recorder) == ["unparsed"]


def test_a_sink_that_started_again_is_told(sink: FakeSink, recorder: Recorder) -> None:
    """After a restart the numbers begin anew: nothing new is skipped, and the loss stands in the evidence."""
    probe = probe_of(sink)
    sink.tell("A")
    sink.tell("B")
    probe.poll_once(recorder)
    sink.boot, sink.entries = "second", []
    sink.tell("C")
    assert [found.alert for found in probe.poll_once(recorder)] == ["C"]
    assert kinds(recorder) == ["notification", "notification", "forgot", "notification"]


def test_a_sink_that_does_not_answer_is_recorded(recorder: Recorder) -> None:
    """An unreachable sink is an observation for the sampler, and an error for who asks directly."""
    probe = NotificationsProbe(base_url="http://127.0.0.1:1", every_s=0.1)
    probe.sample(recorder)
    assert kinds(recorder) == ["unreachable"]
    with pytest.raises(InfrastructureError, match="sink does not answer"):
        probe.poll_once(recorder)
