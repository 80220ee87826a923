"""`pytest -m chaos` runs the scenarios; plain pytest runs none."""

from __future__ import annotations

import subprocess
import sys

from harness.settings import REPOSITORY


def collected(*arguments: str) -> str:
    """What pytest would run."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "scenarios", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    ).stdout


def test_plain_pytest_runs_no_scenario() -> None:
    """Without a marker no scenario is selected, and the ones left out are counted."""
    told = collected()
    assert "test_scenario" not in told
    assert "deselected" in told


def test_the_marker_selects_all() -> None:
    """-m chaos selects every scenario."""
    told = collected("-m", "chaos")
    assert "test_scenario[redis-outage]" in told
    assert "test_scenario[steady-state]" in told


def test_a_name_picks_one_scenario() -> None:
    """-k leaves the others out."""
    told = collected("-m", "chaos", "-k", "redis")
    assert "test_scenario[redis-outage]" in told
    assert "test_scenario[steady-state]" not in told
