"""The mistakes that the stack lists are those of the application, each with a scenario that can see it."""

from __future__ import annotations

import re

import pytest

from harness.mistakes import Mistake
from harness.restore import check_name
from harness.run.order import known_scenarios
from harness.settings import REPOSITORY
from stack.mistakes import MISTAKES

VARIANTS = REPOSITORY / "stack" / "trading_app" / "trading_app" / "known_bad" / "__init__.py"


def variants() -> set[str]:
    """The names that the application knows; it is another package, so its source is read."""
    return set(re.findall(r'^    "([a-z-]+)":', VARIANTS.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_every_variant_is_tried() -> None:
    """A known-bad variant that no gate tries is one that may go unseen."""
    assert {switch for mistake in MISTAKES for switch in mistake.switches} == variants()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_scenario_has_the_check_that_is_meant_to_see_it(mistake: Mistake) -> None:
    """A name that is misspelt would make the gate unknown for ever."""
    scenario = known_scenarios()[mistake.scenario]
    assert set(mistake.caught_by) <= {check_name(check) for check in scenario.checks}


def test_names_are_told_apart() -> None:
    """Each has a folder of its own."""
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
