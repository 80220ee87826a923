"""A fault that comes and goes while it is in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults import background
from harness.faults.base import StackFault
from harness.faults.hold import For, Hold
from harness.poll import Seen, until

TURNS_WITHIN_S = 5.0
TURNS = 3  # on, off, and on again: fewer would be the plain fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """The fault is struck and mended by turns, each seen before the next.

    Args:
        fault: what flaps; its own hold is not used.
        turn_s: from one turn to the next, real s.
        hold: how long it goes on once it was seen to flap.
    """

    kind: ClassVar[str] = "flapping"
    fault: StackFault
    turn_s: float = 0.5
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    @property
    def target(self) -> str:
        """What the fault breaks."""
        return self.fault.target

    def strike(self, stack: RunningStack) -> None:
        """Begin to flap."""
        background.begin(stack, self, _Turns(stack=stack, fault=self.fault).next, every_s=self.turn_s)

    def effect(self, stack: RunningStack) -> str:
        """It was seen to be struck, mended, and struck again."""
        turns = background.check(stack, self)
        if turns < TURNS:
            raise Seen(f"{self.fault.kind} of {self.target} made {turns} turns so far")
        return f"{self.fault.kind} of {self.target} comes and goes each {self.turn_s:g} s"

    def mend(self, stack: RunningStack) -> None:
        """Flap no more, and mend the fault."""
        try:
            background.end(stack, self)
        finally:
            self.fault.mend(stack)

    def healed(self, stack: RunningStack) -> str:
        """It could flap until it was mended, and the fault is healed."""
        turns = background.check(stack, self)
        return f"{self.fault.healed(stack)}, after {turns} turns"


@dataclass(slots=True, kw_only=True)
class _Turns:
    """Strikes and mends by turns."""

    stack: RunningStack
    fault: StackFault
    on: bool = False

    def next(self) -> None:
        """The other state than now, seen."""
        change, seen, word = self._other()
        change(self.stack)
        until(
            f"{self.fault.kind} of {self.fault.target} to {word}",
            lambda: seen(self.stack),
            within_s=TURNS_WITHIN_S,
            every_s=0.02,
        )
        self.on = not self.on

    def _other(self) -> tuple[Callable[[RunningStack], None], Callable[[RunningStack], str], str]:
        if self.on:
            return self.fault.mend, self.fault.healed, "heal"
        return self.fault.strike, self.fault.effect, "take effect"
