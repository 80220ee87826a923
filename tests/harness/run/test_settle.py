"""How long a run goes on after the last healing."""

from __future__ import annotations

import pytest

from harness.containers.plan import StackPlan
from harness.model import ExpectedPanel, LoadProfile, Scenario
from harness.run.settle import after_healing_s


@pytest.mark.parametrize(
    ("viewers", "refresh_s", "due_s"),
    [
        (0, 2.0, 4.0),  # a production minute
        (1, 0.5, 4.0),
        (1, 2.0, 10.0),  # five refreshes
        (10, 0.0, 15.0),  # the run's usual refresh
    ],
)
def test_boards_are_looked_at_again_before_the_end(viewers: int, refresh_s: float, due_s: float) -> None:
    """A panel that comes back within two refreshes is then seen to be sound at least twice."""
    panel = ExpectedPanel(board="a", panel=1, title="A", refs=("A",), refresh_s=refresh_s)
    plan = StackPlan(services=(), panels=(panel,), settings={"panel_refresh_s": 3.0})
    scenario = Scenario(name="s", hypothesis="", covers=(), load=LoadProfile(viewers=viewers), checks=())
    assert after_healing_s(scenario, plan, 15.0) == due_s
