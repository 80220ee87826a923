"""An instance that has more to do than it can, on real services: a lock in PostgreSQL stands for too much work."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import LiteralString

import httpx
import pytest
from conftest import PATIENT
from services import Services, eventually

pytestmark = pytest.mark.containers

PROGRESS = 4
UNEXECUTED = "SELECT count(*) FROM trading_signals LEFT JOIN orders o USING (signal_id) WHERE o.signal_id IS NULL"


@contextmanager
def locked(services: Services, lock: LiteralString) -> Iterator[None]:
    """Nobody writes to a table meanwhile."""
    with services.connect() as conn, conn.transaction():
        conn.execute(lock)
        yield


def refused(services: Services, reason: str) -> float | None:
    """How many signals the instance says to have refused for this reason."""
    return services.metric("trading-1", f'trading_signals_refused_total{{reason="{reason}"}}')


def test_beyond_its_capacity_an_instance_says_no_at_once_and_keeps_its_yes(services: Services) -> None:
    """While storing hangs all but a few are refused at once; while executing hangs a bounded number is let in.

    What was refused is nowhere, what was acknowledged is executed once, and then everybody is welcome again.
    """
    # Time enough for the lock to be held until the last refusal has come.
    services.app("trading-1", MAX_IN_FLIGHT=PROGRESS, MAX_BACKLOG=20, BACKLOG_POLL_S=0.05, **PATIENT)
    services.ready("trading-1")
    told: dict[str, httpx.Response] = {}
    with ThreadPoolExecutor(20) as pool:
        with locked(services, "LOCK TABLE trading_signals IN EXCLUSIVE MODE"):
            sent: dict[Future[httpx.Response], str] = {
                pool.submit(services.send, "trading-1", f"rush-{n}"): f"rush-{n}" for n in range(20)
            }
            for done in as_completed(sent):
                told[sent[done]] = done.result()
                if len(told) == 20 - PROGRESS:
                    break
            assert {answer.status_code for answer in told.values()} == {429}
            assert {answer.headers["Retry-After"] for answer in told.values()} == {"1"}
        told |= {sent[done]: done.result() for done in sent}
    kept = {one for one, answer in told.items() if answer.status_code == 201}
    assert len(kept) == PROGRESS
    assert refused(services, "in_flight") == 20 - PROGRESS
    with locked(services, "LOCK TABLE orders IN EXCLUSIVE MODE"):
        for number in range(500):
            answer = services.send("trading-1", f"backlog-{number}")
            if answer.status_code != 201:
                break
            kept.add(f"backlog-{number}")
        assert (answer.status_code, answer.json()["reason"]) == (503, "backlog")
    eventually("it takes signals again", lambda: services.send("trading-1", "after").status_code in (200, 201))
    kept.add("after")
    eventually("all are executed", lambda: services.rows(UNEXECUTED) == [(0,)])
    orders = services.rows("SELECT signal_id FROM orders WHERE signal_id ~ '^(rush|backlog|after)'")
    assert sorted(row[0] for row in orders) == sorted(kept)
