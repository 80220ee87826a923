"""`pytest -m chaos` runs the scenarios; plain pytest runs none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from harness.settings import REPOSITORY

# Of the session inside this one: it runs nothing, and leaves no trace.
QUIETLY = ("--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:logging")


@dataclass
class Selection:
    """Hears what a session would run, and what it leaves out."""

    chosen: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is left when all have chosen."""
        self.chosen += [item.name for item in session.items]

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """What somebody left out."""
        self.left_out += [item.name for item in items]


def collected(*arguments: str) -> Selection:
    """What pytest would run in this project's scenarios, with its own settings."""
    selection = Selection()
    asked = [str(REPOSITORY / "scenarios"), "--rootdir", str(REPOSITORY), "-c", str(REPOSITORY / "pyproject.toml")]
    pytest.main([*asked, *QUIETLY, *arguments], plugins=[selection])
    return selection


def test_plain_pytest_runs_no_scenario() -> None:
    """Without a marker no scenario is selected, and the ones left out are counted."""
    told = collected()
    assert not any("test_scenario" in name for name in told.chosen)
    assert {"test_scenario[redis-outage]", "test_scenario[steady-state]"} <= set(told.left_out)


def test_the_marker_selects_all() -> None:
    """-m chaos selects every scenario."""
    told = collected("-m", "chaos")
    assert {"test_scenario[redis-outage]", "test_scenario[steady-state]"} <= set(told.chosen)
    assert not any("test_scenario" in name for name in told.left_out)


def test_a_name_picks_one_scenario() -> None:
    """-k leaves the others out."""
    told = collected("-m", "chaos", "-k", "redis")
    assert "test_scenario[redis-outage]" in told.chosen
    assert "test_scenario[steady-state]" in told.left_out
