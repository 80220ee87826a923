"""Redis traffic, viewers of boards, and both with signals, as a child process sends them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.load.redis_mix import Mix
from harness.load.run import LoadRun
from harness.load.spec import BoardsWork, LoadSpec, RedisWork, Target
from tests.harness.load.loopback_server import serving
from tests.harness.load.resp_server import redis_serving


def spec(tmp_path: Path, part: str, **changes: Any) -> LoadSpec:
    """A second of 50 arrivals of one part, with some values changed."""
    fields: dict[str, Any] = {
        "targets": (), "mix": ((part, 1.0),), "rate_per_s": 50.0, "duration_s": 1.0, "arrivals": "constant",
        "timeout_s": 3.0, "out": tmp_path / "client.jsonl", "id_prefix": "run", "recorded": False,
    }  # fmt: skip
    return LoadSpec(**(fields | changes))


def finished(load: LoadSpec) -> dict[str, Any]:
    """The summary of the traffic, run to its end."""
    with LoadRun(load) as run:
        return dict(run.wait())


def test_redis_gets_every_pipeline_and_its_keys_back(tmp_path: Path) -> None:
    """50 pipelines of 4 are 200 commands over a handful of connections; at the end the keys are deleted."""
    mix = Mix(commands=("SET", "GET"), pipeline=4, keys=10)
    with redis_serving() as redis:
        summary = finished(spec(tmp_path, "redis", redis=RedisWork(url=redis.url, clients=5, mix=mix)))
        assert len(redis.said("SET", "GET")) == 200
        assert redis.connections <= 6
        deleted = {key for command in redis.said("DEL") for key in command[1:]}
        assert {command[1] for command in redis.said("SET", "GET")} <= deleted
    assert (summary["ok"], summary["completed"], summary["dropped"]) == (50, 50, 0)
    assert summary["latency_ms"]["p99"] > 0


def test_a_redis_that_refuses_is_no_success(tmp_path: Path) -> None:
    """An error in any answer of a pipeline makes it refused, told with Redis's words."""
    mix = Mix(commands=("SET", "GET"), pipeline=6)
    with redis_serving({"SET": b"-OOM command not allowed\r\n"}) as redis:
        summary = finished(spec(tmp_path, "redis", redis=RedisWork(url=redis.url, mix=mix)))
    assert summary["fail"] >= 45
    assert any("command not allowed" in error for error in summary["errors"])


def test_a_redis_that_is_not_there_took_nothing(tmp_path: Path) -> None:
    """A refused connection is a failure that was surely not sent."""
    summary = finished(spec(tmp_path, "redis", redis=RedisWork(url="redis://127.0.0.1:1")))
    assert (summary["ok"], summary["fail"], summary["completed"]) == (0, 50, 0)


BOARD: dict[str, Any] = {
    "uid": "desk", "title": "Desk", "time": {"from": "now-15m", "to": "now"},
    "panels": [
        {"id": number, "title": f"p{number}", "type": "timeseries", "gridPos": {"w": 12},
         "datasource": {"type": "prometheus", "uid": "prom"},
         "targets": [{"refId": "A", "expr": "up", "range": True}]}
        for number in (1, 2, 3)
    ],
}  # fmt: skip
SOURCES: list[dict[str, Any]] = [
    {"id": 1, "uid": "prom", "name": "prom", "type": "prometheus", "isDefault": True, "jsonData": {}}
]


class Grafana(BaseHTTPRequestHandler):
    """Enough of Grafana for one board of three panels."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[dict[str, Any]]] = []
    logins: ClassVar[set[str]] = set()
    error: ClassVar[str] = ""

    def do_GET(self) -> None:
        """Boards and sources."""
        pages: dict[str, Any] = {
            "/api/datasources": SOURCES,
            "/api/search?type=dash-db": [{"uid": "desk"}],
            "/api/dashboards/uid/desk": {"dashboard": BOARD},
        }
        self.answer(pages[self.path])

    def do_POST(self) -> None:
        """A panel's query."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        self.logins.add(self.headers["Authorization"])
        result: dict[str, Any] = {"error": self.error} if self.error else {"frames": []}
        self.answer({"results": {"A": result}})

    def answer(self, page: Any) -> None:
        """As JSON."""
        data = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Quiet."""


class Boards(ThreadingHTTPServer):
    """A server at which everybody may queue: connections that found no place would be tried again a second later."""

    request_queue_size = 512


@contextmanager
def grafana_serving(error: str = "") -> Iterator[str]:
    """Run it while the block runs; its URL with a login."""
    Grafana.asked.clear()
    Grafana.logins.clear()
    Grafana.error = error
    with Boards(("127.0.0.1", 0), Grafana) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://ann:s%40crt@127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_view_is_every_panel_of_the_board(tmp_path: Path) -> None:
    """20 views of three panels are 60 queries with the login; a view is answered when its last panel is."""
    with grafana_serving() as url:
        summary = finished(spec(tmp_path, "viewers", boards=BoardsWork(url=url), rate_per_s=20.0))
        assert len(Grafana.asked) == 60
        assert {"Basic YW5uOnNAY3J0"} == Grafana.logins
    assert (summary["scheduled"], summary["ok"], summary["completed"]) == (20, 20, 20)


def test_a_board_with_a_broken_panel_was_not_seen(tmp_path: Path) -> None:
    """An error in one panel makes the view a failed one, named."""
    with grafana_serving("no such metric") as url:
        summary = finished(spec(tmp_path, "viewers", boards=BoardsWork(url=url, boards=("desk",)), rate_per_s=5.0))
    assert (summary["ok"], summary["fail"]) == (0, 5)
    assert any("no such metric" in error for error in summary["errors"])


def test_a_desk_does_all_three_by_their_weights(tmp_path: Path) -> None:
    """Each arrival belongs to one part; each part has its own percentiles, and they add up."""
    with serving() as trading, redis_serving() as redis, grafana_serving() as grafana:
        summary = finished(
            spec(
                tmp_path, "signals",
                targets=(Target(name="one", base_url=trading.url),),
                redis=RedisWork(url=redis.url, mix=Mix(commands=("SET",))),
                boards=BoardsWork(url=grafana),
                mix=(("signals", 45.0), ("redis", 50.0), ("viewers", 5.0)),
                rate_per_s=100.0, duration_s=2.0,
            )
        )  # fmt: skip
        counts = {name: part["count"] for name, part in summary["parts"].items()}
        assert counts == {
            "signals": len(trading.received), "redis": len(redis.said("SET")), "viewers": len(Grafana.asked) // 3,
        }  # fmt: skip
    assert sum(counts.values()) == summary["ok"] == 200
    assert 60 <= counts["signals"] <= 120
    assert 2 <= counts["viewers"] <= 25


@pytest.mark.parametrize("part", ["signals", "redis", "viewers"])
def test_a_part_without_a_target_is_bad_input(tmp_path: Path, part: str) -> None:
    """Traffic that has nowhere to go is refused before it starts."""
    with pytest.raises(Exception, match="no target"):
        spec(tmp_path, part)
