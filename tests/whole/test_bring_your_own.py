"""Another application, with its own rules, board and scenarios, in another folder; this repository is not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.containers.sweep import leftovers, sweep
from harness.evidence import read_json
from harness.machine.engine import client
from harness.settings import REPOSITORY
from tests.whole.running import skip_if_the_machine_stood_still

# Alone: its scenarios judge whether the load generator was in time, and how long people wait for a panel.
pytestmark = [pytest.mark.containers, pytest.mark.alone, pytest.mark.timeout(900)]
# Not -m harness: with the command that is installed, the folder of the caller is not on Python's path by itself.
COMMAND = "import sys; sys.path.remove(''); from harness.cli import main; main()"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A copy of the example, as a team would begin; what its runs leave is removed."""
    folder = tmp_path / "orders"
    shutil.copytree(REPOSITORY / "examples" / "orders", folder, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    yield folder
    names = {path.name for path in folder.glob("reports/*") if path.is_dir()}
    with closing(client()) as engine:
        for left in leftovers(engine, everything=True):
            if left.run_id.rpartition("-")[0] in names:
                sweep(engine, run_id=left.run_id)


def gate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`harness gate` in the project's folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAOS_")}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, "gate", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        timeout=600,
    )


def report(project: Path) -> dict[str, Any]:
    """What the last run found."""
    found: dict[str, Any] = read_json(project / "reports" / "latest" / "gate.json")
    return found


def test_an_application_with_its_own_rules_and_board(project: Path) -> None:
    """The good one passes: its alert is told in time, its board is looked at, its own requirement rows are shown."""
    ended = gate(project, "--scenarios", "./scenarios", "--stack", "orders_stack", "--lanes", "1")
    skip_if_the_machine_stood_still(ended.returncode, project / "reports" / "latest")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = report(project)
    judged = {(one["check"], one["subject"]) for scenario in found["scenarios"] for one in scenario["findings"]}
    assert {("Alert", "OrdersDown"), ("Panels", "Orders kept per second")} <= judged
    assert {row["id"]: row["verdict"] for row in found["requirements"]} == {
        "O-1": "pass",
        "O-2": "pass",
        "O-3": "pass",
        "O-4": "not covered",
    }
    assert found["subject"]["image"].startswith("chaos-harness/orders:")


def test_a_stack_of_one_container_and_its_known_bad_version(project: Path) -> None:
    """It passes and says what nobody looked at; the version that acknowledges too early turns the gate red."""
    alone = ("--scenarios", "./scenarios_alone", "--stack", "orders_alone")
    good = gate(project, *alone)
    skip_if_the_machine_stood_still(good.returncode, project / "reports" / "latest")
    assert good.returncode == 0, good.stdout + good.stderr
    notes = " ".join(report(project)["notes"])
    assert "no alerts" in notes
    assert "no boards" in notes
    bad = gate(project, *alone, "--known-bad", "ack-first")
    assert bad.returncode == 1, bad.stdout + bad.stderr
    failed = [one for one in report(project)["scenarios"][0]["findings"] if one["verdict"] == "fail"]
    assert {one["check"] for one in failed} == {"ExactlyOnce"}
    assert any("acknowledged and not in the database" in one["message"] for one in failed)
