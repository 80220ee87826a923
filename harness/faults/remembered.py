"""What a fault has to know from its strike to its end: faults are values and keep nothing in themselves."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from harness.containers.running import RunningStack

T = TypeVar("T")


class Remembered(Generic[T]):
    """One thing for each fault in place, kept by the stack's run id and the fault."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Hashable], T] = {}

    def keep(self, stack: RunningStack, fault: Hashable, what: T) -> None:
        """Remember it; what was kept before for the same fault is forgotten."""
        self._kept[stack.run_id, fault] = what

    def get(self, stack: RunningStack, fault: Hashable) -> T | None:
        """What was kept; None if the fault was never struck, or is over."""
        return self._kept.get((stack.run_id, fault))

    def forget(self, stack: RunningStack, fault: Hashable) -> None:
        """The fault is over; nothing happens if nothing was kept."""
        self._kept.pop((stack.run_id, fault), None)
