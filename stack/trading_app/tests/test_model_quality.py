"""The quality of models is measured by the leader only, within limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from test_http import application
from trading_app import model_quality
from trading_app.database import Database
from trading_app.model_quality import ModelQuality


def evaluated(monkeypatch: pytest.MonkeyPatch, *, epoch: int | None) -> tuple[float, list[tuple[str, Any]]]:
    """The pause after one evaluation, and what PostgreSQL was asked."""
    asked: list[tuple[str, Any]] = []

    async def execute(sql: str, values: Any) -> None:
        asked.append((sql, values))

    @asynccontextmanager
    async def nothing() -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def connection(_: Database) -> AsyncIterator[Any]:
        yield SimpleNamespace(execute=execute, transaction=nothing)

    app = application(quality_s=3, quality_orders=50, quality_rows_kept=70)
    monkeypatch.setattr(Database, "connection", connection)
    monkeypatch.setattr(type(app.election.coordinator), "authority", lambda _: epoch)
    quality = ModelQuality(settings=app.settings, database=app.parts.quality, coordinator=app.election.coordinator)
    return asyncio.run(quality.evaluate()), asked


def test_the_leader_evaluates_and_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are bounded by the settings, and due again after the interval."""
    pause_s, asked = evaluated(monkeypatch, epoch=7)
    assert pause_s == 3
    assert asked == [(model_quality.EVALUATE, {"orders": 50}), (model_quality.FORGET, {"kept": 70})]


def test_a_follower_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three instances would write every figure three times."""
    assert evaluated(monkeypatch, epoch=None) == (3, [])
