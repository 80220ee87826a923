"""A run folder is judged by what lies in it; what is missing or damaged never passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bench.judging import write_history
from harness.cli.app import run as command
from harness.evidence import read_json, seal, write_json
from harness.judge import judge_run
from harness.model import Verdict

SIGNALS = 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a good run of one scenario with 100 signals."""
    run = tmp_path / "20260101-000000-abcdef"
    write_history(run / "scenarios" / "bench", lines=SIGNALS * 7)
    write_json(
        run / "run.json",
        {
            "schema_version": 1,
            "run_id": run.name,
            "profile": "quick",
            "seed": 1,
            "time_scale": 15.0,
            "started_at": "2026-01-01T00:00:00.000+00:00",
            "subject": {"image": "app", "digest": "sha256:0", "git_sha": "0", "known_bad": []},
            "stack": [],
            "scenarios": ["bench"],
            "requirements": [{"id": "R-43", "row": "Nothing twice, nothing lost"}],
        },
    )
    return run


def stream(folder: Path, name: str) -> Path:
    """A stream's file."""
    return folder / "scenarios" / "bench" / f"{name}.jsonl"


def edit_rows(folder: Path, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    """Change the final reads and seal again, as if the databases had held them."""
    path = stream(folder, "final")
    rows = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    counts: dict[str, int] = {}
    for row in rows[:-1]:
        counts[str(row["kind"])] = counts.get(str(row["kind"]), 0) + 1
    rows[-1]["counts"] = counts
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    seal(folder / "scenarios" / "bench", "complete")


def test_a_good_run_passes(folder: Path) -> None:
    """Whole evidence without a breach releases."""
    assert judge_run(folder).verdict is Verdict.PASS
    assert command(["judge", str(folder)]) == 0


def test_judging_changes_nothing(folder: Path) -> None:
    """Judging reads only: the same folder gives the same verdict again, and no file is touched."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert judge_run(folder) == judge_run(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


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


def test_a_duplicated_execution_fails(folder: Path) -> None:
    """A signal with two orders is exit code 1."""

    def duplicate(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        order = next(row for row in rows if row["kind"] == "effect")
        return [*rows[:-1], {**order, "effect_id": "o-again"}, rows[-1]]

    edit_rows(folder, duplicate)
    assert command(["judge", str(folder)]) == 1


def test_a_lost_acknowledgement_fails(folder: Path) -> None:
    """A signal that was acknowledged and is in no table is exit code 1."""
    edit_rows(folder, lambda rows: [row for row in rows if row.get("id") != "s-7"])
    assert command(["judge", str(folder)]) == 1


def test_a_breach_shows_in_damaged_evidence(folder: Path) -> None:
    """A missing stream beside a duplicate does not hide it: FAIL is worse than UNKNOWN."""
    test_a_duplicated_execution_fails(folder)
    stream(folder, "panels").unlink()
    assert command(["judge", str(folder)]) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda plan: plan.update(checks=[]), "lists no check"),
        (lambda plan: plan["checks"].append({"type": "harness.model:Phase", "parameters": {}}), "cannot be restored"),
        (lambda plan: plan["checks"].append({"type": "no.such:Check", "parameters": {}}), "cannot be restored"),
        (lambda plan: plan["checks"][0]["parameters"].update(nonsense=1), "takes no nonsense"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_unknown(
    folder: Path, change: Callable[[dict[str, object]], None], told: str
) -> None:
    """Checks that are missing or not to be had leave the run in doubt."""
    path = folder / "scenarios" / "bench" / "plan.json"
    plan = read_json(path)
    change(plan)
    write_json(path, plan)
    judged = judge_run(folder)
    assert judged.verdict is Verdict.UNKNOWN
    assert any(told in finding.message for finding in judged.scenarios[0].findings)


def test_a_scenario_that_never_ran_is_unknown(folder: Path) -> None:
    """A scenario of the order without a folder is UNKNOWN, and so is the run."""
    run = read_json(folder / "run.json")
    run["scenarios"] = ["bench", "redis-outage"]
    write_json(folder / "run.json", run)
    judged = judge_run(folder)
    assert [scenario.verdict for scenario in judged.scenarios] == [Verdict.PASS, Verdict.UNKNOWN]
    assert judged.exit_code == 3


def test_uncovered_requirements_are_shown(folder: Path) -> None:
    """A row that no scenario covers is in the report as not covered."""
    (row,) = judge_run(folder).requirements
    assert (row.id, row.verdict, row.covered_by) == ("R-43", "not covered", ())


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema_version": 99}'])
def test_a_foreign_folder_is_bad_input(tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is empty, foreign or damaged is told in one sentence, without a traceback, and never passes."""
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert command(["judge", str(tmp_path)]) in {2, 3}
    told = capsys.readouterr().err
    assert told.startswith("harness: ")
    assert len(told.splitlines()) == 1
    assert "run.json" in told


def test_a_missing_folder_is_bad_input(tmp_path: Path) -> None:
    """A folder that is not there is exit code 2."""
    assert command(["judge", str(tmp_path / "nowhere")]) == 2
