"""A served stand-in with fake data sources."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stack.grafana.standin.app import build
from stack.grafana.standin.settings import Settings
from tests.stack.grafana.support import ADMIN, FakePlugin, provision

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it announces another HTTP library to come; both serve here
    from starlette.testclient import TestClient


@dataclass
class Served:
    """A running server, its two fake data sources, and what it logged."""

    client: TestClient
    prom: FakePlugin
    pg: FakePlugin
    log: list[str]

    def get(self, path: str, **more: Any) -> Any:
        """GET as the administrator."""
        return self.client.get(path, auth=ADMIN, **more)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        """POST as the administrator."""
        return self.client.post(path, json=body, auth=more.pop("auth", ADMIN), **more)

    def query(self, *queries: dict[str, Any], **ends: Any) -> Any:
        """POST /api/ds/query over the last hour."""
        return self.post("/api/ds/query", {"from": "now-1h", "to": "now", "queries": list(queries)} | ends)

    def until_boards(self, count: int) -> list[dict[str, Any]]:
        """The boards, once there are so many: they are loaded in the background."""
        deadline = time.monotonic() + 5
        while len(boards := self.get("/api/search?type=dash-db").json()) != count:
            assert time.monotonic() < deadline, f"{len(boards)} boards after 5 s, {count} expected; log: {self.log}"
        return list(boards)

    def until_told(self, *words: str) -> str:
        """The line of the log that holds all these words, once it is there."""
        deadline = time.monotonic() + 5
        while not (found := [line for line in self.log if all(word in line for word in words)]):
            assert time.monotonic() < deadline, f"no line with {words} after 5 s; log: {self.log}"
            self.get("/healthz")
        return found[0]


if TYPE_CHECKING:
    from tests.stack.grafana.real_stack import Board

Serve = Callable[[Settings], Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers that are stopped when the test ends."""
    opened: list[TestClient] = []

    def start(settings: Settings) -> Served:
        prom, pg, log = FakePlugin(), FakePlugin(), list[str]()
        makers = {"prometheus": lambda *_: prom, "grafana-postgresql-datasource": lambda *_: pg}
        env = {"BOARDS": str(tmp_path / "boards"), "PG_PASSWORD": "hush"}
        client = TestClient(build(settings, env, log.append, makers), follow_redirects=False)
        client.__enter__()
        opened.append(client)
        return Served(client=client, prom=prom, pg=pg, log=log)

    yield start
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def served(serve: Serve, tmp_path: Path) -> Served:
    """A server with two fake data sources and one board."""
    return serve(provision(tmp_path))


@pytest.fixture(scope="session")
def board() -> Iterator[Board]:
    """Grafana's stand-in on real data sources, shared by the tests that need containers."""
    from tests.stack.grafana.real_stack import running_board  # only here: fast tests need no engine

    with running_board() as running:
        yield running
