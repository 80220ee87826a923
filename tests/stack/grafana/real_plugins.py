"""A served stand-in with its own four plugins, each on a fake edge: what a probe gets over HTTP, from end to end."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from stack.grafana.standin.app import build
from stack.grafana.standin.frames import Field
from stack.grafana.standin.plugins.clickhouse import ClickHouse
from stack.grafana.standin.plugins.postgres import Postgres
from stack.grafana.standin.plugins.postgres_driver import Pool, Rows
from stack.grafana.standin.plugins.prometheus import Prometheus
from stack.grafana.standin.plugins.redis import Redis
from tests.stack.grafana.support import ADMIN, provision

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it announces another HTTP library to come; both serve here
    from starlette.testclient import TestClient

PROM, PG, CH, REDIS = ({"datasource": {"uid": uid}} for uid in ("prom", "pg", "ch", "redis"))
SOURCES = """
apiVersion: 1
datasources:
  - {name: Prometheus, uid: prom, type: prometheus, url: "http://prometheus:9090", isDefault: true}
  - {name: PostgreSQL, uid: pg, type: postgres, url: "postgres:5432"}
  - {name: ClickHouse, uid: ch, type: grafana-clickhouse-datasource, jsonData: {host: ch, port: 8123, protocol: http}}
  - {name: Redis, uid: redis, type: redis-datasource, url: "redis://redis:6379"}
"""
FROM_MS, TO_MS = 1_710_000_000_000, 1_710_003_600_000


@dataclass
class Edges:
    """What each data source answers; an exception is raised."""

    prometheus: Any = None
    postgres: Rows | Exception | None = None
    clickhouse: Any = None
    redis: Any = None


@dataclass
class Grafana:
    """The server, asked as the administrator over a fixed hour."""

    client: TestClient

    def query(self, *queries: Mapping[str, Any]) -> httpx.Response:
        """POST /api/ds/query."""
        body = {"from": str(FROM_MS), "to": str(TO_MS), "queries": list(queries)}
        answer: httpx.Response = self.client.post("/api/ds/query", json=body, auth=ADMIN)
        return answer

    def frames(self, *queries: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The frames of query A, which has to be without an error."""
        answer = self.query(*queries)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"]["A"]["frames"])


@contextmanager
def grafana(folder: Path, edges: Edges) -> Iterator[Grafana]:
    """A running server on these edges."""
    makers: dict[str, Callable[..., Any]] = {
        "prometheus": lambda source, settings: Prometheus(source, settings, _http(edges.prometheus)),
        "grafana-clickhouse-datasource": lambda source, settings: ClickHouse(source, settings, _http(edges.clickhouse)),
        "grafana-postgresql-datasource": lambda source, settings: Postgres(
            source, settings, Pool(_Sql(edges.postgres).connect, 5)
        ),
        "redis-datasource": lambda source, settings: Redis(source, settings, lambda *_: _Redis(edges.redis)),
    }
    app = build(provision(folder, sources=SOURCES), {"BOARDS": str(folder / "boards")}, lambda _: None, makers)
    with TestClient(app, follow_redirects=False) as client:
        yield Grafana(client)


def matrix(*values: str, **labels: str) -> dict[str, Any]:
    """A range answer of Prometheus with one series, a point a quarter of a minute."""
    points = [[FROM_MS / 1000 + 15 * number, value] for number, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": labels, "values": points}]}}


def rows(*columns: tuple[str, str, Sequence[Any]]) -> Rows:
    """A result set of PostgreSQL: name, kind and values of each column; times in whole seconds."""
    return Rows(
        fields=[
            Field(
                name=name,
                kind=kind,
                values=[at * 10**9 for at in values] if kind == "time" else values,
                go_type="int64" if kind == "number" and all(isinstance(one, int) for one in values) else "",
                nullable=True,
            )
            for name, kind, values in columns
        ]
    )


def _http(answer: Any) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answered: httpx.Response = answer(request)
            return answered
        return httpx.Response(200, content=json.dumps(answer))

    return httpx.MockTransport(handle)


@dataclass
class _Sql:
    outcome: Rows | Exception | None

    async def connect(self) -> _Sql:
        return self

    async def run(self, sql: str) -> Rows:
        del sql
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert self.outcome is not None
        return self.outcome

    async def close(self) -> None:
        """Nothing to close."""


@dataclass
class _Redis:
    reply: Any

    async def command(self, *words: str) -> Any:
        if isinstance(self.reply, Exception):
            raise self.reply
        return b"PONG" if words == ("PING",) else self.reply

    async def close(self) -> None:
        """Nothing to close."""
