"""`pytest -p harness.plugin -m chaos`: the scenarios of CHAOS_SCENARIOS on the stack of CHAOS_STACK."""

import pytest

from harness import settings
from harness.model import Scenario, Verdict
from harness.plugin import explain, judged_alone
from harness.run.campaign import Campaign
from harness.run.catalogue import scenarios_in

SCENARIOS = scenarios_in(settings.load().scenarios)


@pytest.mark.chaos
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_scenario(scenario: Scenario, campaign: Campaign) -> None:
    """The scenario's hypothesis holds."""
    result = judged_alone(campaign, scenario)
    assert result.verdict is Verdict.PASS, explain(result)
