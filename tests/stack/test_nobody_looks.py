"""The report's table of panels has no gap without a reason."""

from __future__ import annotations

import pytest

from harness.model import Scenario
from harness.run.catalogue import scenarios_in
from harness.settings import REPOSITORY

FOLDERS = ("scenarios", "examples/orders/scenarios", "examples/orders/scenarios_alone")
SCENARIOS = [scenario for folder in FOLDERS for scenario in scenarios_in(REPOSITORY / folder).values()]
LEAST_WORDS = 5


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_without_viewers_says_why(scenario: Scenario) -> None:
    """And one with viewers has nothing to excuse."""
    load = scenario.load
    assert (len(load.nobody_looks.split()) >= LEAST_WORDS) is (load.viewers == 0)


def test_reasons_name_scenarios_that_look() -> None:
    """Where a reason leads to another scenario, somebody is at the boards there."""
    named = {
        other.name: other.load.viewers
        for scenario in SCENARIOS
        for other in SCENARIOS
        if "-" in other.name and other.name in scenario.load.nobody_looks
    }
    assert named
    assert all(named.values()), named
