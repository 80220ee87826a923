"""The HTTP side without any service: what an instance says when nothing answers."""

import asyncio
import json
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from trading_app.application import Application
from trading_app.errors import (
    AuthorityLostError,
    FencingConflictError,
    OverloadedError,
    UnavailableError,
    UncertainError,
)
from trading_app.executor import Batch, Executor
from trading_app.inbox import Acceptance, Inbox
from trading_app.live_state import Trades
from trading_app.server import asgi
from trading_app.settings import Settings
from trading_app.signals import Signal
from trading_app.status import RecoveryState

SIGNAL = {
    "signal_id": "s-1",
    "asset": "BTC",
    "side": "BUY",
    "price": 1,
    "quantity": 1,
    "confidence": 1,
    "strategy_id": "x",
    "timestamp": 1_700_000_000,
}


def application(**changes: object) -> Application:
    """An application whose services are a port that nobody listens on."""
    nowhere = {"postgres_port": 1, "redis_port": 1, "clickhouse_port": 1}
    hosts = {"postgres_host": "127.0.0.1", "redis_host": "127.0.0.1", "clickhouse_host": "127.0.0.1"}
    secrets = {"postgres_password": "p", "redis_password": "p", "clickhouse_password": "p", "clickhouse_user": "c"}
    return Application(Settings.model_validate({**nowhere, **hosts, **secrets, "instance_id": "t-1", **changes}))


@pytest.fixture
def app() -> Application:
    """An application that has recovered, without running loops."""
    made = application()
    made.status.recovery.state = RecoveryState.DONE
    return made


@pytest.fixture
def client(app: Application) -> TestClient:
    """A client without the lifespan: no loop runs."""
    return TestClient(asgi(app))


def answering(monkeypatch: pytest.MonkeyPatch, answer: Acceptance | Exception) -> None:
    """Let the inbox answer like this."""

    async def accept(_: Inbox, __: Signal) -> Acceptance:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Inbox, "accept", accept)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Acceptance.NEW, 201),
        (Acceptance.DUPLICATE, 200),
        (Acceptance.CONFLICT, 409),
        (UnavailableError("gone"), 503),
        (UncertainError("hung up"), 504),
    ],
)
def test_answers_to_a_signal(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, answer: Acceptance | Exception, status: int
) -> None:
    """Only a signal that is durable is acknowledged."""
    answering(monkeypatch, answer)
    told = client.post("/signals", json=SIGNAL)
    assert told.status_code == status
    assert (told.json()["status"] == "accepted") is (status < 300)


def test_database_out_of_reach_is_503(client: TestClient) -> None:
    """With nothing listening where PostgreSQL should be, a signal is refused, not acknowledged."""
    told = client.post("/signals", json=SIGNAL)
    assert (told.status_code, told.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 10_000, b'{"price": 1e999}'])
def test_bad_bodies_are_422(client: TestClient, body: bytes) -> None:
    """What is no signal gets a sentence and 422, never a server error."""
    told = client.post("/signals", content=body)
    assert told.status_code == 422
    assert told.json()["error"]


def test_huge_body_is_413(client: TestClient, app: Application) -> None:
    """A body over the limit is refused."""
    assert client.post("/signals", content=b" " * (app.settings.max_body_bytes + 1)).status_code == 413


def test_nothing_is_accepted_before_recovery(client: TestClient, app: Application) -> None:
    """Before its recovery has succeeded an instance takes no signals and is not healthy."""
    app.status.recovery.state = RecoveryState.RUNNING
    assert client.post("/signals", json=SIGNAL).status_code == 503
    assert client.get("/health").status_code == 503


def test_work_in_progress_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One signal more than the limit is turned away at once, and the next is welcome when one is done."""
    made = application(max_in_flight=1)
    made.status.recovery.state = RecoveryState.DONE
    client, inner = TestClient(asgi(made)), list[int]()

    async def accept(_: Inbox, __: Signal) -> Acceptance:
        if not inner:
            inner.append(0)
            told = await asyncio.to_thread(client.post, "/signals", json=SIGNAL)
            inner[0] = told.status_code
        return Acceptance.NEW

    monkeypatch.setattr(Inbox, "accept", accept)
    assert client.post("/signals", json=SIGNAL).status_code == 201
    assert inner == [429]
    assert made.counters.registry.get_sample_value("trading_signals_refused_total", {"reason": "in_flight"}) == 1
    assert client.post("/signals", json=SIGNAL).status_code == 201


def test_a_wait_that_is_too_long_is_refused_before_the_body_is_read(
    client: TestClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody would store in time is turned away unseen, with the time after which to come again; and counted."""
    monkeypatch.setattr(Inbox, "expected_wait_s", 2.5)
    told = client.post("/signals", content=b"no signal at all")
    assert (told.status_code, told.headers["Retry-After"], told.json()["reason"]) == (503, "3", "wait")
    assert app.counters.registry.get_sample_value("trading_signals_refused_total", {"reason": "wait"}) == 1
    assert app.status.postgres.ok is None  # PostgreSQL is not to blame


