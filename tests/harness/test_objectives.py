"""gate.toml: the project's own can be read, and every slip is one sentence that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.app import run as command
from harness.objectives import DEFAULT, Offline, read_objectives

TEXT = DEFAULT.read_text(encoding="utf-8")


def test_the_full_profile_leaves_nothing_out() -> None:
    """The quick one may; what it leaves out is listed by its report."""
    objectives, text = read_objectives(DEFAULT)
    assert text == TEXT
    assert set(objectives.profiles["full"].offline) == set(Offline)
    assert objectives.profiles["full"].self_test


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("schema = 1", "schema = 2", "$.schema"),
        ("at_most = 3.0", "at_most = -3.0", "$.limits[0].at_most"),
        ("at_most = 3.0", "at_most = '3'", "$.limits[0].at_most"),
        ("at_most = 3.0", "", "$.limits[0]"),
        ("at_most = 5.0", "at_most = inf", "$.limits[1]"),
        ("at_least = 0.95", "at_most = 0.95", "mutation_score takes at_least"),
        ("least_runs", "leest_runs", "leest_runs"),
        ("least_runs = 3", "least_runs = 2", "$.comparison.least_runs"),
        ("most_runs = 10", "most_runs = 3.5", "$.comparison.most_runs"),
        ("least_runs = 3", "least_runs = 30", "most_runs 10 is below least_runs 30"),
        ('["rules", "boards"]', '["rules", "bords"]', "bords"),
        ('measure = "panel_error_s"', 'measure = "panel_eror_s"', "panel_eror_s"),
        ("panel_back_s = 0.5", "panel_bak_s = 0.5", "panel_bak_s"),
        ("self_test = false", "", "self_test"),
        ("[[limits]]", "[[limits", "line"),
    ],
)
def test_a_slip_ends_with_exit_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], was: str, becomes: str, told: str
) -> None:
    """Before anything is started, with the file and the key."""
    assert was in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(was, becomes, 1), encoding="utf-8")
    assert command(["gate", "--objectives", str(path)]) == 2
    error = capfd.readouterr().err
    assert str(path) in error
    assert told in error
    assert "Traceback" not in error


def test_a_file_that_is_not_there_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """Also what was meant is no file at all."""
    assert command(["gate", "--objectives", "/nowhere/gate.toml"]) == 2
    assert "/nowhere/gate.toml cannot be read" in capfd.readouterr().err
