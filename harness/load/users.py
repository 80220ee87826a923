"""Locust user classes with open arrivals: signals, Redis, viewers of boards, and a mix of them."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from locust import User, task
from locust.event import EventHook
from locust.exception import StopUser

from harness.errors import UsageError
from harness.load.outcome import Kind, Outcome
from harness.load.redis_mix import Mix
from harness.load.shares import Shares
from harness.load.spec import BoardsWork, LoadSpec, RedisWork, Target
from harness.load.traffic import Traffic

Listener = TypeVar("Listener", bound=Callable[..., None])
NO_LOG = "/dev/null"


class RefusedError(Exception):
    """What Locust's page shows for a request that was not acknowledged."""


def on(hook: EventHook) -> Callable[[Listener], Listener]:
    """Register a function with one of Locust's events (Locust's own decorator has no types)."""

    def register(listener: Listener) -> Listener:
        hook.add_listener(listener)  # type: ignore[no-untyped-call] # Locust ships it without types
        return listener

    return register


class Stream(User):
    """One stream of open arrivals; `spec` is given by the harness, or made from the command line."""

    abstract = True
    mix: ClassVar[tuple[tuple[str, float], ...]] = ()
    spec: ClassVar[LoadSpec | None] = None
    running: ClassVar[list[Traffic]] = []
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    @classmethod
    def has_target(cls, options: Any) -> bool:
        """Whether the command line says where all parts of this traffic go."""
        addresses = {"signals": options.host, "redis": options.redis_url, "viewers": options.grafana_url}
        return all(addresses[part] for part, _weight in cls.mix)

    @task
    def stream(self) -> None:
        """Send until stopped."""
        try:
            spec = self.spec or self._spec_by_hand()
            shares = Shares.of(self.environment.runner)
            if shares is not None:
                spec = shares.own(type(self).__name__, spec)
            traffic = Traffic(spec, None if self.spec else self._tell_locust)
            self.running.append(traffic)
            try:
                traffic.run()
            finally:
                self.running.remove(traffic)
                if shares is not None:
                    shares.report(type(self).__name__, traffic.so_far())
        except StopUser:
            raise
        except Exception as broken:
            # Told here, as Locust itself would begin the stream anew.
            self.environment.events.user_error.fire(user_instance=self, exception=broken, tb=broken.__traceback__)
            raise StopUser from broken
        raise StopUser

    def _tell_locust(self, outcome: Outcome, after_s: float) -> None:
        self.environment.events.request.fire(
            request_type=type(self).__name__,
            name="request",
            response_time=after_s * 1e3,
            response_length=0,
            exception=None if outcome.kind is Kind.OK else RefusedError(f"{outcome.kind}: {outcome.error[:60]}"),
            context={},
            start_time=time.time() - after_s,
        )

    def _spec_by_hand(self) -> LoadSpec:
        options = self.environment.parsed_options
        parts = {part for part, _weight in self.mix}
        address = (self.host or "").rstrip("/")
        boards = tuple(uid for uid in options.boards.split(",") if uid)
        spec = LoadSpec(
            targets=(Target(name=address, base_url=address),) if "signals" in parts else (),
            redis=RedisWork(url=options.redis_url, clients=options.redis_clients, mix=_commands(options))
            if "redis" in parts
            else None,
            boards=BoardsWork(url=options.grafana_url, boards=boards) if "viewers" in parts else None,
            mix=self.mix,
            rate_per_s=options.rate,
            out=Path(options.client_log),
            recorded=options.client_log != NO_LOG,
            id_prefix=f"hand-{uuid.uuid4().hex[:12]}",
            payload=options.payload,
            path=options.post_path,
            arrivals=options.arrivals,
            seed=options.seed,
            timeout_s=options.request_timeout,
        )
        # Streams of one process differ, and are the same in the next run.
        return replace(spec, seed=options.seed + next(self._numbers))


def _commands(options: Any) -> Mix:
    if not options.redis_commands:
        return Mix(pipeline=options.redis_pipeline)
    return Mix(commands=tuple(options.redis_commands.upper().split(",")), pipeline=options.redis_pipeline)


class SignalStream(Stream):
    """Trading signals into the application, or any posts to one server (`--host`)."""

    mix = (("signals", 1.0),)


class RedisStream(Stream):
    """The commands of redis-benchmark, in pipelines, to one Redis (`--redis-url`)."""

    mix = (("redis", 1.0),)


class ViewerStream(Stream):
    """People who open boards and wait for the last panel (`--grafana-url`)."""

    mix = (("viewers", 1.0),)


class DeskStream(Stream):
    """What a trading desk does: mostly signals and Redis, now and then a look at a board. Needs all three addresses."""

    mix = (("signals", 45.0), ("redis", 50.0), ("viewers", 5.0))


CLASSES = {"signals": SignalStream, "redis": RedisStream, "viewers": ViewerStream, "desks": DeskStream}


def chosen(classes: list[Any], options: Any) -> list[Any]:
    """The user classes that have a target; those named on the command line must have one.

    Raises:
        UsageError: none has, or one that was named has none.
    """
    streams = [one for one in classes if issubclass(one, Stream)]
    named = set(getattr(options, "user_classes", None) or ())
    if lost := [one.__name__ for one in streams if one.__name__ in named and not one.has_target(options)]:
        raise UsageError(f"{lost[0]} has no target: give --host, --redis-url or --grafana-url")
    if named:
        return classes
    # A desk is asked for by its name: its parts have classes of their own.
    kept = [one for one in classes if one not in streams or (one is not DeskStream and one.has_target(options))]
    return kept or [SignalStream]
