"""The loops of trading: execute what waits while leading, and show the state of it."""

import asyncio
import math
import time

from trading_app.coordinator import Coordinator
from trading_app.errors import AuthorityLostError, FencingConflictError, RefusedError, UnavailableError
from trading_app.executor import Batch
from trading_app.live_state import Totals
from trading_app.log import Log
from trading_app.metrics import Counters
from trading_app.paper_exchange import Line
from trading_app.parts import Parts
from trading_app.rules import Mode
from trading_app.settings import Settings
from trading_app.status import Status
from trading_app.windows import Window


class Trader:
    """Executes and shows for one instance; does neither without the coordinator's authority."""

    def __init__(
        self,
        *,
        settings: Settings,
        parts: Parts,
        coordinator: Coordinator,
        status: Status,
        counters: Counters,
        log: Log,
    ) -> None:
        self._settings = settings
        self._live_state = parts.live_state
        self._outbox = parts.outbox
        self._coordinator = coordinator
        self._status = status
        self._counters = counters
        self._log = log
        self._totals: tuple[int, Totals] | None = None
        self._book = asyncio.Lock()
        self._shown_at = -math.inf
        self.updates = Window(length_s=settings.rate_window_s, most=100_000)
        self.show_now = asyncio.Event()
        self._executor = parts.executor(
            database=parts.execution,
            statements=parts.statements,
            instance_id=settings.instance_id,
            batch=settings.execute_batch,
            max_notional=settings.exchange_max_notional,
            limit_s=settings.db_lease_ttl_s,
            may_commit=lambda epoch: coordinator.authority() == epoch,
            line=Line(per_s=settings.exchange_orders_per_s),
        )

    async def execute(self) -> float:
        """Execute one batch if there is work and authority; due again at once while there is more."""
        epoch = self._coordinator.authority()
        if epoch is None or not self._status.can_accept():
            return self._settings.execute_poll_s
        try:
            if not await self._executor.has_work():
                return self._settings.execute_poll_s
            async with self._book:
                begun = time.monotonic()
                batch = await self._executor.execute(epoch)
                self._count(batch, time.monotonic() - begun)
        except FencingConflictError as conflict:
            self._fenced(epoch, conflict)
        except AuthorityLostError as lost:
            self._log.warning("batch_rolled_back", epoch=epoch, reason=str(lost))
        except UnavailableError as error:
            self._totals = None  # whether the batch was committed is not known: count again
            self._status.postgres.failed(error)
            return max(self._settings.execute_poll_s, 0.2)
        return 0.0

    async def show(self) -> float:
        """Read the state and write it to Redis, as leader; never faster than the minimum interval."""
        early_s = self._shown_at + self._settings.state_min_interval_s - time.monotonic()
        if early_s > 0:
            return early_s
        self._shown_at = time.monotonic()
        epoch = self._coordinator.authority()
        if epoch is None:
            self._totals = self._status.trades = self._status.outbox_pending = None
            return self._settings.state_write_s
        try:
            async with self._book:
                totals = await self._known_totals(epoch)
                trades = await self._live_state.trades()
            self._status.trades = trades
            self._status.outbox_pending = await self._outbox.pending()
        except UnavailableError as error:
            self._status.trades = self._status.outbox_pending = None
            self._status.postgres.failed(error)
            return self._settings.state_write_s
        if self._coordinator.view.mode is Mode.NORMAL:
            try:
                await self._live_state.show(epoch=epoch, totals=totals, trades=trades)
            except RefusedError as error:
                self._log.warning("live_state_refused", error=str(error))
            except UnavailableError as error:
                self._status.redis.failed(error)
        return self._settings.state_write_s

    async def _known_totals(self, epoch: int) -> Totals:
        """The totals, counted once per leadership and kept up to date from then on."""
        if self._totals is None or self._totals[0] != epoch:
            self._totals = (epoch, await self._live_state.totals())
        return self._totals[1]

    def _count(self, batch: Batch, took_s: float) -> None:
        done = batch.filled + batch.rejected
        if done == 0:
            return
        if self._totals is not None:
            epoch, totals = self._totals
            executed, failed = totals.executed + batch.filled, totals.failed + batch.rejected
            self._totals = (epoch, Totals(executed=executed, failed=failed))
        self._counters.executed(batch, took_s)
        self.updates.add(float(done), time.monotonic())
        self.show_now.set()

    def _fenced(self, epoch: int, conflict: FencingConflictError) -> None:
        self._totals = None
        self._counters.fencing_conflicts.inc()
        self._log.warning("fencing_conflict", epoch=epoch, reason=str(conflict))
        self._coordinator.fenced(epoch)
