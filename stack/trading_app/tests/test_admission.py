"""Beyond the capacity: who is let in, how quickly the others are told, and what both are worth."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trading_app.admission import AT_LEAST, LOOK_S, MORE, Admission, Reason
from trading_app.backlog import Backlog
from trading_app.database import Database
from trading_app.errors import OverloadedError, UnavailableError
from trading_app.inbox import Acceptance, Inbox
from trading_app.known_bad.no_admission import OpenDoor
from trading_app.signals import Signal
from virtual_time import played

USUAL = {"asset": "BTC", "side": "BUY", "price": 1, "quantity": 1, "confidence": 1, "strategy_id": "x"}
NOWHERE = Database(target={"application_name": "t"}, purpose="t", size=1, timeout_s=1, idle_limit_s=1)


class Paced(Inbox):
    """An inbox whose commits take as long as they are told to, in virtual time."""

    took_s: float
    each_s: float
    stored: list[str]
    failing: bool

    async def _store(self, signals: Sequence[Signal]) -> dict[str, Acceptance]:
        await asyncio.sleep(self.took_s + self.each_s * len(signals))
        if self.failing:
            raise UnavailableError("gone")
        self.stored += [one.signal_id for one in signals]
        return {one.signal_id: Acceptance.NEW for one in signals}


def paced(took_s: float, **changes: Any) -> Paced:
    """Of one writer, ten signals a commit."""
    given: dict[str, Any] = {"writers": 1, "batch": 10, "within_s": 1.0, **changes}
    inbox = Paced(database=NOWHERE, instance_id="t", clock=asyncio.get_running_loop().time, **given)
    inbox.took_s, inbox.each_s, inbox.stored, inbox.failing = took_s, 0.0, [], False
    return inbox


@dataclass(slots=True)
class Door:
    """What senders saw: how long each waited for its yes or its no."""

    admission: Admission
    inbox: Paced
    yes_s: dict[str, float] = field(default_factory=dict)
    no_s: dict[str, float] = field(default_factory=dict)
    reasons: Counter[Reason] = field(default_factory=Counter)

    async def send(self, signal_id: str) -> None:
        """One signal, as the HTTP side treats it."""
        clock = asyncio.get_running_loop().time
        came = clock()
        if refusal := self.admission.refusal(self.inbox.expected_wait_s):
            self.no_s[signal_id] = clock() - came
            self.reasons[refusal.reason] += 1
            return
        with self.admission.working():
            try:
                await self.inbox.accept(Signal.model_validate({"signal_id": signal_id, **USUAL, "timestamp": 1e9}))
            except OverloadedError:
                self.no_s[signal_id] = clock() - came
                self.reasons[Reason.LATE] += 1
            else:
                self.yes_s[signal_id] = clock() - came

    async def rush(self, per_s: float, for_s: float) -> None:
        """So many signals a second, whatever the answers do; ends when all are answered."""
        async with asyncio.TaskGroup() as senders:
            for number in range(int(per_s * for_s)):
                senders.create_task(self.send(f"s-{number}"))
                await asyncio.sleep(1 / per_s)


@pytest.mark.parametrize(
    ("in_flight", "wait_s", "lag_s", "status", "reason", "retry_after_s"),
    [
        (2, 0.0, 0.0, 429, Reason.IN_FLIGHT, 1),
        (1, 1.1, 0.0, 503, Reason.WAIT, 2),
        (1, 0.6, 0.6, 503, Reason.WAIT, 2),
        (0, 0.0, 1.1, 503, Reason.WAIT, 2),
    ],
)
def test_refused_before_any_work(
    in_flight: int, wait_s: float, lag_s: float, status: int, reason: Reason, retry_after_s: int
) -> None:
    """Too many in progress, too long a wait ahead, or a loop that is behind: each alone is enough for a no."""
    admission = Admission(max_in_flight=2, within_s=1.0, max_backlog=10, in_flight=in_flight, lag_s=lag_s)
    refusal = admission.refusal(wait_s)
    assert refusal is not None
    assert (refusal.status, refusal.reason, refusal.retry_after_s) == (status, reason, retry_after_s)
    at_the_bounds = Admission(max_in_flight=2, within_s=1.0, max_backlog=10, in_flight=1, lag_s=0.5, backlog=9)
    assert at_the_bounds.refusal(0.5) is None
    at_the_bounds.backlog = 10
    assert [getattr(at_the_bounds.refusal(0.5), name) for name in ("reason", "status")] == [Reason.BACKLOG, 503]


def test_slow_commits_narrow_the_door_and_quick_ones_widen_it() -> None:
    """Down to a few after slow or failed commits, up to the most after quick ones, but only where more is asked for."""
    admission = Admission(max_in_flight=100, within_s=1.0, slow_s=0.25)
    at_first = admission.limit
    admission.heard(0.01)
    assert admission.limit == at_first
    admission.in_flight = 99
    for _ in range(50):
        admission.heard(0.01)
    assert admission.limit == 100
    admission.heard(0.3)
    assert admission.limit == 80
    for _ in range(50):
        admission.heard(math.inf)
    assert admission.limit == AT_LEAST
    admission.in_flight = 1
    for _ in range(50):
        admission.heard(0.01)
    assert at_first <= admission.limit < at_first + MORE


def test_at_four_times_the_capacity_as_much_gets_through_as_can_and_in_time() -> None:
    """100 signals a second can be stored and 400 come: 100 a second are, none late; the others learn it at once."""

    async def story() -> Door:
        admission = Admission(max_in_flight=128, within_s=1.0, slow_s=0.25)
        door = Door(admission, paced(0.1, heard=admission.heard))
        await door.rush(per_s=400, for_s=5)
        return door

    door = played(story())
    assert len(door.yes_s) >= 0.95 * 100 * 5
    assert max(door.yes_s.values()) <= 1.0 + 2 * 0.1
    assert max(door.no_s.values()) == 0
    assert len(door.yes_s) + len(door.no_s) == 2000
    assert sorted(door.inbox.stored) == sorted(door.yes_s)


@settings(max_examples=25, deadline=None)
@given(
    took_s=st.floats(0.01, 0.5),
    batch=st.integers(1, 50),
    writers=st.integers(1, 3),
    times=st.floats(1.5, 6),
    max_in_flight=st.integers(4, 300),
)
def test_whatever_the_rush_every_promise_holds(
    took_s: float, batch: int, writers: int, times: float, max_in_flight: int
) -> None:
    """Nobody waits longer than the bound and two commits; nothing refused is stored; a yes is stored once."""
    capacity_per_s = batch * writers / took_s

    async def story() -> Door:
        admission = Admission(max_in_flight=max_in_flight, within_s=1.0, slow_s=0.25)
        door = Door(admission, paced(took_s, batch=batch, writers=writers, heard=admission.heard))
        await door.rush(per_s=capacity_per_s * times, for_s=min(3.0, 2000 / capacity_per_s / times))
        return door

    door = played(story())
    assert max([*door.yes_s.values(), *door.no_s.values()]) <= 1.0 + 2 * took_s + 1e-6
    assert sorted(door.inbox.stored) == sorted(door.yes_s)
    assert not set(door.no_s) & set(door.yes_s)
    assert door.admission.in_flight == 0


def test_where_commits_get_slower_with_their_size_they_are_kept_quick() -> None:
    """PostgreSQL needs 5 ms for each signal, bundled or not: 200 a second, in commits that stay near the bound."""

    async def story() -> tuple[Door, list[float]]:
        took: list[float] = []
        admission = Admission(max_in_flight=500, within_s=5.0, slow_s=0.25)

        def heard(took_s: float) -> None:
            took.append(took_s)
            admission.heard(took_s)

        inbox = paced(0.0, batch=500, heard=heard)
        inbox.each_s = 0.005
        door = Door(admission, inbox)
        await door.rush(per_s=800, for_s=5)
        return door, took

    door, took = played(story())
    assert sorted(took)[int(0.9 * len(took))] < 0.35
    assert len(door.yes_s) >= 0.9 * 200 * 5
    assert max(door.yes_s.values()) < 1.0


def test_without_a_door_everybody_waits_longer_than_the_one_before() -> None:
    """The same rush with no-admission: nobody is refused, and at its end signals wait for a quarter of a minute."""

    async def story() -> Door:
        door = Door(OpenDoor(max_in_flight=128, within_s=1.0), paced(0.1, within_s=math.inf))
        await door.rush(per_s=400, for_s=5)
        return door

    door = played(story())
    assert len(door.yes_s) == 2000
    assert max(door.yes_s.values()) > 14


def test_who_waited_too_long_is_told_and_not_stored() -> None:
    """When commits turn slow behind those let in, the late ones get a no that is true, and the rest a yes."""

    async def story() -> Door:
        door = Door(Admission(max_in_flight=1000, within_s=1.0, limit=1000), paced(0.01))
        await door.send("first")  # commits are quick, as far as anybody knows
        door.inbox.took_s = 0.6
        await door.rush(per_s=2000, for_s=0.02)
        return door

    door = played(story())
    assert door.reasons[Reason.LATE] > 0
    assert sorted(door.inbox.stored) == sorted(door.yes_s)
    assert max(door.no_s.values()) <= 1.0 + 2 * 0.6


def test_a_commit_that_hangs_closes_the_door() -> None:
    """Behind one that has hung for as long as the bound nobody is let in, and after it failed somebody is."""

    async def story() -> list[float]:
        inbox = paced(0.01)
        await inbox.accept(Signal.model_validate({"signal_id": "quick", **USUAL, "timestamp": 1e9}))
        inbox.took_s, inbox.failing = 2.0, True
        hanging = asyncio.create_task(
            inbox.accept(Signal.model_validate({"signal_id": "hangs", **USUAL, "timestamp": 1e9}))
        )
        waits = []
        for _ in range(4):
            await asyncio.sleep(0.6)
            waits.append(inbox.expected_wait_s)
        with pytest.raises(UnavailableError):
            await hanging
        return waits

    waits = played(story())
    assert waits[:3] == pytest.approx([0.6, 1.2, 1.8])
    assert waits[3] == 0


def test_the_loop_says_how_late_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the loop busy shows as its lag, and is gone with the next look."""

    async def story() -> list[float]:
        admission, loop, seen = Admission(max_in_flight=1, within_s=1.0), asyncio.get_running_loop(), []
        for busy_s in (0.7, 0.0):
            looking = asyncio.create_task(admission.look())
            await asyncio.sleep(0)
            now = loop.time()
            monkeypatch.setattr(loop, "time", lambda now=now, busy_s=busy_s: now + LOOK_S + busy_s)
            await looking
            monkeypatch.undo()
            seen.append(admission.lag_s)
        return seen

    assert played(story()) == pytest.approx([0.7, 0.0], abs=1e-6)


@pytest.mark.parametrize(("answer", "seen", "due_s"), [(7, 7, 0.25), (None, 0, 1.0)])
def test_the_backlog_is_what_postgres_counts(
    monkeypatch: pytest.MonkeyPatch, answer: int | None, seen: int, due_s: float
) -> None:
    """The door knows how many wait to be executed; where PostgreSQL does not tell, nobody is kept out for it."""

    class Rows:
        async def execute(self, *_: object) -> "Rows":
            return self

        async def fetchone(self) -> tuple[int]:
            assert answer is not None
            return (answer,)

    @asynccontextmanager
    async def connection(_: Database, __: float | None = None) -> AsyncIterator[Rows]:
        if answer is None:
            raise UnavailableError("gone")
        yield Rows()

    monkeypatch.setattr(Database, "connection", connection)
    admission = Admission(max_in_flight=1, within_s=1.0, backlog=99)
    backlog = Backlog(database=NOWHERE, admission=admission, every_s=0.25)
    assert asyncio.run(backlog.count()) == due_s
    assert admission.backlog == seen
