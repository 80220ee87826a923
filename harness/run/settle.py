"""How long after the healing evidence may still come: asked of the checks that wait for something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from harness.containers.plan import StackPlan
from harness.model import Check, Scenario
from harness.recorded import RuleTiming

AFTER_HEALING_PRODUCTION_S = 60.0  # alerts and people are watched for at least this long after a fault
# Two for a panel to come back, two that show it sound, and one that may have begun before the heal.
AFTER_HEALING_REFRESHES = 5


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


def after_healing_s(scenario: Scenario, plan: StackPlan, time_scale: float) -> float:
    """How long is looked at least after the last healing, real s: with viewers their boards have to be loaded again."""
    least_s = AFTER_HEALING_PRODUCTION_S / time_scale
    if not scenario.load.viewers:
        return least_s
    usual_s = plan.settings.get("panel_refresh_s", 0.0)
    slowest_s = max((panel.refresh_s or usual_s for panel in plan.panels), default=usual_s)
    return max(least_s, AFTER_HEALING_REFRESHES * slowest_s)
