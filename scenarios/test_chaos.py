"""`pytest -m chaos`: every scenario of this folder, on real services."""

from __future__ import annotations

import pytest

from harness.model import Scenario, Verdict
from harness.plugin import explain, judged_alone
from harness.run.campaign import Campaign
from harness.run.catalogue import scenarios_in
from harness.settings import REPOSITORY

SCENARIOS = scenarios_in(REPOSITORY / "scenarios")


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_scenario(scenario: Scenario, campaign: Campaign) -> None:
    """The scenario's hypothesis holds: every check passes, and none is in doubt."""
    result = judged_alone(campaign, scenario)
    assert result.verdict is Verdict.PASS, explain(result)
