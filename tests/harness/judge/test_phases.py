"""A run that is whole went through all its phases, each for its time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge import judge_run
from harness.model import Verdict
from tests.harness.judge.run_folder import (
    change_faults,
    change_json,
    leave_rows,
    plan_a_fault,
    rows_of,
    seal_again,
    stream,
    told,
    two_acts,
    write_rows,
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:-1], "the end of quiesce is missing"),
        (lambda rows: rows[2:], "the start of preflight belongs"),
        (lambda rows: [row for row in rows if row["name"] != "hold"], "the start of hold belongs"),
        (lambda rows: [*rows[:4], *rows[6:8], *rows[4:6], *rows[8:]], "the start of baseline belongs"),
        (lambda rows: [*rows, rows[-1]], "one too many"),
    ],
)
def test_a_whole_run_has_all_its_phases(
    folder: Path, change: Callable[[list[dict[str, object]]], list[dict[str, object]]], message: str
) -> None:
    """A run that says it is complete and lacks a phase, or went through them in another order, is UNKNOWN."""
    plan_a_fault(folder)
    path = stream(folder, "phases")
    rows = rows_of(path)
    write_rows(path, change(rows))
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


def test_phases_that_go_back_in_time_are_unknown(folder: Path) -> None:
    """Phases whose times do not grow were not measured."""
    path = stream(folder, "phases")
    rows = rows_of(path)
    times = [(row["t"], row["m"]) for row in rows]
    rows = [{**row, "t": t, "m": m} for row, (t, m) in zip(rows, reversed(times), strict=True)]
    leave_rows(path, rows)
    seal_again(folder)
    assert any("goes back in time" in one for one in told(judge_run(folder)))


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"steady_s": 1.5}, ""), ({"steady_s": 30.0}, "baseline lasted 0.10 s; its plan asks for 2.00 s")],
)
def test_a_baseline_that_was_cut_short_is_unknown(folder: Path, asked: dict[str, object], message: str) -> None:
    """What is not looked at for as long as was planned may go wrong just afterwards."""
    plan_a_fault(folder)
    change_json(folder / "scenarios" / "bench" / "plan.json", **asked)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.verdict is (Verdict.UNKNOWN if message else Verdict.PASS)
    assert all(message in one for one in told(judged))


@pytest.mark.parametrize(("calm_s", "expected"), [(1.5, Verdict.PASS), (30.0, Verdict.UNKNOWN)])
def test_the_calm_between_two_acts_has_its_time(folder: Path, calm_s: float, expected: Verdict) -> None:
    """A second act that was struck at once is in doubt: what the first set off may still have been on."""
    two_acts(folder)
    change_json(folder / "scenarios" / "bench" / "plan.json", act_steady_s=[30.0, calm_s])
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.verdict is expected
    assert ["calm 2" in one for one in told(judged)] == [True] * (expected is Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "at_s"), [("asked", 0.55), ("confirmed", 0.95), ("healing", 1.05), ("confirmed_healed", 1.35)]
)
def test_a_step_outside_its_phase_is_unknown(folder: Path, kind: str, at_s: float) -> None:
    """A fault that took effect only in the hold, or healed before its end, was not on for as long as was planned."""
    judged = change_faults(folder, lambda row: [{**row, "t": 1e9 + at_s, "m": at_s} if row["kind"] == kind else row])
    assert judged.exit_code == 3
    messages = [one.message for one in judged.scenarios[0].findings]
    assert any("outside the phases" in one or "not in their order" in one for one in messages)
