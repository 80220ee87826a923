"""The loops of leader election: synchronise with PostgreSQL, touch the lease in Redis, leave heartbeats."""

import asyncio
import time

from trading_app.coordinator import Coordinator
from trading_app.coordinator_metrics import CoordinatorStats
from trading_app.errors import RefusedError, UnavailableError
from trading_app.live_state import LiveState
from trading_app.log import Log
from trading_app.parts import Parts
from trading_app.rules import Mode, View
from trading_app.settings import Settings
from trading_app.status import Status


class Election:
    """Runs one instance's coordinator and keeps its figures.

    `wake` holds the loops that are due at once when leadership is won or Redis is back, so that the leader's work and
    what belongs into Redis do not wait for their schedule.
    """

    def __init__(self, settings: Settings, parts: Parts, status: Status, log: Log) -> None:
        self._settings = settings
        self._status = status
        self._log = log
        self._live_state: LiveState = parts.live_state
        self.beat_now = asyncio.Event()
        self.wake = [self.beat_now]
        self.stats = CoordinatorStats(
            leadership_window_s=settings.leadership_window_s,
            sync_window_s=settings.sync_window_s,
            heartbeat_warning_s=settings.heartbeat_stale_warning_s,
            heartbeat_critical_s=settings.heartbeat_stale_critical_s,
            started_at=time.monotonic(),
        )
        self.coordinator = Coordinator(
            rules=parts.rules,
            record=parts.record,
            lease=parts.lease,
            clock=parts.clock,
            changed=self._changed,
        )

    async def sync(self) -> float:
        """One synchronisation with PostgreSQL, counted with its latency."""
        started = time.monotonic()
        ok = True
        try:
            await self.coordinator.sync_record()
            self._status.postgres.answered()
        except UnavailableError as error:
            ok = False
            self._status.postgres.failed(error)
        now = time.monotonic()
        self.stats.synced(ok=ok, latency_s=now - started, now=now)
        if ok and self.coordinator.view.mode is Mode.FALLBACK:
            self.stats.beat(now=now, wall_s=time.time())  # the synchronisation left it in PostgreSQL
        return max(0.0, self._settings.db_sync_s - (now - started))

    async def touch(self) -> float:
        """One look at the lease; more often in fallback mode, which ends when Redis answers."""
        started = time.monotonic()
        try:
            await self.coordinator.touch_lease()
            self._status.redis.answered()
            due_s = self._settings.lease_renew_s
        except UnavailableError as error:
            self._status.redis.failed(error)
            due_s = self._settings.redis_retry_s
        return max(0.0, due_s - (time.monotonic() - started))

    async def beat(self) -> float:
        """One heartbeat into Redis, while it is there."""
        self.stats.heartbeat_running = True
        if self.coordinator.view.mode is Mode.NORMAL:
            try:
                await self._live_state.beat()
                self.stats.beat(now=time.monotonic(), wall_s=time.time())
            except RefusedError as error:  # not sent, so it gets old; Redis is there all the same
                self._log.warning("heartbeat_refused", error=str(error))
            except UnavailableError as error:
                self._status.redis.failed(error)
        return self._settings.heartbeat_s

    def _changed(self, before: View, after: View) -> None:
        if before.epoch != after.epoch:
            self._log_leadership(before, after)
        if before.mode is not after.mode:
            entered = after.mode is Mode.FALLBACK
            self._log.warning("fallback_entered" if entered else "fallback_left", leading=after.epoch is not None)
        won = before.epoch is None and after.epoch is not None
        if won or (before.mode is Mode.FALLBACK and after.mode is Mode.NORMAL):
            for event in self.wake:
                event.set()
        if self.stats.seen(after, time.monotonic()) and after.record is not None:
            record = after.record
            self._log.info("leadership_changed", leader=record.leader_id, epoch=record.epoch)

    def _log_leadership(self, before: View, after: View) -> None:
        if after.epoch is None:
            self._log.warning("leadership_lost", epoch=before.epoch, reason=after.reason, mode=str(after.mode))
        else:
            self._log.info("leadership_won", epoch=after.epoch, reason=after.reason, mode=str(after.mode))
