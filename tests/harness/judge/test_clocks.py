"""Lines have times of two clocks that go together, or prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.judge import judge_run
from harness.model import Verdict
from tests.harness.judge.run_folder import change_lines, seal_again, stream, told


@pytest.mark.parametrize("step_s", [-4.0, 0.4, 20.0])
@pytest.mark.parametrize("name", ["client", "rules"])
def test_a_clock_that_was_set_is_unknown(folder: Path, name: str, step_s: float) -> None:
    """A step of the wall clock, within a stream or between two, makes every time in doubt."""
    change_lines(
        stream(folder, name),
        lambda row: {**row, "t": row["t"] + step_s} if name == "rules" or row["m"] > 0.1 else row,  # type: ignore[operator]  # numbers
    )
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert [one[:46] for one in told(judged)] == ["The clock of the machine was set during the ru"]


def test_a_clock_that_drifts_a_little_passes(folder: Path) -> None:
    """The few milliseconds between reading two clocks are no step."""
    change_lines(stream(folder, "client"), lambda row: {**row, "t": row["t"] + 0.01})  # type: ignore[operator]  # a number
    seal_again(folder)
    assert judge_run(folder).verdict is Verdict.PASS


@pytest.mark.parametrize("mono", [0, -1, None, "1", float("nan")])
@pytest.mark.parametrize("name", ["cost", "client"])
def test_lines_without_a_monotonic_time_are_damaged(folder: Path, name: str, mono: object) -> None:
    """A line that does not say when it was written by both clocks supports nothing."""
    change_lines(stream(folder, name), lambda row: {**row, "m": mono})
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(f"{name}.jsonl:1" in one for one in told(judged))


@pytest.mark.parametrize("odd", [b"\n", b" "])
def test_a_stream_that_no_check_reads_is_looked_at_too(folder: Path, odd: bytes) -> None:
    """An empty line, or something behind the last one, is damage wherever it is."""
    path = stream(folder, "cost")
    path.write_bytes(path.read_bytes() + odd)
    seal_again(folder)
    assert any("cost.jsonl:2 cannot be read" in one for one in told(judge_run(folder)))
