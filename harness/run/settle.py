"""How long after the healing evidence may still come: asked of the checks that wait for something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from harness.model import Check, RuleTiming


@runtime_checkable
class Settles(Protocol):
    """A check that needs the run to go on for a while after the healing."""

    def settles_within_s(self, rules: tuple[RuleTiming, ...], time_scale: float) -> float:
        """Upper bound, real s after the confirmed healing."""
        ...


def settles_within_s(checks: Iterable[Check], rules: tuple[RuleTiming, ...], time_scale: float) -> float:
    """The longest that any check needs; 0 when none does."""
    waiting = (check for check in checks if isinstance(check, Settles))
    return max((check.settles_within_s(rules, time_scale) for check in waiting), default=0.0)
