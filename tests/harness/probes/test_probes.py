"""Probes record what they see, silence included, and say when they themselves are broken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.containers.plan import HealthTarget
from harness.errors import InfrastructureError
from harness.evidence import FolderHistory, Recorder
from harness.poll import until
from harness.probes.grafana import GrafanaProbe
from harness.probes.health import HealthProbe
from harness.probes.prometheus import Prometheus, RulesProbe, alert_states, record_alert_series
from harness.probes.sampler import Sampler
from harness.recorded import Observation, Stream

Answer = Callable[[str, str], tuple[int, object]]
NOWHERE = "http://127.0.0.1:1"


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers method and path with status and JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*answer("GET", self.path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(*answer("POST", self.path))

        def _say(self, status: int, body: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's signature
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Where the probes record."""
    return Recorder(tmp_path)


def seen(recorder: Recorder, stream: Stream) -> list[Observation]:
    """What was recorded."""
    return list(FolderHistory(folder=recorder.folder).read(stream))


FIRING = {
    "groups": [
        {
            "name": "g",
            "lastEvaluation": "2026-01-01T00:00:01.123456789Z",
            "rules": [
                {
                    "name": "SignalLoss",
                    "health": "ok",
                    "alerts": [
                        {
                            "labels": {"alertname": "SignalLoss", "severity": "critical"},
                            "state": "firing",
                            "activeAt": "2026-01-01T00:00:00.5Z",
                            "value": "31",
                        }
                    ],
                },
                {"name": "Broken", "health": "err", "alerts": []},
            ],
        }
    ]
}


def test_rules_are_recorded_as_they_stand(recorder: Recorder) -> None:
    """State, labels, times with Go's nine digits, and rules that do not evaluate."""
    with served(lambda *_: (200, {"status": "success", "data": FIRING})) as url:
        prometheus = Prometheus(base_url=url)
        RulesProbe(prometheus=prometheus, every_s=1).sample(recorder)
        assert alert_states(prometheus.rules()) == {"SignalLoss": {"firing"}}
    (sample,) = seen(recorder, Stream.RULES)
    (alert,) = sample.data["alerts"]
    assert alert["labels"] == {"severity": "critical"}
    assert alert["active_s"] == pytest.approx(1767225600.5)
    assert sample.data["evaluated_s"]["g"] == pytest.approx(1767225601.123456, abs=1e-5)
    assert sample.data["unhealthy"] == ["Broken"]


def test_a_silent_prometheus_is_an_observation(recorder: Recorder) -> None:
    """That nobody answers is recorded; it is neither an empty list of alerts nor an error of the probe."""
    RulesProbe(prometheus=Prometheus(base_url=NOWHERE), every_s=1).sample(recorder)
    (sample,) = seen(recorder, Stream.RULES)
    assert sample.kind == "unreachable"


def test_a_refused_query_is_told() -> None:
    """An error of Prometheus is not taken for an empty answer."""
    with served(lambda *_: (400, {"status": "error", "error": "parse error"})) as url:
        prometheus = Prometheus(base_url=url)
        with pytest.raises(InfrastructureError, match="parse error"):
            prometheus.query("sum(")


def test_alert_series_keep_every_evaluation(recorder: Recorder) -> None:
    """Each evaluation time of each series is kept, and the end says which time was looked at."""
    metric = {"__name__": "ALERTS", "alertname": "A", "alertstate": "pending", "severity": "critical"}
    result = [{"metric": metric, "values": [[10.5, "1"], [11.5, "1"]]}]
    with served(lambda *_: (200, {"status": "success", "data": {"result": result}})) as url:
        record_alert_series(Prometheus(base_url=url), recorder, 5.0, 20.0)
    series, end = seen(recorder, Stream.ALERTS)
    assert (series.data["alert"], series.data["state"]) == ("A", "pending")
    assert series.data["times_s"] == [10.5, 11.5]
    assert (end.data["from_s"], end.data["to_s"]) == (5.0, 20.0)


@pytest.mark.parametrize(("status", "ok"), [(200, True), (503, False)])
def test_health_is_what_the_service_says(recorder: Recorder, status: int, ok: bool) -> None:
    """Only 200 is well; the body is kept either way."""
    with served(lambda *_: (status, {"mode": "redis"})) as url:
        target = HealthTarget(service="trading-1", port=8000)
        HealthProbe(target=target, base_url=url, every_s=1).sample(recorder)
    (sample,) = seen(recorder, Stream.HEALTH)
    assert (sample.data["ok"], sample.data["http"], sample.data["body"]) == (ok, status, {"mode": "redis"})


