"""What a service refuses is told apart from a service that is gone."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisGoneError
from redis.exceptions import NoPermissionError
from starlette.testclient import TestClient
from test_http import application
from trading_app.application import Application
from trading_app.errors import RefusedError, UnavailableError, UncertainError
from trading_app.record import LeadershipRecord
from trading_app.redis_client import RedisClient
from trading_app.rules import Record
from trading_app.server import asgi

LED = Record(leader_id="t-1", epoch=4, remaining_s=20.0)


@pytest.fixture
def app() -> Application:
    """An application without running loops, whose Redis answered last time."""
    made = application()
    made.status.redis.answered()
    return made


def failing(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, error: Exception) -> None:
    """Let a method fail like this."""

    async def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(owner, name, fail)


def samples(app: Application, name: str) -> list[str]:
    """The lines of a metric."""
    told = TestClient(asgi(app)).get("/metrics").text
    return [line for line in told.splitlines() if line.startswith(name)]


def test_a_refused_heartbeat_gets_old_and_redis_stays_up(
    app: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is logged and not counted as sent; Redis and the mode of coordination stay as they were."""
    failing(monkeypatch, RedisClient, "set", RefusedError("no permission"))
    asyncio.run(app.election.beat())
    assert samples(app, "portfolio_manager_last_heartbeat_timestamp") == []
    assert samples(app, "portfolio_manager_fallback_mode") == ["portfolio_manager_fallback_mode 0.0"]
    assert samples(app, "portfolio_manager_source_up{") == ['portfolio_manager_source_up{source="redis"} 1.0']
    assert "heartbeat_refused" in [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]


def test_a_heartbeat_without_an_answer_takes_redis_down(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same call without an answer means that Redis is down."""
    failing(monkeypatch, RedisClient, "set", UnavailableError("silence"))
    asyncio.run(app.election.beat())
    assert samples(app, "portfolio_manager_source_up{") == ['portfolio_manager_source_up{source="redis"} 0.0']


@pytest.mark.parametrize(
    ("error", "kind", "counted"),
    [(NoPermissionError("NOPERM"), RefusedError, 0), (RedisGoneError("gone"), UnavailableError, 1)],
)
def test_an_error_that_redis_answers_is_a_refusal(
    app: Application, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], counted: int
) -> None:
    """Only calls without an answer count as connection errors."""
    redis = app.parts.redis
    failing(monkeypatch, type(redis._redis), "execute_command", error)
    with pytest.raises(UnavailableError) as raised:
        asyncio.run(redis.get("key"))
    assert (type(raised.value), redis.errors) == (kind, counted)


def test_a_source_is_left_out_until_it_was_asked(app: Application) -> None:
    """A source that nobody has asked yet is neither up nor down."""
    app.status.clickhouse.failed(UnavailableError("gone"))
    expected = [
        'portfolio_manager_source_up{source="redis"} 1.0',
        'portfolio_manager_source_up{source="clickhouse"} 0.0',
    ]
    assert samples(app, "portfolio_manager_source_up{") == expected


def test_a_refused_synchronisation_counts_as_failed_and_nothing_else(
    app: Application, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PostgreSQL cancelling one synchronisation takes the lead from nobody and is no defect."""
    election = app.election
    election.coordinator.eligible = True

    async def synced(error: Exception | None) -> None:
        async def answer(*_: Any) -> Record:
            if error is not None:
                raise error
            return LED

        monkeypatch.setattr(LeadershipRecord, "sync", answer)
        await election.sync()

    async def claim(*_: Any) -> int:
        return 5

    monkeypatch.setattr(LeadershipRecord, "claim", claim)
    failing(monkeypatch, RedisClient, "script", UnavailableError("gone"))
    asyncio.run(twice_then(synced, UncertainError("canceling statement")))
    assert samples(app, "portfolio_manager_is_leader") == ["portfolio_manager_is_leader 1.0"]
    attempts = "portfolio_manager_db_sync_attempts_total"
    assert samples(app, attempts) == [f'{attempts}{{result="success"}} 2.0', f'{attempts}{{result="failure"}} 1.0']
    assert "step_failed" not in capsys.readouterr().out


async def twice_then(synced: Callable[[Exception | None], Awaitable[None]], error: Exception) -> None:
    """Two synchronisations that work (the second claims without Redis), then one that is refused."""
    for outcome in (None, None, error):
        await synced(outcome)


def test_the_epoch_of_a_system_that_nobody_led_is_left_out(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Epoch 0 is not shown, so that the first election is no step from 0 to 1; a real epoch is."""
    shown = []
    for epoch in (0, 4):

        async def answer(*_: Any, epoch: int = epoch) -> Record:
            return Record(leader_id=None, epoch=epoch, remaining_s=float("-inf"))

        monkeypatch.setattr(LeadershipRecord, "sync", answer)
        asyncio.run(app.election.sync())
        shown.append(samples(app, "portfolio_manager_leader_epoch"))
    assert shown == [[], ["portfolio_manager_leader_epoch 4.0"]]
