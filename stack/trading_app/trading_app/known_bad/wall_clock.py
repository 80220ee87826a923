"""KNOWN BAD, wall-clock: who leads is a matter of time alone, and the time is the wall clock's.

Three things that come together where a lease is trusted as a lock:
- Deadlines are reckoned on the wall clock. On a machine that is suspended it stands still and is set right only later,
  so the deadline seems as far away as before. Freezing a container stops no clock; `StandingClock` leaves out the time
  in which it was not read, which is the same seen from inside. A clock that is set back is believed just the same.
- Until its own deadline a leader believes nobody else, neither the record nor the lease: "it cannot be anybody else's
  before". After it everything is asked again.
- Effects are not compared with the record, as nobody else can be leading before the deadline. That is all that is gone
  of the fence: the deadline is still looked at before each commit, signals are still locked and unique, and the record
  is still taken only when it has lapsed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from trading_app.known_bad.fence_off import NO_FENCE
from trading_app.known_bad.rebuilt import rebuilt
from trading_app.parts import Parts
from trading_app.rules import Record, Rules, View
from trading_app.settings import Settings

# The trader's loop reads the clock every 0.05 s; who did not for so long was frozen.
FROZEN_S = 0.5


@dataclass(slots=True, kw_only=True)
class StandingClock:
    """Seconds of the wall clock of a machine that was suspended whenever nobody read it for long.

    It begins at the monotonic time of its making, so that other figures of this process can be read beside it.
    """

    wall: Callable[[], float] = field(default_factory=lambda: time.time)
    _read_at: float = field(init=False)
    _behind: float = field(init=False)

    def __post_init__(self) -> None:
        self._read_at = self.wall()
        self._behind = self._read_at - time.monotonic()

    def __call__(self) -> float:
        """The time, in seconds."""
        now = self.wall()
        if now - self._read_at > FROZEN_S:
            self._behind += now - self._read_at
        self._read_at = now
        return now - self._behind


class RulesByClock(Rules):
    """Until its deadline a leader believes only its clock."""

    __slots__ = ()

    def record_seen(self, view: View, record: Record, *, held: int | None, asked_at: float, now: float) -> View:
        """The record may say what it likes until then."""
        seen = super().record_seen(view, record, held=held, asked_at=asked_at, now=now)
        return self._believed(view, seen, now)

    def holder_seen(self, view: View, holder: str | None, *, held: int | None, now: float) -> View:
        """And so may the lease."""
        return self._believed(view, super().holder_seen(view, holder, held=held, now=now), now)

    def _believed(self, view: View, seen: View, now: float) -> View:
        if seen.epoch is not None or self.authority(view, now) is None:
            return seen
        return replace(seen, epoch=view.epoch, act_until=view.act_until, reason=view.reason)


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(
        parts,
        clock=StandingClock(),
        rules=rebuilt(RulesByClock, parts.rules),
        statements=replace(parts.statements, fence=NO_FENCE),
    )
