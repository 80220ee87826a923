"""The leader's lease in Redis goes before its time: what its owner does next is its own affair."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from redis import Redis

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults.hold import For, Hold
from harness.faults.remembered import Remembered
from harness.poll import Seen, until
from stack.faults.ghosts import KEY
from stack.faults.live_redis import live_redis
from stack.faults.resynchronised import lease_of_the_leader

GONE_WITHIN_S = 5.0
ENDLESS = -1  # what PTTL says of a key without an end
_WAS: Remembered[str] = Remembered()


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLease:
    """The lease is deleted once, or ends early, while its owner sees Redis.

    A good leader writes it again: the lease is a hint, and the record still names it.

    Args:
        ends_in_ms: what is left of it (real, never compressed), less than a look of its owner; None to delete it.
        hold: how long what follows is watched.
    """

    kind: ClassVar[str] = "lost-lease"
    ends_in_ms: int | None = None
    target: str = "redis"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Take it away, and see that it is gone before its owner writes it again.

        Raises:
            TimedOutError: there was none, or its owner wrote it again before that was seen, each time.
        """
        with live_redis(stack) as redis:
            until(f"{KEY} to be gone", partial(self._lost, stack, redis), within_s=GONE_WITHIN_S, every_s=0.005)

    def effect(self, stack: RunningStack) -> str:
        """It was there and was gone."""
        was = _WAS.get(stack, self)
        if was is None:
            raise InfrastructureError("no lease was lost")
        how = "deleted" if self.ends_in_ms is None else f"left {self.ends_in_ms} ms"
        return f"{KEY} was {was}, was {how}, and was gone"

    def mend(self, stack: RunningStack) -> None:
        """Nothing: whose the lease is now is theirs to say."""

    def healed(self, stack: RunningStack) -> str:
        """The leader of the record has the lease."""
        told = lease_of_the_leader(stack)
        _WAS.forget(stack, self)
        return told

    def _lost(self, stack: RunningStack, redis: Redis) -> bool:
        """True once it is gone that was there; until then it is taken away."""
        held = redis.get(KEY)
        if held is None:
            if _WAS.get(stack, self) is None:
                raise Seen(f"there is no {KEY}")
            return True
        _WAS.keep(stack, self, str(held))
        left_ms = int(str(redis.pttl(KEY)))
        if self.ends_in_ms is None:
            redis.delete(KEY)
        elif left_ms == ENDLESS or left_ms > self.ends_in_ms:
            redis.pexpire(KEY, self.ends_in_ms)
        raise Seen(f"{KEY} was {held!r}")
