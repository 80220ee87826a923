"""One running instance: its parts, its loops, its start and its stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from trading_app import known_bad, parts
from trading_app.backlog import Backlog
from trading_app.election import Election
from trading_app.exposition import Exposition
from trading_app.log import Log
from trading_app.loops import repeat
from trading_app.metrics import Counters
from trading_app.model_quality import ModelQuality
from trading_app.outbox import Backoff
from trading_app.settings import Settings
from trading_app.shipping import Shipping
from trading_app.startup import recover_until_done
from trading_app.status import Status
from trading_app.trader import Trader

# A stop is quick whatever the services do: leases that cannot be given back run out by themselves.
STOP_S = 1.0


class Application:
    """Built from settings without opening anything; `start` and `stop` belong to a running event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.known_bad = known_bad.parse(settings.known_bad)
        self.log = Log(settings.instance_id)
        self.status = Status()
        self.counters = Counters()
        self.parts = known_bad.built_in(self.known_bad, parts.build(settings), settings)
        self.election = Election(settings, self.parts, self.status, self.log)
        self.trader = Trader(
            settings=settings,
            parts=self.parts,
            coordinator=self.election.coordinator,
            status=self.status,
            counters=self.counters,
            log=self.log,
        )
        self.election.wake.append(self.trader.show_now)
        self._shipping = Shipping(settings, self.parts, self.election.coordinator, self.status, self.log)
        self.election.wake.append(self._shipping.ship_now)
        self._backlog = Backlog(
            database=self.parts.quality, admission=self.parts.admission, every_s=settings.backlog_poll_s
        )
        self._quality = ModelQuality(
            settings=settings, database=self.parts.quality, coordinator=self.election.coordinator
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.counters.registry.register(
            Exposition(
                coordinator=self.election.coordinator,
                stats=self.election.stats,
                status=self.status,
                parts=self.parts,
                updates=self.trader.updates,
                known_bad=self.known_bad,
            )
        )

    def start(self) -> None:
        """Start the loops; the instance may lead once its recovery has succeeded."""
        self.log.info("started", known_bad=self.known_bad)
        for name in self.known_bad:
            self.log.warning("KNOWN_BAD_VARIANT_IS_ON", variant=name, meaning="this instance is built to misbehave")
        attempted = asyncio.Event()
        self._run("recovery", self._recover(attempted))
        self._run("begin", self._begin(attempted))

    async def _begin(self, attempted: asyncio.Event) -> None:
        """Nothing else competes with the first attempt to recover: its duration is reported, and people wait for it."""
        await attempted.wait()
        election, trader = self.election, self.trader
        self._run("backlog", repeat("backlog", self._backlog.count, self.log))
        self._run("look", repeat("look", self.parts.admission.look, self.log))
        self._run("sync", repeat("sync", election.sync, self.log))
        self._run("lease", repeat("lease", election.touch, self.log))
        self._run("heartbeat", repeat("heartbeat", election.beat, self.log, election.beat_now))
        self._run("execute", repeat("execute", trader.execute, self.log))
        self._run("show", repeat("show", trader.show, self.log, trader.show_now))
        self._run("ship", repeat("ship", self._shipping.ship, self.log, self._shipping.ship_now))
        self._run("read", repeat("read", self._shipping.read, self.log))
        self._run("quality", repeat("quality", self._quality.evaluate, self.log))

    async def stop(self) -> None:
        """Give leadership back and end everything, within about a second."""
        self.election.coordinator.eligible = False
        try:
            async with asyncio.timeout(STOP_S):
                await self.election.coordinator.step_down("stopping")
        except TimeoutError:
            self.log.warning("leases_not_given_back")
        for database in self.parts.databases():
            database.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=STOP_S / 2)
        self.log.info("stopped")

    async def _recover(self, attempted: asyncio.Event) -> None:
        settings = self.settings
        self.election.coordinator.eligible = await recover_until_done(
            database=self.parts.execution,
            statements=self.parts.statements,
            trusted=self.parts.trusted,
            status=self.status.recovery,
            backoff=Backoff(minimum_s=settings.recovery_backoff_min_s, maximum_s=settings.recovery_backoff_max_s),
            log=self.log,
            attempted=attempted,
        )

    def _run(self, name: str, loop: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(loop, name=name))
