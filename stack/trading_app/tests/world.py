"""A model of the services around leader election: virtual time, links that can be cut, answers that can be late.

Every call to a service pauses before it takes effect and again before its answer arrives, so that a test decides
what happens in between.
"""

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

from trading_app.coordinator import Coordinator
from trading_app.errors import UnavailableError
from trading_app.rules import Mode, Record, Rules, View, is_past, owner

TTL_S = 2.0
SYNC_S, RENEW_S = 0.33, 0.67
NAMES = ("a", "b", "c")


class Pause:
    """One point at which the world may move on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass(slots=True)
class World:
    """The services' truth: the record in PostgreSQL, the lease in Redis, the links, the true time."""

    now: float = 100.0
    leader: str | None = None
    epoch: int = 0
    lease_until: float | None = None
    redis: tuple[str, float] | None = None  # value, expiry
    cut: set[tuple[str, str]] = field(default_factory=set)
    effects: list[tuple[int, str]] = field(default_factory=list)

    def redis_value(self) -> str | None:
        """The lease, if it has not expired."""
        if self.redis is not None and self.redis[1] <= self.now:
            self.redis = None
        return None if self.redis is None else self.redis[0]

    def set_redis(self, value: str, ttl_s: float = TTL_S) -> None:
        """Write the lease."""
        self.redis = (value, self.now + ttl_s)


@dataclass(slots=True)
class Link:
    """One instance's way to one service."""

    world: World
    instance: str
    service: str

    async def arrive(self) -> None:
        """The request travels; fails if the link is cut."""
        await Pause()
        self._check()

    async def answer(self) -> None:
        """The answer travels; what was asked has happened by now."""
        await Pause()
        self._check()

    def _check(self) -> None:
        if (self.instance, self.service) in self.world.cut:
            raise UnavailableError(f"{self.service} is cut off")


@dataclass(slots=True)
class ModelRecord:
    """The leadership record, with the conditions of its SQL."""

    link: Link

    async def sync(self, held: int | None, mode: Mode) -> Record:
        """Renew or read."""
        await self.link.arrive()
        world = self.link.world
        renewed = held is not None and (world.leader, world.epoch) == (self.link.instance, held)
        if renewed:
            world.lease_until = world.now + TTL_S
        remaining_s = float("-inf") if world.lease_until is None else world.lease_until - world.now
        record = Record(leader_id=world.leader, epoch=world.epoch, remaining_s=remaining_s, renewed=renewed)
        await self.link.answer()
        return record

    async def claim(self, mode: Mode) -> int | None:
        """Take a lapsed record."""
        await self.link.arrive()
        world, epoch = self.link.world, None
        lapsed = world.lease_until is None or world.lease_until < world.now
        if world.leader in (None, self.link.instance) or lapsed:
            world.leader, world.epoch, world.lease_until = (
                self.link.instance,
                world.epoch + 1,
                world.now + TTL_S,
            )
            epoch = world.epoch
        await self.link.answer()
        return epoch

    async def release(self, held: int) -> None:
        """End the lease of that epoch."""
        await self.link.arrive()
        world = self.link.world
        if (world.leader, world.epoch) == (self.link.instance, held):
            world.lease_until = world.now
        await self.link.answer()


