"""Makes signals durable: what `accept` has returned for is on disk in PostgreSQL.

Signals that arrive while a commit is under way share the next one. One signal alone waits for nobody; on a busy
machine the commits get larger instead of more, so a burst does not become a pile of timeouts.

A signal that would wait for longer than anybody cares is not taken up at all: its sender is told so, and nothing of it
was stored.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, LiteralString

from psycopg import Error
from psycopg.types.json import Jsonb

from trading_app.database import Database
from trading_app.errors import OverloadedError, UnavailableError, UncertainError
from trading_app.signals import Signal

# One statement, one commit: the signals and their places in the queue. Sorted, so that two batches never deadlock.
ACCEPT: LiteralString = """
WITH accepted AS (
    INSERT INTO trading_signals (signal_id, asset, side, price, quantity, confidence, strategy_id,
        model_version, is_warmup, market_data_snapshot, timestamp, accepted_by)
    SELECT signal_id, asset, side, price, quantity, confidence, strategy_id,
        model_version, is_warmup, market_data_snapshot, timestamp, %(me)s
    FROM jsonb_to_recordset(%(rows)s) AS r(signal_id text, asset text, side text, price double precision,
        quantity double precision, confidence double precision, strategy_id text, model_version text,
        is_warmup boolean, market_data_snapshot jsonb, timestamp timestamptz)
    ORDER BY signal_id
    ON CONFLICT (signal_id) DO NOTHING RETURNING signal_id
)
INSERT INTO pending_signals (signal_id) SELECT signal_id FROM accepted RETURNING signal_id
"""

# A statement of its own: a concurrent twin's row is visible only to the next one.
SAME: LiteralString = """
SELECT s.signal_id
FROM jsonb_to_recordset(%(rows)s) AS r(signal_id text, asset text, side text, price double precision,
    quantity double precision, confidence double precision, strategy_id text, model_version text,
    is_warmup boolean, market_data_snapshot jsonb, timestamp timestamptz)
JOIN trading_signals s USING (signal_id)
WHERE (s.asset, s.side, s.price, s.quantity, s.confidence, s.strategy_id, s.model_version, s.is_warmup,
       s.market_data_snapshot, s.timestamp)
    IS NOT DISTINCT FROM (r.asset, r.side, r.price, r.quantity, r.confidence, r.strategy_id, r.model_version,
       r.is_warmup, r.market_data_snapshot, r.timestamp)
