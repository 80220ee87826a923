"""A run folder is judged by what lies in it: whole evidence releases, a breach does not, whatever else is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.checks import Alert, NothingElseFires
from harness.cli.app import run as command
from harness.judge import judge_run
from harness.model import Verdict
from harness.restore import to_data
from tests.harness.judge.run_folder import (
    change_json,
    change_lines,
    edit_rows,
    execute_one_twice,
    plan_a_fault,
    seal_again,
    stream,
    told,
    two_acts,
    write_rows,
)


def test_a_good_run_passes(folder: Path) -> None:
    """Whole evidence without a breach releases."""
    assert judge_run(folder).verdict is Verdict.PASS
    assert command(["judge", str(folder)]) == 0


def test_a_good_run_with_a_fault_passes(folder: Path) -> None:
    """A planned fault with its phases, steps and a closed undo log is whole evidence."""
    plan_a_fault(folder)
    assert told(judge_run(folder)) == []
    assert judge_run(folder).verdict is Verdict.PASS


def test_judging_changes_nothing(folder: Path) -> None:
    """Judging reads only: the same folder gives the same verdict again, and no file is touched."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert judge_run(folder) == judge_run(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_duplicated_execution_fails(folder: Path) -> None:
    """A signal with two orders is exit code 1."""
    execute_one_twice(folder)
    assert command(["judge", str(folder)]) == 1


def test_a_lost_acknowledgement_fails(folder: Path) -> None:
    """A signal that was acknowledged and is in no table is exit code 1."""
    edit_rows(folder, lambda rows: [row for row in rows if row.get("id") != "s-7"])
    assert command(["judge", str(folder)]) == 1


def test_a_breach_shows_in_damaged_evidence(folder: Path) -> None:
    """A missing stream beside a duplicate does not hide it: FAIL is worse than UNKNOWN."""
    execute_one_twice(folder)
    stream(folder, "panels").unlink()
    assert command(["judge", str(folder)]) == 1


def cut(path: Path) -> None:
    """Cut the last line of a file."""
    path.write_bytes(path.read_bytes()[:-20])


def without(name: str) -> Callable[[Path], None]:
    """Take a field from each line."""
    return lambda path: change_lines(path, lambda row: {key: one for key, one in row.items() if key != name})


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("phases.jsonl", cut),
        ("phases.jsonl", Path.unlink),
        ("phases.jsonl", without("name")),
        ("faults.jsonl", cut),
        ("faults.jsonl", without("fault")),
        ("faults.jsonl", without("detail")),
        ("loaded.json", Path.unlink),
        ("loaded.json", lambda path: change_json(path, rules=[{"alert": "A", "for_s": "4"}])),
    ],
)
@pytest.mark.parametrize("breach", [False, True])
def test_damage_beside_a_breach_does_not_hide_it(
    folder: Path, name: str, damage: Callable[[Path], None], breach: bool
) -> None:
    """Damaged times or rules are UNKNOWN; a duplicate execution beside them is still a FAIL."""
    plan_a_fault(folder)
    if breach:
        execute_one_twice(folder)
    damage(folder / "scenarios" / "bench" / name)
    seal_again(folder)
    assert command(["judge", str(folder)]) == (1 if breach else 3)


def test_a_false_alarm_of_an_expected_alert_fails(folder: Path) -> None:
    """An alert that the scenario waits for in its second act, and that fires in the baseline, is a false alarm."""
    two_acts(folder)
    scenario = folder / "scenarios" / "bench"
    checks = [to_data(check) for check in (Alert(name="A", fault=1), NothingElseFires(allowed=("A",)))]
    change_json(scenario / "plan.json", checks=checks)
    fired: dict[str, object] = {
        "kind": "series",
        "alert": "A",
        "state": "firing",
        "labels": {},
        "times_s": [1e9 + 0.55],
    }
    write_rows(stream(folder, "alerts"), [fired, {"kind": "end", "from_s": 1e9, "to_s": 1e9 + 3}])
    write_rows(stream(folder, "notifications"), [{"kind": "end", "count": 0}])
    seal_again(folder)
    found = [one.message for one in judge_run(folder).scenarios[0].findings]
    assert any("waits for it elsewhere or at another time" in one for one in found)


def test_uncovered_requirements_are_shown(folder: Path) -> None:
    """A row that no scenario covers is in the report as not covered."""
    (row,) = judge_run(folder).requirements
    assert (row.id, row.verdict, row.covered_by) == ("R-43", "not covered", ())


def test_the_report_tells_what_a_scenario_ran_under(folder: Path) -> None:
    """Who reads the verdict sees the traffic, and what was unusual of the application."""
    usual = judge_run(folder).scenarios[0].conditions
    assert len(usual) == 1
    assert "signals a second (" in usual[0]
    change_json(folder / "scenarios" / "bench" / "plan.json", subject_settings={"max_backlog": "120"})
    seal_again(folder)
    assert judge_run(folder).scenarios[0].conditions == (*usual, "the application has max_backlog=120")