def test_a_service_that_is_gone_is_not_well(recorder: Recorder) -> None:
    """No answer is recorded as not well, with why."""
    target = HealthTarget(service="trading-1", port=8000)
    HealthProbe(target=target, base_url=NOWHERE, every_s=1).sample(recorder)
    (sample,) = seen(recorder, Stream.HEALTH)
    assert (sample.data["ok"], sample.data["http"]) == (False, None)
    assert "error" in sample.data["body"]


BOARD = {
    "uid": "b",
    "title": "B",
    "time": {"from": "now-15m", "to": "now"},
    "panels": [
        {
            "id": 1,
            "title": "Up",
            "type": "stat",
            "datasource": {"type": "prometheus", "uid": "prom"},
            "gridPos": {"h": 4, "w": 4, "x": 0, "y": 0},
            "maxDataPoints": 100,
            "interval": "1s",
            "targets": [{"refId": "A", "expr": "up", "instant": True, "range": False}],
        }
    ],
}


def grafana(ds_query: tuple[int, object]) -> Answer:
    """A Grafana with one board, answering each query so."""

    def answer(method: str, path: str) -> tuple[int, object]:
        if method == "POST":
            return ds_query
        if path.startswith("/api/search"):
            return 200, [{"uid": "b"}]
        if path.startswith("/api/dashboards/"):
            return 200, {"dashboard": BOARD}
        return 200, [{"id": 1, "uid": "prom", "name": "P", "type": "prometheus", "isDefault": True, "jsonData": {}}]

    return answer


def loaded(recorder: Recorder, ds_query: tuple[int, object]) -> Observation:
    """What the probe records of one load of the board."""
    with served(grafana(ds_query)) as url:
        probe = GrafanaProbe(board="b", base_url=url, login=("admin", "x"), time_scale=15, every_s=1)
        probe.sample(recorder)
        probe.record_end(recorder)
    panel, end = seen(recorder, Stream.PANELS)
    assert (end.data["board"], end.data["loads"]) == ("b", 1)
    return panel


def test_a_panel_with_an_error_is_recorded_as_one(recorder: Recorder) -> None:
    """HTTP 400 with a per-query error is an answer whose target carries the error."""
    panel = loaded(recorder, (400, {"results": {"A": {"error": "connection refused", "status": 502, "frames": []}}}))
    (target,) = panel.data["targets"]
    assert panel.data["http"] == 400
    assert "connection refused" in target["error"]
    assert target["non_null"] == 0


def test_a_panel_without_rows_has_no_value(recorder: Recorder) -> None:
    """No data is 200 with a frame without fields: no value, no error."""
    frames = [{"schema": {"refId": "A", "fields": []}, "data": {"values": []}}]
    panel = loaded(recorder, (200, {"results": {"A": {"status": 200, "frames": frames}}}))
    (target,) = panel.data["targets"]
    assert (target["error"], target["rows"], target["non_null"]) == ("", 0, 0)


def test_a_viewer_of_nothing_is_told(recorder: Recorder) -> None:
    """A board that Grafana does not have cannot be looked at."""
    with served(lambda _, path: (404, {}) if "dashboards" in path else (200, [])) as url:
        probe = GrafanaProbe(board="gone", base_url=url, login=("admin", "x"), time_scale=15, every_s=1)
        with pytest.raises(InfrastructureError, match="dashboards/uid/gone"):
            probe.sample(recorder)


class Counting:
    """A probe that counts, and breaks at its third look if it should."""

    name = "counting"
    every_s = 0.01

    def __init__(self, *, breaks: bool = False) -> None:
        self.looks = 0
        self._breaks = breaks

    def sample(self, recorder: Recorder) -> None:
        """Look."""
        del recorder
        self.looks += 1
        if self._breaks and self.looks == 3:
            raise ZeroDivisionError


def test_a_sampler_tells_what_it_cost(recorder: Recorder) -> None:
    """The number of samples and the time they took are recorded when it ends."""
    probe = Counting()
    with Sampler(probe, recorder):
        until("ten looks", lambda: probe.looks >= 10, within_s=30)
    (cost,) = seen(recorder, Stream.COST)
    assert cost.data["probe"] == "counting"
    assert cost.data["samples"] == probe.looks


def test_a_broken_probe_is_not_silent(recorder: Recorder) -> None:
    """A probe that breaks is told while it runs and at its end: evidence from it would be too short."""
    probe = Counting(breaks=True)
    sampler = Sampler(probe, recorder)

    def told() -> bool:
        try:
            sampler.check_alive()
        except InfrastructureError as error:
            return "counting" in str(error)
        return False

    with pytest.raises(InfrastructureError, match="counting"), sampler:
        until("it to be told", told, within_s=30)