"""


class Acceptance(StrEnum):
    """What became of a signal."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A signal, since when it waits, and the promise to its sender."""

    signal: Signal
    since: float
    answer: "asyncio.Future[Acceptance]"


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Accepts signals for one instance.

    Args:
        database: connections for accepting.
        instance_id: this instance.
        writers: most commits at a time.
        batch: most signals in one commit.
        within_s: the longest that a signal may wait for a commit to take it up.
        clock: monotonic seconds.
        heard: told how long each commit took, s; infinity for one that failed.
    """

    database: Database
    instance_id: str
    writers: int
    batch: int
    within_s: float = math.inf
    clock: Callable[[], float] = time.monotonic
    heard: Callable[[float], None] = lambda _: None
    _usual_s: float = 0.0
    _begun: list[float] = field(default_factory=list)
    _queue: deque[_Waiting] = field(default_factory=deque)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _writing: int = 0

    @property
    def waiting(self) -> int:
        """Signals that no commit has taken up yet."""
        return len(self._queue)

    @property
    def expected_wait_s(self) -> float:
        """How long a signal that came now would wait for a commit to take it up, by how long commits took of late.

        0 with a writer free, however slow commits are: somebody has to find out when they are quick again.
        """
        if self._writing < self.writers or not self._begun:
            return 0.0
        age_s = self.clock() - self._begun[-1]
        # One that takes longer than usual may hang: it is believed to last once more what it has lasted.
        rest_s = self._usual_s - age_s if age_s < self._usual_s else age_s
        rounds_ahead = len(self._queue) // self.batch // self.writers
        return rest_s + rounds_ahead * self._usual_s

    async def accept(self, signal: Signal) -> Acceptance:
        """Store a signal; the same one again is a duplicate, another one under the same id a conflict.

        Raises:
            OverloadedError: no commit took the signal up in time; it is not stored.
            UnavailableError: PostgreSQL cannot be used; the signal is not stored.
            UncertainError: PostgreSQL did not confirm; the signal may be stored, sending it again is safe.
        """
        waiting = _Waiting(signal=signal, since=self.clock(), answer=asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._writing < self.writers:
            self._writing += 1
            task = asyncio.create_task(self._write())
            self._tasks.add(task)  # the loop itself would not keep it alive
            task.add_done_callback(self._tasks.discard)
        return await waiting.answer

    async def _write(self) -> None:
        """Commit batch after batch until nobody waits."""
        try:
            while batch := self._next_batch():
                await self._commit(batch)
        finally:
            self._writing -= 1  # in the same step as finding nobody, or the next signal would find no writer

    async def _commit(self, batch: list[_Waiting]) -> None:
        """Store a batch and tell its senders."""
        begun = self.clock()
        self._begun.append(begun)
        try:
            answers = await self._store([waiting.signal for waiting in batch])
        except UnavailableError as error:
            self.heard(math.inf)
            self._usual_s = 0.0  # what failed says nothing of how long a good one takes
            _refuse(batch, error)
            behind = UnavailableError(str(error))  # never asked for; they would only wait for the same answer
            _refuse(self._queue, behind)
            self._queue.clear()
        except Error as error:
            _refuse(batch, UnavailableError(f"PostgreSQL refused the batch: {error}"))
        else:
            self._took(self.clock() - begun)
            for waiting in batch:
                if not waiting.answer.done():  # its sender may have left
                    waiting.answer.set_result(answers[waiting.signal.signal_id])
        finally:
            self._begun.remove(begun)
            _refuse(batch, UncertainError("storing it ended unexpectedly"))  # whatever happened, nobody is left waiting

    def _took(self, took_s: float) -> None:
        """Remember how long commits take: mostly the last few."""
        self.heard(took_s)
        self._usual_s += (took_s - self._usual_s) * (0.25 if self._usual_s else 1.0)

    def _turn_away(self) -> None:
        """Whoever has waited too long is not worth a commit; the longest waiting stand first."""
        too_early = self.clock() - self.within_s
        while self._queue and self._queue[0].since < too_early:
            told = f"no commit took the signal up within {self.within_s:g} s"
            _refuse([self._queue.popleft()], OverloadedError(told))

    def _next_batch(self) -> list[_Waiting]:
        """The longest waiting, each id once: a twin in the same statement could not be told apart."""
        self._turn_away()
        batch: dict[str, _Waiting] = {}
        while self._queue and len(batch) < self.batch and self._queue[0].signal.signal_id not in batch:
            waiting = self._queue.popleft()
            batch[waiting.signal.signal_id] = waiting
        return list(batch.values())

    async def _store(self, signals: Sequence[Signal]) -> dict[str, Acceptance]:
        """Store signals in one commit; what was there before is compared."""
        async with self.database.connection() as conn:
            values = {"rows": Jsonb([row_of(signal) for signal in signals]), "me": self.instance_id}
            new = {row[0] async for row in await conn.execute(ACCEPT, values)}
            known = [signal for signal in signals if signal.signal_id not in new]
            same: set[str] = set()
            if known:
                values = {"rows": Jsonb([row_of(signal) for signal in known])}
                same = {row[0] async for row in await conn.execute(SAME, values)}
        answers = dict.fromkeys((signal.signal_id for signal in known), Acceptance.CONFLICT)
        return answers | dict.fromkeys(same, Acceptance.DUPLICATE) | dict.fromkeys(new, Acceptance.NEW)


def row_of(signal: Signal) -> dict[str, Any]:
    """A signal as the statements here take it."""
    return {**signal.model_dump(exclude={"timestamp"}), "timestamp": signal.timestamp.isoformat()}


def _refuse(waiting: Iterable[_Waiting], error: UnavailableError) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(type(error)(*error.args))
