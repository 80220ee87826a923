"""The known-bad variants on the way of a signal, each beside the good application in the same story."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from test_http import SIGNAL, application
from trading_app.application import Application
from trading_app.clickhouse import ClickHouse
from trading_app.database import Database
from trading_app.errors import UnavailableError
from trading_app.inbox import Acceptance, Inbox
from trading_app.known_bad.redis_alone import UnaskedExecutor
from trading_app.lease import RedisLease
from trading_app.outbox import Outbox
from trading_app.recovery import RecoveryCode
from trading_app.redis_client import RedisClient
from trading_app.server import asgi
from trading_app.signals import Signal
from trading_app.status import RecoveryState


def recovered(name: str) -> Application:
    """An application with that variant, or none, whose PostgreSQL is a port that nobody listens on."""
    made = application(known_bad=name, recovery_backoff_min_s=0.01, recovery_backoff_max_s=0.01)
    made.status.recovery.state = RecoveryState.DONE
    return made


def holding(monkeypatch: pytest.MonkeyPatch, holder: str | None) -> None:
    """Let the lease in Redis be this."""

    async def answer(_: RedisLease) -> str | None:
        return holder

    monkeypatch.setattr(RedisLease, "holder", answer)


@pytest.mark.parametrize(("name", "status"), [("", 503), ("ack-before-commit", 201)])
def test_an_acknowledgement_without_a_commit(name: str, status: int) -> None:
    """With PostgreSQL out of reach a signal is refused; ack-before-commit acknowledges it, and it is nowhere."""
    made = recovered(name)
    assert TestClient(asgi(made)).post("/signals", json=SIGNAL).status_code == status
    assert (made.counters.registry.get_sample_value("redis_tss_signals_received_total") == 1) is (status == 201)


@pytest.mark.parametrize(("name", "status"), [("", 429), ("no-admission", 201)])
def test_the_door_stands_open(monkeypatch: pytest.MonkeyPatch, name: str, status: int) -> None:
    """With as much in progress as may be a signal is refused; no-admission lets it in, however long it will wait."""

    async def store(_: Inbox, signals: Sequence[Signal]) -> dict[str, Acceptance]:
        return {one.signal_id: Acceptance.NEW for one in signals}

    monkeypatch.setattr(Inbox, "_store", store)
    made = recovered(name)
    made.parts.admission.in_flight = 10_000
    assert TestClient(asgi(made)).post("/signals", json=SIGNAL).status_code == status
    assert (made.parts.inbox.within_s == math.inf) is bool(name)


def test_an_acknowledged_signal_is_stored_later_if_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """ack-before-commit loses nothing while PostgreSQL works: it looks like the good application."""
    stored: list[str] = []

    async def store(_: Inbox, signals: Sequence[Signal]) -> dict[str, Acceptance]:
        stored.extend(one.signal_id for one in signals)
        return {one.signal_id: Acceptance.NEW for one in signals}

    monkeypatch.setattr(Inbox, "_store", store)

    async def story() -> None:
        inbox = recovered("ack-before-commit").parts.inbox
        await inbox.accept(Signal.model_validate(SIGNAL))
        assert stored == []
        await asyncio.gather(*inbox._tasks)
        await asyncio.gather(*inbox._tasks)  # the writer, which the first one starts

    asyncio.run(story())
    assert stored == [SIGNAL["signal_id"]]


@pytest.mark.parametrize(
    ("name", "holder", "status"),
    [
        ("", "t-1:4", 503),
        ("redis-alone", "t-1:4", 201),
        ("redis-alone", "t-2:4", 503),
        ("redis-alone", "t-1:0", 503),
        ("redis-alone", None, 503),
    ],
)
def test_the_lease_alone_acknowledges(
    monkeypatch: pytest.MonkeyPatch, name: str, holder: str | None, status: int
) -> None:
    """Without PostgreSQL a signal is refused; redis-alone acknowledges it where the lease in Redis is its own."""
    holding(monkeypatch, holder)
    made = recovered(name)
    assert TestClient(asgi(made)).post("/signals", json=SIGNAL).status_code == status


def test_kept_signals_are_executed_under_the_epoch_of_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """When PostgreSQL is back, redis-alone executes what it kept under the epoch that the lease had at that time."""
    answers: list[Exception | None] = [UnavailableError("still gone"), None]
    settled: list[tuple[list[str], int]] = []

    async def settle(_: UnaskedExecutor, signals: Sequence[Signal], epoch: int) -> None:
        if error := answers.pop(0):
            raise error
        settled.append(([one.signal_id for one in signals], epoch))

    monkeypatch.setattr(UnaskedExecutor, "settle", settle)
    holding(monkeypatch, "t-1:4")

    async def story() -> None:
        inbox = recovered("redis-alone").parts.inbox
        await inbox.accept(Signal.model_validate(SIGNAL))
        holding(monkeypatch, "t-2:5")
        with pytest.raises(UnavailableError):
            await inbox.accept(Signal.model_validate({**SIGNAL, "signal_id": "later"}))
        await asyncio.gather(*inbox._tasks)

    asyncio.run(story())
    assert settled == [([SIGNAL["signal_id"]], 4)]


class Rows:
    """A connection that answers every question with the same rows."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows = list(rows)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Changes nothing."""
        yield

    async def execute(self, *_: object) -> "Rows":
        """The rows."""
        return self

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """All of them."""
        return self._rows


