"""Scenarios are found by their files, and bad input is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.run.catalogue import choose, requirement_rows, scenarios_in
from harness.settings import REPOSITORY

MODULE = """
from harness.model import LoadProfile, Scenario
SCENARIO = Scenario(name={name!r}, hypothesis="h", covers=(), load=LoadProfile(), checks=())
"""


def write(folder: Path, file: str, name: str) -> None:
    """A scenario module."""
    (folder / file).write_text(MODULE.format(name=name), encoding="utf-8")


def test_the_projects_own_scenarios_load() -> None:
    """The scenarios that a fresh clone ships are found by name."""
    assert {"steady-state", "redis-outage"} <= set(scenarios_in(REPOSITORY / "scenarios"))


def test_every_covered_requirement_is_a_row() -> None:
    """No scenario claims a requirement that the report has no row for."""
    rows = {row["id"] for row in requirement_rows(REPOSITORY / "scenarios")}
    for scenario in scenarios_in(REPOSITORY / "scenarios").values():
        assert set(scenario.covers) <= rows, scenario.name


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    """Any folder with scenario modules serves; modules with an underscore in front are helpers."""
    write(tmp_path, "one.py", "one")
    (tmp_path / "_helper.py").write_text("X = 1\n", encoding="utf-8")
    assert list(scenarios_in(tmp_path)) == ["one"]


def test_a_scenario_that_lost_its_value_is_told(tmp_path: Path) -> None:
    """A module without a SCENARIO is an error: a gate with one scenario less would look as green as before."""
    (tmp_path / "one.py").write_text("SCENARIOS = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"one\.py has no SCENARIO"):
        scenarios_in(tmp_path)


def test_an_unknown_scenario_is_named_with_the_nearest(tmp_path: Path) -> None:
    """A misspelt name is answered with what there is and what was probably meant."""
    write(tmp_path, "one.py", "redis-outage")
    with pytest.raises(UsageError, match=r"no scenario 'redis-outge'; there are redis-outage; did you mean"):
        choose(scenarios_in(tmp_path), ("redis-outge",))


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    """Two scenarios of one name would overwrite each other's evidence."""
    write(tmp_path, "a.py", "same")
    write(tmp_path, "b.py", "same")
    with pytest.raises(UsageError, match=r"b\.py: there is already a scenario called 'same'"):
        scenarios_in(tmp_path)


def test_a_broken_module_is_named(tmp_path: Path) -> None:
    """A module that does not load is named with its error."""
    (tmp_path / "bad.py").write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.py does not load: ZeroDivisionError"):
        scenarios_in(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is told."""
    with pytest.raises(UsageError, match="nowhere is no folder"):
        scenarios_in(tmp_path / "nowhere")


def test_broken_rows_are_named(tmp_path: Path) -> None:
    """A requirement file that cannot be read is named, not taken for an empty one."""
    (tmp_path / "requirements.toml").write_text("rows = [", encoding="utf-8")
    with pytest.raises(UsageError, match=r"requirements\.toml"):
        requirement_rows(tmp_path)