def test_a_signal_that_waited_too_long_is_refused_and_postgres_not_blamed(
    client: TestClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overload is no outage: the health of PostgreSQL stays as it was."""
    answering(monkeypatch, OverloadedError("too late"))
    told = client.post("/signals", json=SIGNAL)
    assert (told.status_code, told.headers["Retry-After"], told.json()["reason"]) == (503, "1", "late")
    assert app.status.postgres.ok is None


def test_health_names_every_component(client: TestClient, app: Application) -> None:
    """Health tells which service is down and why; without Redis an instance is degraded and still healthy."""
    app.status.postgres.answered()
    app.status.redis.failed(UnavailableError("refused"))
    told = client.get("/health")
    assert (told.status_code, told.json()["status"]) == (200, "degraded")
    assert told.json()["components"]["redis"] == {"status": "down", "error": "refused"}
    app.status.postgres.failed(UnavailableError("gone"))
    assert client.get("/health").status_code == 503


def test_metrics_leave_out_what_is_unknown(client: TestClient) -> None:
    """Ages and figures that nobody has measured yet are absent; the contract's content type is plain text."""
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = {line.split("{")[0].split(" ")[0] for line in told.text.splitlines() if not line.startswith("#")}
    unknown = {
        "redis_tss_last_update_timestamp_seconds",
        "portfolio_manager_last_heartbeat_timestamp",
        "portfolio_manager_recovery_time_ms",
        "clickhouse_slippage_average",
        "portfolio_manager_leader_epoch",
        "portfolio_manager_leader_db_info",
        "trading_realized_pnl",
        "trading_known_bad",
    }
    known = {
        "portfolio_manager_is_leader",
        "portfolio_manager_fencing_conflicts_total",
        "portfolio_manager_leadership_changes_total",
        "portfolio_manager_db_sync_attempts_total",
        "portfolio_manager_recovery_failure_count",
        "redis_tss_signals_received_total",
        "redis_tss_connection_errors_total",
        "redis_tss_signal_processing_latency_bucket",
        "instance_memory_usage",
        "instance_queue_length",
        "instance_start_time_seconds",
        "instance_socket_failures_total",
        "trading_signals_refused_total",
        "trading_signals_in_flight",
        "trading_signals_limit",
        "trading_backlog_seen",
        "trading_expected_wait_seconds",
    }
    assert known <= names
    assert not unknown & names
    assert not {name for name in names if name.endswith("_created")}
    assert "instance=" not in told.text


@pytest.mark.parametrize(("left_s", "told"), [(60.0, True), (-0.1, False)])
def test_a_leader_that_slept_through_its_lease_does_not_tell_what_it_remembers(
    client: TestClient, app: Application, left_s: float, told: bool
) -> None:
    """Seen with a leader that froze for 6 s: for a scrape the boards showed the profit of before."""
    coordinator = app.election.coordinator
    coordinator.view = replace(coordinator.view, epoch=4, act_until=time.monotonic() + left_s)
    app.status.trades, app.status.outbox_pending = Trades(open_trades=1, realized_pnl=2.0, pending=3), 4
    metrics = client.get("/metrics").text
    for name in ("trading_realized_pnl 2.0", "redis_tss_pending_signals 3.0", "trading_outbox_pending 4.0"):
        assert (name in metrics) is told


def test_loops_survive_a_world_without_services(capsys: pytest.CaptureFixture[str]) -> None:
    """Started with nothing in reach, an instance serves health, says DB_UNAVAILABLE and stops quickly."""
    made = application(recovery_backoff_min_s=0.01, recovery_backoff_max_s=0.02)
    with TestClient(asgi(made)) as client:
        while made.status.recovery.failures < 3 or made.status.clickhouse.ok is None:
            told = client.get("/health")
            assert told.status_code == 503
    assert told.json()["recovery"]["error_code"] == "DB_UNAVAILABLE"
    read = made.counters.registry.get_sample_value
    failures = {
        at: read("instance_socket_failures_total", {"target": at}) for at in ("postgres", "redis", "clickhouse")
    }
    assert all(count and count >= 1 for count in failures.values()), failures
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0]["event"] == "started"
    assert events[-1]["event"] == "stopped"
    assert not [event for event in events if event["event"] == "step_failed"]


def test_known_bad_confesses_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """A variant is named in the log, in a header of every answer, in health and in the metrics."""
    with TestClient(asgi(application(known_bad="unique-off"))) as client:
        for path in ("/health", "/metrics", "/nothing"):
            assert client.get(path).headers["X-Trading-Known-Bad"] == "unique-off"
        assert client.get("/health").json()["known_bad"] == ["unique-off"]
        assert 'trading_known_bad{variant="unique-off"} 1.0' in client.get("/metrics").text
    assert "KNOWN_BAD_VARIANT_IS_ON" in capsys.readouterr().out


def test_lost_authority_is_no_fencing_conflict(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch rolled back because the own lease ended is not counted as a conflict; one refused by the record is."""
    raised: list[Exception] = [AuthorityLostError("ended"), FencingConflictError("another epoch")]

    async def work(_: Executor) -> bool:
        return True

    async def execute(_: Executor, __: int) -> Batch:
        raise raised.pop(0)

    monkeypatch.setattr(Executor, "has_work", work)
    monkeypatch.setattr(Executor, "execute", execute)
    monkeypatch.setattr(type(app.election.coordinator), "authority", lambda _: 7)
    counted = []
    for _ in range(2):
        asyncio.run(app.trader.execute())
        counted.append(app.counters.registry.get_sample_value("portfolio_manager_fencing_conflicts_total"))
    assert counted == [0, 1]