@dataclass(slots=True)
class ModelLease:
    """The lease in Redis, with the conditions of its scripts."""

    link: Link

    async def holder(self) -> str | None:
        """The value."""
        await self.link.arrive()
        value = self.link.world.redis_value()
        await self.link.answer()
        return value

    async def take(self, replaceable: str | None) -> bool:
        """Take it if free, ours or replaceable."""
        await self.link.arrive()
        value = self.link.world.redis_value()
        won = value is None or self._ours(value, 10**9) or value == replaceable
        if won:
            self.link.world.set_redis(f"{self.link.instance}:0")
        await self.link.answer()
        return won

    async def renew(self, epoch: int) -> str | None:
        """Extend, or take again if it is gone or of a past epoch."""
        await self.link.arrive()
        value = self.link.world.redis_value()
        if value is None or self._ours(value, epoch) or is_past(value, epoch):
            value = f"{self.link.instance}:{epoch}"
            self.link.world.set_redis(value)
        await self.link.answer()
        return value

    async def release(self, epoch: int) -> None:
        """Delete it if ours."""
        await self.link.arrive()
        value = self.link.world.redis_value()
        if value is not None and self._ours(value, epoch):
            self.link.world.redis = None
        await self.link.answer()

    def _ours(self, value: str, epoch: int) -> bool:
        name, number = owner(value)
        return name == self.link.instance and 0 <= number <= epoch


@dataclass(slots=True)
class Instance:
    """One instance with its own clock, whose steps the test drives.

    `rules`, `lease` and `clock` stand for what a known-bad variant replaces; without its fence an effect is written
    whatever the record shows.
    """

    world: World
    name: str
    clock_rate: float = 1.0
    rules: type[Rules] = Rules
    lease: type[ModelLease] = ModelLease
    clock: Callable[[], float] | None = None
    fence: bool = True
    running: dict[str, Coroutine[Any, Any, None]] = field(default_factory=dict)
    history: list[tuple[View, View]] = field(default_factory=list)
    coordinator: Coordinator = field(init=False)

    def __post_init__(self) -> None:
        self.coordinator = self._new()

    def start(self, leg: str) -> None:
        """Begin a step if that leg is idle: `sync` or `lease`."""
        if leg not in self.running:
            step = self.coordinator.sync_record if leg == "sync" else self.coordinator.touch_lease
            self.running[leg] = step()

    def resume(self, leg: str) -> None:
        """Go on to the next pause."""
        if leg not in self.running:
            return
        try:
            self.running[leg].send(None)
        except (StopIteration, UnavailableError):
            del self.running[leg]

    def run(self, leg: str) -> None:
        """A whole step without anything happening in between."""
        self.start(leg)
        for _ in range(40):
            if leg not in self.running:
                return
            self.resume(leg)
        raise AssertionError(f"step {leg} of {self.name} does not end")

    def act(self) -> None:
        """Try to write an effect, fenced as the executor's transaction is."""
        epoch = self.coordinator.authority()
        if epoch is None or (self.name, "postgres") in self.world.cut:
            return
        if not self.fence or (self.world.leader, self.world.epoch) == (self.name, epoch):
            self.world.effects.append((epoch, self.name))
        else:
            self.coordinator.fenced(epoch)

    def restart(self) -> None:
        """Crash and come back: everything in memory is gone."""
        for step in self.running.values():
            step.close()
        self.running.clear()
        self.coordinator = self._new()

    def _new(self) -> Coordinator:
        coordinator = Coordinator(
            rules=self.rules(
                instance_id=self.name, db_lease_ttl_s=TTL_S, lease_ttl_s=TTL_S, fallback_patience_s=RENEW_S
            ),
            record=ModelRecord(Link(self.world, self.name, "postgres")),
            lease=self.lease(Link(self.world, self.name, "redis")),
            clock=self.clock or (lambda: self.world.now * self.clock_rate),
            changed=lambda before, after: self.history.append((before, after)),
        )
        coordinator.eligible = True
        return coordinator


def run_for(world: World, instances: list[Instance], seconds: float) -> None:
    """Let everybody work on schedule, with time passing between the steps."""
    end, tick_s = world.now + seconds, SYNC_S / 2
    ticks = 0
    while world.now < end:
        for instance in instances:
            if ticks % 2 == 0:
                instance.run("sync")
            if ticks % 4 == 0:
                instance.run("lease")
            instance.act()
        world.now += tick_s
        ticks += 1


def leaders(instances: list[Instance]) -> list[str]:
    """Who may act now."""
    return [one.name for one in instances if one.coordinator.authority() is not None]
