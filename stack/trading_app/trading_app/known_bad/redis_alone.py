"""KNOWN BAD, redis-alone: without PostgreSQL, whoever holds the lease in Redis goes on as if nothing had happened.

It leads for as long as the lease is its own, acknowledges signals that it keeps in memory, and executes them when
PostgreSQL is back, under the epoch that it had then and without asking the record. So it acts in an old epoch if
another has led meanwhile, and what it kept is lost if it dies. Everything else keeps its fence.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from psycopg import Error
from psycopg.types.json import Jsonb

from trading_app.errors import UnavailableError
from trading_app.executor import Executor
from trading_app.inbox import ACCEPT, Acceptance, Inbox, row_of
from trading_app.known_bad.rebuilt import rebuilt
from trading_app.lease import RedisLease
from trading_app.outbox import Backoff
from trading_app.parts import Parts
from trading_app.rules import CANDIDATE, Mode, Rules, View, owner
from trading_app.settings import Settings
from trading_app.signals import Signal


class RulesByLease(Rules):
    """Who holds the lease in Redis leads, whatever became of the one in PostgreSQL."""

    __slots__ = ()

    def authority(self, view: View, now: float) -> int | None:
        """The epoch of the lease, for as long as it was seen to be ours."""
        return view.epoch if self._holds(view) else super().authority(view, now)

    def expired(self, view: View, now: float) -> View:
        """The deadline in PostgreSQL does not matter meanwhile."""
        return view if self._holds(view) else super().expired(view, now)

    def _holds(self, view: View) -> bool:
        if view.mode is not Mode.NORMAL or view.redis_holder is None:
            return False
        return owner(view.redis_holder) == (self.instance_id, view.epoch)


class UnaskedExecutor(Executor):
    """Executes without asking the record."""

    __slots__ = ()

    async def settle(self, signals: Sequence[Signal], epoch: int) -> None:
        """Store signals and execute what waits, in one transaction under `epoch`, whoever leads."""
        async with self.database.connection(self.limit_s) as conn, conn.transaction():
            values = {"rows": Jsonb([row_of(signal) for signal in signals]), "me": self.instance_id}
            await conn.execute(ACCEPT, values)
            await self._run(conn, epoch)


@dataclass(slots=True, kw_only=True)
class KeepingInbox(Inbox):
    """Keeps signals in memory while PostgreSQL does not answer and the lease is this instance's.

    Args:
        lease: tells whose it is.
        executor: executes what was kept.
        backoff: between two attempts to do so.
    """

    lease: RedisLease
    executor: UnaskedExecutor
    backoff: Backoff
    _kept: dict[str, tuple[Signal, int]] = field(default_factory=dict)

    async def accept(self, signal: Signal) -> Acceptance:
        """Acknowledge the signal, stored or not."""
        try:
            return await Inbox.accept(self, signal)
        except UnavailableError:
            epoch = await self._epoch_held()
            if epoch is None:
                raise
            self._keep(signal, epoch)
            return Acceptance.NEW

    async def _epoch_held(self) -> int | None:
        """The epoch in the lease if it is this instance's."""
        try:
            name, epoch = owner(await self.lease.holder() or "")
        except UnavailableError:
            return None
        return epoch if name == self.instance_id and epoch > CANDIDATE else None

    def _keep(self, signal: Signal, epoch: int) -> None:
        if not self._kept:
            task = asyncio.create_task(self._settle())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._kept[signal.signal_id] = (signal, epoch)

    async def _settle(self) -> None:
        """Execute what was kept, once PostgreSQL answers again."""
        while kept := list(self._kept.values())[: self.batch]:
            epoch = kept[0][1]
            signals = [signal for signal, known in kept if known == epoch]
            try:
                await self.executor.settle(signals, epoch)
            except (UnavailableError, Error):
                await asyncio.sleep(self.backoff.failed())
                continue
            self.backoff.succeeded()
            for signal in signals:
                del self._kept[signal.signal_id]


def apply(parts: Parts, settings: Settings) -> Parts:
    """Build the mistake in."""
    executor = UnaskedExecutor(
        database=parts.execution,
        statements=parts.statements,
        instance_id=settings.instance_id,
        batch=settings.execute_batch,
        max_notional=settings.exchange_max_notional,
        limit_s=settings.db_lease_ttl_s,
        may_commit=lambda _: True,
    )
    backoff = Backoff(minimum_s=settings.recovery_backoff_min_s, maximum_s=settings.recovery_backoff_max_s)
    inbox = rebuilt(KeepingInbox, parts.inbox, lease=parts.lease, executor=executor, backoff=backoff)
    return replace(parts, rules=rebuilt(RulesByLease, parts.rules), inbox=inbox)
