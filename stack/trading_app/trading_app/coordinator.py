"""Leader election of one instance: asks the record and the lease, lets the rules decide, tells about changes.

The two legs (`sync_record`, `touch_lease`) run independently, so that a hanging Redis never delays the
renewal in PostgreSQL. Whatever happens during an await, decisions are taken on the view as it is after it.
"""

from collections.abc import Callable
from typing import Any, Protocol

from trading_app.errors import UnavailableError
from trading_app.rules import Mode, Record, Rules, View

Changed = Callable[[View, View], None]


class RecordPort(Protocol):
    """The leadership record in PostgreSQL. Every method raises UnavailableError when it got no answer."""

    async def sync(self, held: int | None, mode: Mode) -> Record:
        """Renew the lease of `held` (or only read), leave a heartbeat, return what the record shows."""

    async def claim(self, mode: Mode) -> int | None:
        """Take a lapsed record: the new epoch, None if somebody else holds it."""

    async def release(self, held: int) -> None:
        """End this instance's lease of that epoch now."""


class LeasePort(Protocol):
    """The lease in Redis. Every method raises UnavailableError when it got no answer."""

    async def holder(self) -> str | None:
        """The value of the lease."""

    async def take(self, replaceable: str | None) -> bool:
        """Take the lease if it is free, ours, or still exactly `replaceable`."""

    async def renew(self, epoch: int) -> str | None:
        """Extend our lease, or take it again if it is gone or of a past epoch; return who holds it now."""

    async def release(self, epoch: int) -> None:
        """Delete the lease if it is ours and not of a later epoch."""


class Coordinator:
    """Keeps one instance's view and acts on it. `eligible` is False until the instance may lead."""

    def __init__(
        self,
        *,
        rules: Rules,
        record: RecordPort,
        lease: LeasePort,
        clock: Callable[[], float],
        changed: Changed,
    ) -> None:
        self._rules = rules
        self._record = record
        self._lease = lease
        self._clock = clock
        self._changed = changed
        self.view = View()
        self.eligible = False

    def authority(self) -> int | None:
        """The epoch under which this instance may act at this moment."""
        return self._rules.authority(self.view, self._clock())

    def fenced(self, held: int) -> None:
        """The executor met a fencing conflict under epoch `held`."""
        self._become(self._rules.fenced(self.view, held))

    async def sync_record(self) -> None:
        """One synchronisation with PostgreSQL: renew or read, and claim if the record has lapsed.

        Raises:
            UnavailableError: PostgreSQL did not answer; the view is up to date all the same.
        """
        held, asked_at = self.view.epoch, self._clock()
        try:
            record = await self._record.sync(held, self.view.mode)
        except UnavailableError:
            await self._step_down_if(self._rules.expired(self.view, self._clock()))
            raise
        now = self._clock()
        await self._step_down_if(self._rules.record_seen(self.view, record, held=held, asked_at=asked_at, now=now))
        if self.eligible and self._rules.may_claim(self.view, self._clock()):
            await self._claim()

    async def touch_lease(self) -> None:
        """One look at Redis: extend our lease, or see whose it is.

        Raises:
            UnavailableError: Redis did not answer; the view is in fallback mode.
        """
        held = self.authority()
        try:
            holder = await (self._lease.holder() if held is None else self._lease.renew(held))
        except UnavailableError:
            self._become(self._rules.redis_lost(self.view))
            raise
        seen = self._rules.holder_seen(self.view, holder, held=held, now=self._clock())
        await self._step_down_if(seen)

    async def step_down(self, reason: str) -> None:
        """Give leadership back, as far as the services can be reached."""
        self.eligible = False
        await self._step_down_if(self._rules.stopped(self.view, reason))

    async def _claim(self) -> None:
        mode = self.view.mode
        if mode is Mode.NORMAL and not await self._won_lease():
            return
        asked_at = self._clock()
        epoch = await self._record.claim(mode)
        if epoch is None:
            await self._quietly(self._lease.release, 0)
            return
        if not self.eligible:  # asked to stop meanwhile
            await self._quietly(self._record.release, epoch)
            return
        self._become(self._rules.claimed(self.view, epoch, asked_at=asked_at))
        if self.view.mode is Mode.NORMAL:
            await self._quietly(self.touch_lease)

    async def _won_lease(self) -> bool:
        try:
            return await self._lease.take(self._rules.replaceable_holder(self.view, self._clock()))
        except UnavailableError:
            self._become(self._rules.redis_lost(self.view))
            return False  # the next synchronisation decides again, in fallback mode

    async def _step_down_if(self, view: View) -> None:
        """Adopt a view; if it ends our leadership, end both leases of that epoch too."""
        held = self.view.epoch
        self._become(view)
        if held is not None and view.epoch is None:
            if view.mode is Mode.NORMAL:
                await self._quietly(self._lease.release, held)
            await self._quietly(self._record.release, held)

    def _become(self, view: View) -> None:
        before, self.view = self.view, view
        self._changed(before, view)

    @staticmethod
    async def _quietly(step: Callable[..., Any], *args: Any) -> None:
        """Best effort: leases that cannot be ended now run out by themselves."""
        try:
            await step(*args)
        except UnavailableError:
            return
