"""The boards while Prometheus takes questions and never answers: what a viewer waits, panel by panel."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from harness.evidence import FolderHistory, Recorder
from harness.poll import Seen, until
from harness.probes.grafana import PARALLEL, GrafanaProbe
from harness.recorded import Observation, Stream
from harness.settings import REPOSITORY
from stack.grafana.standin.app import build
from tests.stack.grafana.support import ADMIN, provision

TIMEOUT_S = 0.25
HIGH_AVAILABILITY = REPOSITORY / "grafana" / "dashboards" / "high-availability.json"
SOURCES = """
apiVersion: 1
datasources:
  - {{name: Prometheus, uid: prom, type: prometheus, url: "{url}", isDefault: true, jsonData: {{timeout: {timeout_s}}}}}
"""


@contextmanager
def hanging() -> Iterator[str]:
    """The address of somebody who takes connections and says nothing, as a process does that is paused."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def served(folder: Path, prometheus: str) -> Iterator[str]:
    """The address of a stand-in with the board, over a real socket: a browser's queue needs one."""
    sources = SOURCES.format(url=prometheus, timeout_s=TIMEOUT_S)
    settings = provision(folder, sources=sources, boards={})
    (folder / "boards" / "board.json").write_bytes(HIGH_AVAILABILITY.read_bytes())
    app = build(settings, {"BOARDS": str(folder / "boards")}, lambda _: None)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until("the stand-in to listen", lambda: server.started or _not_yet(), within_s=20)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def _not_yet() -> bool:
    raise Seen("it has not started")


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> list[Observation]:
    """One load of High Availability."""
    folder = tmp_path_factory.mktemp("hanging")
    recorder = Recorder(folder / "evidence")
    with hanging() as prometheus, served(folder, prometheus) as url:
        probe = GrafanaProbe(board="high-availability", base_url=url, login=ADMIN, time_scale=15.0, every_s=1.0)
        until("the board to be there", lambda: _opened(probe, recorder), within_s=20)
    recorder.close()
    return [one for one in FolderHistory(folder=recorder.folder).read(Stream.PANELS) if one.kind == "panel"]


def _opened(probe: GrafanaProbe, recorder: Recorder) -> bool:
    try:
        probe.sample(recorder)
    except Exception as missing:
        raise Seen(str(missing)) from missing
    return True


def test_each_panel_says_so_once_each_of_its_queries_was_waited_for(loads: list[Observation]) -> None:
    """Queries of one panel are asked one after the other: seven take seven times as long as one."""
    for one in loads:
        queries = len(one.data["targets"])
        own_s = (one.data["ms"] - one.data["queued_ms"]) / 1000
        assert all("deadline exceeded" in target["error"] for target in one.data["targets"]), one.data["title"]
        assert own_s >= queries * TIMEOUT_S, one.data["title"]
    assert max(len(one.data["targets"]) for one in loads) == 7


def test_only_five_panels_are_asked_for_at_a_time(loads: list[Observation]) -> None:
    """Each but the first five waits in the queue for at least one of them."""
    queued_s = sorted(one.data["queued_ms"] / 1000 for one in loads)
    assert min(queued_s[PARALLEL:]) >= TIMEOUT_S
