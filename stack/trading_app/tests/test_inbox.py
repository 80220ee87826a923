"""Signals that share commits, and what each sender is told."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from trading_app.database import Database
from trading_app.errors import UnavailableError
from trading_app.inbox import Acceptance, Inbox
from trading_app.signals import Signal


def signal(signal_id: str) -> Signal:
    """A signal like any other."""
    usual = {"asset": "BTC", "side": "BUY", "price": 1, "quantity": 1, "confidence": 1, "strategy_id": "x"}
    return Signal.model_validate({"signal_id": signal_id, **usual, "timestamp": 1_700_000_000})


class Held(Inbox):
    """An inbox whose commits wait until the test lets them end."""

    commits: list[list[str]]
    gate: asyncio.Event
    failing: bool

    async def _store(self, signals: Sequence[Signal]) -> dict[str, Acceptance]:
        self.commits.append([one.signal_id for one in signals])
        await self.gate.wait()
        if self.failing:
            raise UnavailableError("gone")
        return {one.signal_id: Acceptance.NEW for one in signals}


def held(**changes: Any) -> Held:
    """One writer, three signals a commit."""
    nowhere = Database(target={"application_name": "t"}, purpose="t", size=1, timeout_s=1, idle_limit_s=1)
    inbox = Held(database=nowhere, instance_id="t", **{"writers": 1, "batch": 3, **changes})
    inbox.commits, inbox.gate, inbox.failing = [], asyncio.Event(), False
    return inbox


async def send(inbox: Held, ids: Sequence[str]) -> list[asyncio.Task[Acceptance]]:
    """Send signals at once; each has reached the inbox when this returns."""
    tasks = [asyncio.create_task(inbox.accept(signal(one))) for one in ids]
    for _ in range(5):
        await asyncio.sleep(0)  # lets the tasks run up to their wait
    return tasks


def test_those_who_wait_share_the_next_commit() -> None:
    """The first signal is committed alone and at once, those behind it together, up to the batch."""

    async def story() -> list[list[str]]:
        inbox = held()
        first = await send(inbox, ["a"])
        rest = await send(inbox, ["b", "c", "d", "e"])
        assert inbox.commits == [["a"]]
        assert inbox.waiting == 4
        assert not any(task.done() for task in first + rest)
        inbox.gate.set()
        assert set(await asyncio.gather(*first, *rest)) == {Acceptance.NEW}
        return inbox.commits

    assert asyncio.run(story()) == [["a"], ["b", "c", "d"], ["e"]]


def test_twins_are_never_in_one_commit() -> None:
    """The same id twice is settled in two commits, so that one sender is told of the other's signal."""

    async def story() -> list[list[str]]:
        inbox = held()
        tasks = await send(inbox, ["a"]) + await send(inbox, ["b", "b", "c"])
        inbox.gate.set()
        await asyncio.gather(*tasks)
        return inbox.commits

    assert asyncio.run(story()) == [["a"], ["b"], ["b", "c"]]


def test_failure_is_told_to_everybody_at_once() -> None:
    """When a commit fails, those waiting behind it are refused too instead of each waiting for a timeout."""

    async def story() -> tuple[list[Any], list[list[str]]]:
        inbox = held()
        inbox.failing = True
        tasks = await send(inbox, ["a", "b", "c", "d", "e"])
        inbox.gate.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        return told, inbox.commits

    told, commits = asyncio.run(story())
    assert [type(one) for one in told] == [UnavailableError] * 5
    assert len(commits) == 1


@pytest.mark.parametrize("writers", [1, 2])
def test_sender_that_left_spoils_nothing(writers: int) -> None:
    """A sender that hangs up during the commit does not disturb the others, and the inbox goes on."""

    async def story() -> list[Acceptance]:
        inbox = held(writers=writers)
        tasks = await send(inbox, ["a", "b"])
        tasks[0].cancel()
        inbox.gate.set()
        await asyncio.wait(tasks)
        return [await tasks[1], await inbox.accept(signal("c"))]

    assert asyncio.run(story()) == [Acceptance.NEW, Acceptance.NEW]


def test_next_signal_of_the_same_sender_is_not_forgotten() -> None:
    """A sender that sends again the moment it is answered finds a writer, even as the last one is just leaving."""

    async def story() -> list[Acceptance]:
        inbox = held()
        inbox.gate.set()

        async def sender() -> list[Acceptance]:
            return [await inbox.accept(signal(one)) for one in "abcde"]

        async with asyncio.timeout(5):
            return await sender()

    assert asyncio.run(story()) == [Acceptance.NEW] * 5
