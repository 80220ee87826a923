"""Files of a run that are missing, damaged or of another shape: one sentence, exit code 3, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.app import run as command
from harness.evidence import read_json, write_json
from harness.judge import judge_run
from harness.model import Verdict
from tests.harness.judge.run_folder import change_json, seal_again, stream


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-30]),
    ],
    ids=["emptied", "missing", "cut"],
)
@pytest.mark.parametrize("name", ["client", "final", "panels", "rules", "phases", "notifications"])
def test_damaged_evidence_is_unknown(folder: Path, name: str, damage: Callable[[Path], None]) -> None:
    """A stream that is emptied, missing or cut in the middle of a line is exit code 3, whichever it is."""
    damage(stream(folder, name))
    assert judge_run(folder).verdict is Verdict.UNKNOWN
    assert command(["judge", str(folder)]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan.update(checks=[]), "lists no check"),
        (
            lambda plan: plan["checks"].append({"type": "harness.recorded:Phase", "parameters": {}}),
            "cannot be restored",
        ),
        (lambda plan: plan["checks"].append({"type": "no.such:Check", "parameters": {}}), "cannot be restored"),
        (lambda plan: plan["checks"][0]["parameters"].update(nonsense=1), "takes no nonsense"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_unknown(
    folder: Path, change: Callable[[dict[str, object]], None], message: str
) -> None:
    """Checks that are missing or not to be had leave the run in doubt."""
    path = folder / "scenarios" / "bench" / "plan.json"
    plan = read_json(path)
    change(plan)
    write_json(path, plan)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.verdict is Verdict.UNKNOWN
    assert any(message in finding.message for finding in judged.scenarios[0].findings)


@pytest.mark.parametrize(
    "change",
    [
        {"checks": 3},
        {"checks": [3]},
        {"faults": None},
        {"faults": [{"kind": "stop"}]},
        {"load": {"signals_per_s": "many"}},
        {"load": {"signals_per_s": float("nan")}},
        {"covers": "R-43"},
        {"name": 7},
        {"time_scale": 0},
        {"time_scale": "15"},
        {"settings": {"lease_ttl_s": -1}},
        {"expected": {}},
        {"expected": None},
    ],
)
def test_a_plan_of_another_shape_is_unknown(folder: Path, change: dict[str, object]) -> None:
    """A damaged plan is exit code 3, never a crash."""
    change_json(folder / "scenarios" / "bench" / "plan.json", **change)
    seal_again(folder)
    assert command(["judge", str(folder)]) == 3


@pytest.mark.parametrize("name", ["plan.json", "loaded.json", "sealed.json"])
@pytest.mark.parametrize("content", ["{}", "[]", "", "{", '{"rules": 1, "streams": [], "files": 3, "ended": []}'])
def test_a_file_of_another_shape_is_unknown(folder: Path, name: str, content: str) -> None:
    """Whatever a scenario's file holds, judging ends with exit code 3."""
    (folder / "scenarios" / "bench" / name).write_text(content, encoding="utf-8")
    assert command(["judge", str(folder)]) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"scenarios": None},
        {"scenarios": [1]},
        {"scenarios": []},
        {"stack": [{"a": 1}]},
        {"stack": [{"service": 1, "image": "", "digest": "", "version": "", "source": ""}]},
        {"requirements": [{}]},
        {"requirements": "R-43"},
        {"duration_s": "long"},
        {"subject": None},
        {"seed": 1.5},
    ],
)
def test_an_order_of_another_shape_is_unknown(folder: Path, change: dict[str, object]) -> None:
    """A damaged order is exit code 3 with one sentence, never a crash."""
    change_json(folder / "run.json", **change)
    seal_again(folder)
    assert command(["judge", str(folder)]) == 3


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema_version": 99}'])
def test_a_foreign_folder_is_bad_input(tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is empty, foreign or damaged is told in one sentence, without a traceback, and never passes."""
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert command(["judge", str(tmp_path)]) in {2, 3}
    said = capsys.readouterr().err
    assert said.startswith("harness: ")
    assert len(said.splitlines()) == 1
    assert "run.json" in said


def test_a_missing_folder_is_bad_input(tmp_path: Path) -> None:
    """A folder that is not there is exit code 2."""
    assert command(["judge", str(tmp_path / "nowhere")]) == 2
