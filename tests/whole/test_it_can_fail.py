"""The gate can fail: known-bad subjects turn it red on real containers, through the check meant to catch them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.settings import REPOSITORY
from tests.whole.running import findings, skip_if_the_machine_stood_still, started

# Beside other tests deadlines are doubted instead of failed: the machine is shared.
pytestmark = [pytest.mark.containers, pytest.mark.alone, pytest.mark.timeout(900)]

RULES = REPOSITORY / "stack" / "prometheus" / "rules" / "portfolio_manager.yml"


def test_an_application_without_fence_and_uniqueness_fails(tmp_path: Path) -> None:
    """Signals executed twice are found in the databases, and the report says that the subject is known bad."""
    arguments = ["run", "brief-outage", "--known-bad", "fence-off", "--known-bad", "unique-off"]
    with started(tmp_path, arguments) as run:
        ended = run.end()
    skip_if_the_machine_stood_still(ended.code, run.run_folder)
    assert ended.code == 1, ended.err
    failed = {finding["check"] for finding in findings(run.run_folder) if finding["verdict"] == "fail"}
    assert "ExactlyOnce" in failed
    assert "fence-off" in (run.run_folder / "report.md").read_text(encoding="utf-8")


def test_a_rule_that_waits_too_long_fails(tmp_path: Path) -> None:
    """An alert that is loaded with too long a `for` reaches nobody in the promised time."""
    slow = tmp_path / "rules.yml"
    text = RULES.read_text(encoding="utf-8")
    assert text.count("for: 1m") >= 1
    slow.write_text(text.replace("for: 1m", "for: 6m"), encoding="utf-8")
    with started(tmp_path / "reports", ["run", "brief-outage", "--rules", str(slow)]) as run:
        ended = run.end()
    skip_if_the_machine_stood_still(ended.code, run.run_folder)
    assert ended.code == 1, ended.err
    failed = {(one["check"], one["subject"]) for one in findings(run.run_folder) if one["verdict"] == "fail"}
    assert ("Alert", "SignalLoss") in failed