def answering(monkeypatch: pytest.MonkeyPatch, *rows: tuple[Any, ...]) -> None:
    """Let PostgreSQL answer with these rows."""

    @asynccontextmanager
    async def connection(_: Database, __: float | None = None) -> AsyncIterator[Rows]:
        yield Rows(rows)

    monkeypatch.setattr(Database, "connection", connection)


@pytest.mark.parametrize(("name", "kept"), [("", 1), ("ship-twice", 2)])
def test_an_unclear_answer_doubles_what_is_merged_by_attempt(
    monkeypatch: pytest.MonkeyPatch, name: str, kept: int
) -> None:
    """An execution that arrives twice merges into one row; under ship-twice both stay."""
    answering(monkeypatch, (1, {"execution_id": "e-1", "executed_at": 1_700_000_000}))
    stored: dict[tuple[Any, ...], dict[str, Any]] = {}
    answers: list[Exception | None] = [UnavailableError("the answer got lost"), None]

    async def insert(self: ClickHouse, rows: Sequence[dict[str, Any]]) -> None:
        key = self.create_table.rpartition("ORDER BY ")[2].strip(" ()\n").split(", ")
        stored.update({tuple(row[column] for column in key): row for row in rows})
        if error := answers.pop(0):
            raise error

    monkeypatch.setattr(ClickHouse, "insert", insert)

    async def story(outbox: Outbox) -> None:
        with pytest.raises(UnavailableError):
            await outbox.ship(older_than_s=0)
        await outbox.ship(older_than_s=0)

    asyncio.run(story(recovered(name).parts.outbox))
    assert [row["execution_id"] for row in stored.values()] == ["e-1"] * kept


DAMAGED = [
    (("BTC", 2.0, 100.0, 5.0, 4.02, 40.0), RecoveryCode.VALIDATION_FAILED),
    (("BTC", float("nan"), 100.0, 5.0, 4.0, 40.0), RecoveryCode.DATA_CORRUPT),
]


@pytest.mark.parametrize(("row", "code"), DAMAGED)
@pytest.mark.parametrize("name", ["", "skip-validation"])
def test_a_damaged_book_is_traded_on(
    monkeypatch: pytest.MonkeyPatch, name: str, row: tuple[Any, ...], code: RecoveryCode
) -> None:
    """A position that is off halts the instance; skip-validation trades on it and says that nothing is wrong."""
    answering(monkeypatch, row)
    made = recovered(name)
    asyncio.run(made._recover(asyncio.Event()))
    good = not name
    assert made.election.coordinator.eligible is not good
    assert made.status.can_accept() is not good
    assert made.status.recovery.error is (code if good else RecoveryCode.NONE)


@pytest.mark.parametrize(("name", "compares"), [("", True), ("blind-lease", False)])
def test_blind_scripts_compare_nothing(monkeypatch: pytest.MonkeyPatch, name: str, compares: bool) -> None:
    """What Redis is asked to run looks at the owner before it extends or deletes; under blind-lease it does not."""
    sent: list[str] = []

    async def script(_: RedisClient, lua: str, __: list[str], ___: list[str]) -> str:
        sent.append(lua)
        return "t-1:4"

    monkeypatch.setattr(RedisClient, "script", script)
    lease = recovered(name).parts.lease

    async def story() -> None:
        await lease.renew(4)
        await lease.release(4)

    asyncio.run(story())
    assert ["if" in lua for lua in sent] == [compares, compares]


@pytest.mark.parametrize(("name", "key"), [("", "execution_id"), ("ship-twice", "shipment_id")])
def test_the_table_merges_by_that_id(monkeypatch: pytest.MonkeyPatch, name: str, key: str) -> None:
    """The table that an instance makes merges executions by execution; under ship-twice by attempt."""
    sent: list[str] = []

    async def run(_: ClickHouse, query: str, __: str = "") -> str:
        sent.append(query)
        return ""

    monkeypatch.setattr(ClickHouse, "_run", run)
    asyncio.run(recovered(name).parts.clickhouse.insert([{"execution_id": "e-1"}]))
    assert sent[0].strip().endswith(f"ORDER BY (executed_at, {key})")


@pytest.mark.parametrize(("name", "epoch"), [("", None), ("wall-clock", 4)])
def test_a_clock_that_is_set_back_prolongs_the_lead(
    monkeypatch: pytest.MonkeyPatch, name: str, epoch: int | None
) -> None:
    """A deadline that has passed stays passed when somebody sets the clock; under wall-clock it does not."""
    set_by_s = [0.0]
    machine = time.time
    monkeypatch.setattr(time, "time", lambda: machine() + set_by_s[0])
    coordinator = recovered(name).election.coordinator
    coordinator.view = replace(coordinator.view, epoch=4, act_until=coordinator._clock() - 1800)
    assert coordinator.authority() is None
    set_by_s[0] = -3600
    assert coordinator.authority() == epoch


def test_variants_replace_different_parts() -> None:
    """Variants that are on together all stay on."""
    parts = recovered("ack-before-commit,blind-lease,ship-twice,skip-validation,wall-clock").parts
    good = recovered("").parts
    assert type(parts.inbox) is not type(good.inbox)
    assert parts.lease.renew_lua != good.lease.renew_lua
    assert parts.clickhouse.create_table != good.clickhouse.create_table
    assert parts.trusted is not good.trusted
    assert parts.clock is not good.clock
    assert replace(parts.outbox, sink=good.outbox.sink, database=good.outbox.database) == good.outbox
