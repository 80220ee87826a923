"""Somebody else's name in the lease, written once: what the owner of the lease does next is its own affair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults.hold import For, Hold
from harness.poll import Seen
from stack.faults.ghosts import DELETE_IF_OURS, FAR_EPOCH, KEY, lease_of
from stack.faults.live_redis import live_redis

LEASE = f"intruder:{FAR_EPOCH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StolenLease:
    """The lease in Redis is overwritten once with "intruder:1000000", without an end, while its owner sees Redis.

    A good leader steps down when it sees another's name, and the lease is taken anew when nobody has backed that name
    for a whole lease. One that writes blindly never notices.
    """

    kind: ClassVar[str] = "stolen-lease"
    target: str = "redis"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Overwrite the lease."""
        with live_redis(stack) as redis:
            redis.set(KEY, LEASE)

    def effect(self, stack: RunningStack) -> str:
        """The lease names the intruder."""
        held = lease_of(stack)
        if held != LEASE:
            raise Seen(f"{KEY} is {held}")
        return f"{KEY} is {held}"

    def mend(self, stack: RunningStack) -> None:
        """Delete it if it is still the intruder's."""
        with live_redis(stack) as redis:
            redis.eval(DELETE_IF_OURS, 1, KEY, LEASE)

    def healed(self, stack: RunningStack) -> str:
        """The lease is not the intruder's any more."""
        held = lease_of(stack)
        if held == LEASE:
            raise Seen(f"{KEY} is still {held}")
        return f"{KEY} is {held or 'free'}"
