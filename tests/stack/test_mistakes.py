"""The mistakes that the stack lists are those of the application, each with a scenario that can see it."""

from __future__ import annotations

import re

import pytest

from harness.containers.plan import PlanRequest
from harness.errors import UsageError
from harness.mistakes import Mistake
from harness.restore import check_name
from harness.run.catalogue import known_scenarios
from harness.settings import REPOSITORY
from stack import topology
from stack.board_mistakes import BOARD_MISTAKES, with_mistakes
from stack.mistakes import MISTAKES
from stack.services.grafana import board_texts

VARIANTS = REPOSITORY / "stack" / "trading_app" / "trading_app" / "known_bad" / "__init__.py"


def variants() -> set[str]:
    """The names that the application knows (another package, so its source is read), and those of the boards."""
    known = re.findall(r'^    "([a-z-]+)":', VARIANTS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {*known, *BOARD_MISTAKES}


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


@pytest.mark.parametrize("name", BOARD_MISTAKES)
def test_a_known_bad_board_differs_in_one_file_and_the_application_is_not_told(name: str) -> None:
    """The plan says that it is on, as for a variant of the application, which would not know the name."""
    good = topology.plan(PlanRequest(time_scale=15.0)).service("grafana").files
    plan = topology.plan(PlanRequest(time_scale=15.0, known_bad=(name, "fence-off")))
    bad = plan.service("grafana").files
    assert [path for path in good if bad[path] != good[path]] == [
        f"/var/lib/grafana/dashboards/{BOARD_MISTAKES[name].board}.json"
    ]
    assert plan.known_bad == (name, "fence-off")
    assert plan.service("trading-1").environment["TRADING_KNOWN_BAD"] == "fence-off"


def test_a_known_bad_board_that_there_is_not_is_named() -> None:
    """By its name, or by the panel that other boards lack."""
    with pytest.raises(UsageError, match="no known-bad board is called 'board-averge'; there are board-renamed"):
        with_mistakes(board_texts(), ("board-averge",))
    with pytest.raises(UsageError, match="no panel 'Who Leads' on 'high-availability'"):
        with_mistakes({"a.json": "{}"}, ("board-average",))
