"""The history of gates: what counts as a baseline, and that damage or loss is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compare import append, baseline_of, read_history
from tests.harness.compare.pasts import MACHINE, past


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history of five runs, the last of which failed."""
    path = tmp_path / "history.jsonl"
    for number in range(1, 5):
        append(path, past(number))
    append(path, past(5, verdict="fail"))
    return path


def test_what_was_written_is_read(history: Path) -> None:
    """A line a run, in order."""
    runs, problems = read_history(history)
    assert runs == (*(past(number) for number in range(1, 5)), past(5, verdict="fail"))
    assert problems == ()


def test_only_the_last_runs_that_passed_are_compared(history: Path) -> None:
    """Those that did not are counted, and the newest pass is the one that changes are told against."""
    found = baseline_of(history, "quick", MACHINE, most=3)
    assert [one.run_id for one in found.runs] == ["run-2", "run-3", "run-4"]
    assert dict(found.left_out) == {"did not pass": 1}
    assert found.last == past(4)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"profile": "full"}, "of another profile"),
        ({"verdict": "unknown"}, "did not pass"),
        ({"usual": False}, "judged something else than what is released"),
        ({"machine": {**MACHINE, "cpus": "64"}}, "on another class of machine"),
    ],
)
def test_a_run_that_cannot_be_compared_is_left_out(tmp_path: Path, change: dict[str, object], why: str) -> None:
    """Of another profile or machine, not passed, or of a known-bad subject: with its reason."""
    append(tmp_path / "history.jsonl", past(1, **change))
    found = baseline_of(tmp_path / "history.jsonl", "quick", MACHINE, most=3)
    assert found.runs == ()
    assert dict(found.left_out) == {why: 1}


@pytest.mark.parametrize("line", [b"nonsense", b"{}", b'{"run_id": 1}', b"\xff\xfe", b"[]", b""])
def test_a_damaged_line_is_told_with_its_number(history: Path, line: bytes) -> None:
    """And the lines behind it are still read."""
    lines = history.read_bytes().splitlines()
    lines[1] = line
    history.write_bytes(b"\n".join(lines) + b"\n")
    runs, problems = read_history(history)
    assert len(runs) == 4
    assert len(problems) == 1
    assert problems[0].startswith("history.jsonl:2 cannot be read")


def test_a_line_that_was_cut_does_not_swallow_the_next(history: Path) -> None:
    """A gate that was killed while it wrote leaves one damaged line, and no more."""
    history.write_bytes(history.read_bytes()[:-20])
    append(history, past(6))
    runs, problems = read_history(history)
    assert runs[-1] == past(6)
    assert [one.partition(" ")[0] for one in problems] == ["history.jsonl:5"]


def test_a_history_that_is_gone_is_told_where_gates_were_run(tmp_path: Path) -> None:
    """Before the first gate nothing is missing; beside the folder of one it is."""
    path = tmp_path / "history.jsonl"
    assert baseline_of(path, "quick", MACHINE, most=3).problems == ()
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "baseline.json").write_text("{}", encoding="utf-8")
    assert baseline_of(path, "quick", MACHINE, most=3).problems == (
        "history.jsonl is missing, though run-1 is the folder of an earlier gate",
    )
    path.touch()
    assert baseline_of(path, "quick", MACHINE, most=3).problems == (
        "history.jsonl holds no run, though run-1 is the folder of an earlier gate",
    )
