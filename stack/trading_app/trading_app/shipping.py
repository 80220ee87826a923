"""The loops towards ClickHouse: ship the outbox, read the average slippage back."""

import asyncio

from trading_app.clickhouse import ClickHouse
from trading_app.coordinator import Coordinator
from trading_app.errors import UnavailableError
from trading_app.log import Log
from trading_app.outbox import Backoff
from trading_app.parts import Parts
from trading_app.settings import Settings
from trading_app.status import Status


class Shipping:
    """Ships and reads for one instance; only here does anything wait for ClickHouse."""

    def __init__(self, settings: Settings, parts: Parts, coordinator: Coordinator, status: Status, log: Log) -> None:
        self._settings = settings
        self._outbox = parts.outbox
        self._clickhouse: ClickHouse = parts.clickhouse
        self._coordinator = coordinator
        self._status = status
        self._log = log
        self.ship_now = asyncio.Event()
        self._backoff = Backoff(minimum_s=settings.outbox_backoff_min_s, maximum_s=settings.outbox_backoff_max_s)

    async def ship(self) -> float:
        """Ship one batch: as leader what there is, as follower only what has waited for long."""
        leading = self._coordinator.authority() is not None
        older_than_s = 0.0 if leading else self._settings.outbox_takeover_s
        try:
            shipped = await self._outbox.ship(older_than_s=older_than_s)
        except UnavailableError as error:
            delay_s = self._backoff.failed()
            self._log.warning("shipping_failed", error=str(error), retry_in_s=round(delay_s, 3))
            return delay_s
        self._backoff.succeeded()
        if shipped == self._settings.outbox_batch:
            return 0.0  # a backlog
        return self._settings.outbox_poll_s if leading else self._settings.outbox_takeover_s

    async def read(self) -> float:
        """Read the average slippage of the last hour; not known while ClickHouse is down."""
        try:
            window_s = self._settings.leadership_window_s
            self._status.slippage_average = await self._clickhouse.average_slippage(window_s)
            self._status.clickhouse.answered()
        except UnavailableError as error:
            self._status.slippage_average = None
            self._status.clickhouse.failed(error)
        return self._settings.clickhouse_read_s
