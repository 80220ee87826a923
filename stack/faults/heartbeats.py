"""Heartbeats that Redis refuses: for good, or all but one in a while."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from redis import Redis

from harness.containers.running import RunningStack
from harness.faults import background
from harness.faults.hold import For, Hold
from harness.poll import Seen
from stack.faults.live_redis import client_of, live_redis
from stack.faults.scale import time_scale

USER = "default"  # the application's
KEY = "tss:heartbeat:"
# Everything may be read, by boards as by the harness; of the writes only the lease and the live state are let through.
OTHERS = ("%R~*", "~tss:leader", "~tss:state")
LOOKS_EVERY_S = 0.02

EverySeconds = tuple[tuple[str, float | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseHeartbeats:
    """Redis refuses the heartbeats of some instances, by its access list; all else goes on.

    An instance tries every `heartbeat_s` (5 s in production) and nobody can make it try in between: the heartbeat
    nearest to its dose is let through. A multiple of 5 s is met to a few 10 ms (real);
    22 s becomes 20 s, or 25 s where a busy machine is late.

    Args:
        every_s: production seconds between heartbeats that are let through, by instance; None for never. Instances
            that are not named are left alone.
        hold: how long.
    """

    kind: ClassVar[str] = "refuse-heartbeats"
    every_s: EverySeconds
    target: str = "redis"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Shut every named instance's key, and let heartbeats through when they are due."""
        redis = client_of(stack)
        gate = Gate(
            redis=redis,
            every_s={name: _real_s(dose, time_scale(stack)) for name, dose in self.every_s},
            slack_s=stack.plan.settings["heartbeat_s"] / 2,
            others=_unnamed(stack, self.every_s),
        )
        with live_redis(stack) as at_once:
            at_once.acl_log_reset()
        background.begin(stack, self, gate.watch, every_s=LOOKS_EVERY_S, at_end=redis.close)

    def effect(self, stack: RunningStack) -> str:
        """Redis has refused a heartbeat of every named instance."""
        background.check(stack, self)
        refused = _refused(stack)
        missing = [name for name, _ in self.every_s if name not in refused]
        if missing:
            raise Seen(f"no heartbeat of {', '.join(missing)} was refused yet")
        return "Redis refused heartbeats of " + ", ".join(f"{name} ({refused[name]})" for name, _ in self.every_s)

    def mend(self, stack: RunningStack) -> None:
        """Let everything through again."""
        background.end(stack, self)
        with live_redis(stack) as redis:
            _allow(redis, "allkeys")

    def healed(self, stack: RunningStack) -> str:
        """The access list is as before, and the gate worked all the time."""
        background.check(stack, self)
        with live_redis(stack) as redis:
            keys = _keys(redis)
        if keys != "~*":
            raise Seen(f"{USER} may use {keys}")
        return f"{USER} may use {keys}"


@dataclass(slots=True, kw_only=True)
class Gate:
    """Opens and shuts the keys of heartbeats.

    Args:
        redis: a client that may read everything and change the access list.
        every_s: real seconds between heartbeats that are let through, by instance; None for never.
        slack_s: real seconds; how much sooner than its dose a heartbeat may come.
        others: instances whose heartbeats are never refused.
    """

    redis: Redis
    every_s: Mapping[str, float | None]
    slack_s: float
    others: tuple[str, ...]
    _seen: dict[str, str] = field(default_factory=dict)
    _sent_s: dict[str, float] = field(default_factory=dict)
    _open: frozenset[str] | None = None

    def watch(self) -> None:
        """Look at the heartbeats once and set the access list accordingly."""
        self._look()
        due = frozenset(name for name in self.every_s if self._is_due(name))
        if due != self._open:
            _allow(self.redis, *OTHERS, *(f"~{KEY}{name}" for name in (*self.others, *sorted(due))))
            self._open = due

    def _look(self) -> None:
        for name in self.every_s:
            sent = self.redis.get(KEY + name)
            if sent is not None and sent != self._seen.get(name):
                self._seen[name], self._sent_s[name] = str(sent), float(str(sent))

    def _is_due(self, name: str) -> bool:
        every_s, sent_s = self.every_s[name], self._sent_s.get(name)
        if every_s is None:
            return False
        return sent_s is None or time.time() - sent_s >= every_s - self.slack_s


def _real_s(production_s: float | None, scale: float) -> float | None:
    return None if production_s is None else production_s / scale


def _unnamed(stack: RunningStack, every_s: EverySeconds) -> tuple[str, ...]:
    named = {name for name, _ in every_s}
    return tuple(service for service in stack.plan.traffic.services if service not in named)


def _refused(stack: RunningStack) -> dict[str, int]:
    """How often Redis refused a heartbeat since the log was emptied, by instance."""
    with live_redis(stack) as redis:
        entries: list[dict[str, Any]] = redis.acl_log()
    objects = [(str(entry["object"]), int(entry["count"])) for entry in entries]
    return {key.removeprefix(KEY): count for key, count in objects if key.startswith(KEY)}


def _allow(redis: Redis, *keys: str) -> None:
    """The driver's own call would switch the user off where it is not told otherwise."""
    redis.execute_command("ACL", "SETUSER", USER, "resetkeys", *keys)  # type: ignore[no-untyped-call] # the driver's gap


def _keys(redis: Redis) -> str:
    user: Any = redis.acl_getuser(USER)
    keys = user["keys"]
    return keys if isinstance(keys, str) else " ".join(keys)
