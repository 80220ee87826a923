"""Scenarios are found by their files, and bad input is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.run.catalogue import choose, requirement_rows, scenarios_in
from harness.run.order import Options, order_of
from harness.settings import REPOSITORY

MODULE = """
from harness.model import LoadProfile, Scenario
SCENARIO = Scenario(name={name!r}, hypothesis="h", covers=(), load=LoadProfile(), checks=(){more})
"""


def write(folder: Path, file: str, name: str, more: str = "") -> None:
    """A scenario module."""
    (folder / file).write_text(MODULE.format(name=name, more=more), encoding="utf-8")


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


def test_a_profile_leaves_out_what_is_not_in_it_and_says_so(tmp_path: Path) -> None:
    """The gate runs the scenarios of its profile; the report names the others; a name runs whatever its profiles."""
    write(tmp_path, "one.py", "usual")
    write(tmp_path, "two.py", "long", ', profiles=("full",)')
    names = {
        profile: [one.name for one in order_of(Options(scenarios_folder=tmp_path, profile=profile)).scenarios]
        for profile in ("quick", "full", "bench")
    }
    assert names == {"quick": ["usual"], "full": ["usual", "long"], "bench": ["usual", "long"]}
    quick = order_of(Options(scenarios_folder=tmp_path, profile="quick"))
    assert quick.notes == ("not looked at, as the profile quick leaves it out: long (full)",)
    assert order_of(Options(scenarios_folder=tmp_path, profile="full")).notes == ()
    assert [one.name for one in order_of(Options(scenarios_folder=tmp_path, names=("long",))).scenarios] == ["long"]


def test_a_profile_without_scenarios_is_told(tmp_path: Path) -> None:
    """A gate that would run nothing is an error."""
    write(tmp_path, "two.py", "long", ', profiles=("full",)')
    with pytest.raises(UsageError, match="no scenario is in the profile 'quick'"):
        order_of(Options(scenarios_folder=tmp_path, profile="quick"))


def test_an_unknown_profile_is_named(tmp_path: Path) -> None:
    """A misspelt profile would leave a scenario out of every gate."""
    write(tmp_path, "one.py", "one", ', profiles=("quick", "ful")')
    with pytest.raises(UsageError, match=r"one\.py: there is no profile 'ful'; there are quick, full"):
        scenarios_in(tmp_path)
