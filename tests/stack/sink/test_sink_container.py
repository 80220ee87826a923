"""A real Alertmanager with the project's routing tells the real sink."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.containers.identity import new_run_id
from harness.containers.plan import StackPlan
from harness.containers.running import RunningStack
from harness.evidence import Recorder
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.poll import Seen, until
from harness.probes.notifications import Notification, NotificationsProbe
from stack.images import CATALOGUE
from stack.services.alertmanager import alertmanager
from stack.services.sink import sink

pytestmark = pytest.mark.containers

# Every duration of the routing by ten: a group waits 1 s.
TIME_SCALE = 10.0
CRITICAL = {"alertname": "SignalLoss", "severity": "critical", "component": "signals", "symptom": "signal_loss"}
WARNING = {"alertname": "Slow", "severity": "warning", "component": "orders", "symptom": 'quote " and \\ in it'}
OTHER = {"alertname": "Note", "severity": "info", "component": "orders", "symptom": "note"}
TOLD = {
    ("pagerduty", "SignalLoss"),
    ("slack", "SignalLoss"),
    ("slack", "Slow"),
    ("email", "Note"),
}


def plan() -> StackPlan:
    """Alertmanager and the sink."""
    return StackPlan(
        services=(sink(), alertmanager(TIME_SCALE)),
    )


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    """Both containers on a network of their own."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["sink"], CATALOGUE["alertmanager"]])
    images = {key: image.reference for key, image in had.items()}
    engine = client()
    with RunningStack(plan=plan(), images=images, run_id=new_run_id(), client=engine) as running:
        yield running
    engine.close()


def post_alerts(stack: RunningStack, *, resolved: bool) -> None:
    """Tell Alertmanager of all three alerts, as Prometheus does."""
    ends = {"endsAt": "2026-01-01T00:00:01Z"} if resolved else {}
    alerts = [
        {"labels": labels, "annotations": {"summary": "s"}, "startsAt": "2026-01-01T00:00:00Z", **ends}
        for labels in (CRITICAL, WARNING, OTHER)
    ]
    answer = requests.post(stack.url("alertmanager", 9093) + "/api/v2/alerts", json=alerts, timeout=5)
    assert answer.ok, answer.text


def test_every_channel_is_told_of_firing_and_resolved(stack: RunningStack, tmp_path: Path) -> None:
    """Critical reaches PagerDuty and Slack, warning Slack, the rest e-mail; each is taken back, all readable."""
    recorder = Recorder(tmp_path)
    probe = NotificationsProbe(base_url=stack.url("sink", 8080), every_s=0.2)
    told: list[Notification] = []

    def wait_for(status: str) -> None:
        def all_told() -> bool:
            told.extend(probe.poll_once(recorder))
            found = {(one.channel, one.alert) for one in told if one.status == status}
            if found >= TOLD:
                return True
            raise Seen(f"{sorted(found)} of {sorted(TOLD)}")

        until(f"all channels to be told of {status}", all_told, within_s=30)

    begun_s = time.time()
    post_alerts(stack, resolved=False)
    wait_for("firing")
    assert not probe.all_resolved()
    post_alerts(stack, resolved=True)
    wait_for("resolved")
    recorder.close()
    assert probe.all_resolved()
    assert {(one.channel, one.alert) for one in told} == TOLD
    assert all(begun_s <= one.received_s <= time.time() for one in told)
    assert all(one.labels == WARNING for one in told if one.alert == "Slow")
    assert {entry["kind"] for entry in entries(stack)} == {"notification"}


def entries(stack: RunningStack) -> list[dict[str, Any]]:
    """Everything that the sink holds."""
    answer = requests.get(stack.url("sink", 8080) + "/notifications", timeout=5)
    found: list[dict[str, Any]] = answer.json()["notifications"]
    return found
