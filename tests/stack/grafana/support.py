"""What the stand-in's tests share: a provisioned folder, fake plugins, and one query at a time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stack.grafana.standin.errors import PluginError
from stack.grafana.standin.frames import Answer, Field, Frame
from stack.grafana.standin.plugins.base import Health, Query
from stack.grafana.standin.settings import Settings
from stack.grafana.standin.sources import DataSource
from stack.grafana.standin.timerange import TimeRange

ADMIN = ("admin", "a-password-of-its-own")
MINUTE_MS = 60_000
START_MS = 1_710_000_000_000
SOURCES = """
apiVersion: 1
datasources:
  - {name: Prometheus, uid: prom, type: prometheus, url: "http://prometheus:9090", isDefault: true}
  - {name: PostgreSQL, uid: pg, type: postgres, url: "postgres:5432", secureJsonData: {password: $PG_PASSWORD}}
  - {name: Infinity, uid: rmq, type: yesoreyeram-infinity-datasource}
"""
PROVIDERS = """
apiVersion: 1
providers:
  - {name: trading, type: file, updateIntervalSeconds: 1, options: {path: $BOARDS}}
"""
BOARD = {"uid": "one", "title": "Board One", "tags": ["trading"], "schemaVersion": 39, "panels": []}


@dataclass
class FakePlugin:
    """A data source that answers what a test says, and remembers what it was asked."""

    answer: Callable[[Query], Answer] = lambda query: Answer(frames=[numbers(1.0)])
    broken: str = ""
    state: Health = field(default_factory=lambda: Health(ok=True, message="fine"))
    asked: list[Query] = field(default_factory=list)
    waits_for: Callable[[], Awaitable[object]] | None = None
    cancelled: bool = False

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answer each query."""
        self.asked += queries
        if self.broken:
            raise PluginError(self.broken)
        return {query.ref_id: self.answer(query) for query in queries}

    async def health(self) -> Health:
        """The state the test gave."""
        return self.state

    async def close(self) -> None:
        """Nothing to close."""


def numbers(*values: float | None) -> Frame:
    """A frame with one column of numbers."""
    return Frame(fields=[Field(name="v", kind="number", values=list(values))])


def provision(root: Path, *, sources: str = SOURCES, boards: Mapping[str, Any] | None = None) -> Settings:
    """Write a provisioning folder and a folder of boards; settings that point there."""
    for name, text in (("datasources", sources), ("dashboards", PROVIDERS)):
        (root / "provisioning" / name).mkdir(parents=True, exist_ok=True)
        (root / "provisioning" / name / "all.yml").write_text(text, encoding="utf-8")
    (root / "boards").mkdir(exist_ok=True)
    for name, body in (boards if boards is not None else {"one.json": BOARD}).items():
        (root / "boards" / name).write_text(json.dumps(body), encoding="utf-8")
    return Settings(admin_user=ADMIN[0], admin_password=ADMIN[1], provisioning=root / "provisioning")


def settings() -> Settings:
    """Settings for a plugin on its own."""
    return Settings(admin_user=ADMIN[0], admin_password=ADMIN[1], provisioning=Path("/nowhere"))


def source(kind: str, url: str = "", secure: Mapping[str, str] | None = None, **json_data: Any) -> DataSource:
    """A data source for a plugin on its own."""
    return DataSource(id=1, uid="u", name="n", type=kind, url=url, json_data=json_data, secure=secure or {})


def ask(*, minutes: float = 60, interval_ms: int = 15_000, points: int = 1_000, **model: Any) -> Query:
    """One query over a range that begins at START_MS."""
    span = TimeRange(from_ms=START_MS, to_ms=START_MS + round(minutes * MINUTE_MS))
    ref_id = str(model.pop("refId", "A"))
    return Query(ref_id=ref_id, model=model, interval_ms=interval_ms, max_data_points=points, span=span)
