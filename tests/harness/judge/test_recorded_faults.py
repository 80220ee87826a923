"""The faults on record are those that were planned, and all of them were mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.evidence import read_json
from harness.judge import judge_run
from harness.model import Verdict
from tests.harness.judge.run_folder import (
    change_faults,
    change_json,
    change_lines,
    plan_a_fault,
    rows_of,
    seal_again,
    stream,
    told,
    two_acts,
    write_rows,
)


def plan_by_the_clock(folder: Path) -> None:
    """The run with that fault has a second one, for which there was no room; both are by the clock."""
    plan_a_fault(folder)
    fault = {"kind": "stop", "target": "redis", "as": "Stop()", "timed": True, "at_s": 1.0, "for_s": 2.0}
    change_json(folder / "scenarios" / "bench" / "plan.json", faults=[fault, {**fault, "target": "{leader}:redis"}])
    path = stream(folder, "faults")
    rows = rows_of(path)
    rows[0]["faults"] = 2
    told = {"fault": 1, "fault_kind": "stop", "target": "{leader}:redis", "detail": "nobody leads"}
    write_rows(path, [*rows, {"t": 1e9 + 1.2, "m": 1.2, "kind": "skipped", **told}])
    seal_again(folder)


def test_a_fault_by_the_clock_may_find_no_room(folder: Path) -> None:
    """It is counted and not taken for one that was there; the other one is judged."""
    plan_by_the_clock(folder)
    judged = judge_run(folder)
    assert judged.verdict is Verdict.PASS
    assert [fault.target for fault in judged.scenarios[0].faults] == ["redis"]
    assert any("1 found no room" in one.message for one in judged.scenarios[0].findings)


def test_a_fault_that_was_struck_did_not_find_no_room(folder: Path) -> None:
    """The evidence says both of it: nobody knows."""
    plan_by_the_clock(folder)
    change_lines(stream(folder, "faults"), lambda row: {**row, "fault": 0} if row["kind"] == "skipped" else row)
    seal_again(folder)
    assert judge_run(folder).verdict is Verdict.UNKNOWN
    assert any("was left out, and tells of it" in one for one in told(judge_run(folder)))


def test_only_a_fault_by_the_clock_may_find_no_room(folder: Path) -> None:
    """A fault of an ordinary act has to be struck."""
    plan_by_the_clock(folder)
    path = folder / "scenarios" / "bench" / "plan.json"
    change_json(path, faults=[{**one, "timed": False} for one in read_json(path)["faults"]])
    seal_again(folder)
    assert judge_run(folder).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"kind": "planned", "faults": 1}], "says 1 was planned"),
        ([{"kind": "planned", "faults": 0}] * 2, "says 0 and 0 was planned"),
        ([{"kind": "asked", "fault": 0, "detail": ""}], "there is no fault 0"),
        (
            [{"kind": "planned", "faults": 0}, {"kind": "undo_failed", "fault": -1, "detail": "no engine"}],
            "could not be undone: no engine",
        ),
    ],
)
def test_a_control_run_breaks_nothing(folder: Path, rows: list[dict[str, object]], message: str) -> None:
    """Where no fault was planned, any sign of one leaves the run in doubt."""
    write_rows(stream(folder, "faults"), rows)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "undo.jsonl is missing"),
        ('{"n": 1, "about_to": "stop redis"}\n', "'stop redis' was done and never undone"),
        (
            '{"n": 1, "about_to": "stop redis"}\n{"n": 1, "undo_failed": "stop redis"}\n{"n": 1, "undone": "x"}\n',
            "undoing 'stop redis' failed",
        ),
        ("[]\n{}\n", "undo.jsonl:1 cannot be read"),
        ('{"n": 1, "about_to": "a"}\n{"about_to": "b"}\n', "undo.jsonl:2 cannot be read"),
    ],
)
def test_what_was_not_mended_is_unknown(folder: Path, content: str | None, message: str) -> None:
    """An undo log that is missing, open, failed or damaged does not release a run with faults."""
    plan_a_fault(folder)
    (folder / "undo.jsonl").unlink()
    if content is not None:
        (folder / "undo.jsonl").write_text(content, encoding="utf-8")
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert [message in one for one in told(judged)] == [True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: [{**row, "target": "postgres"}] if "fault" in row else [row], "recorded a stop of postgres"),
        (lambda row: [{**row, "fault_kind": "pause"}] if "fault" in row else [row], "recorded a pause of redis"),
        (lambda row: [row, row] if row["kind"] == "confirmed" else [row], "twice when the stop of redis was confirmed"),
        (lambda row: [row, row] if row["kind"] == "healing" else [row], "twice when the stop of redis was healing"),
    ],
)
def test_the_fault_that_was_recorded_is_the_one_that_was_planned(
    folder: Path, change: Callable[[dict[str, object]], list[dict[str, object]]], message: str
) -> None:
    """Steps of another fault, or a step that was taken twice, leave the run in doubt."""
    judged = change_faults(folder, change)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


@pytest.mark.parametrize(
    ("target", "recorded", "expected"),
    [
        ("{leader}:redis", ["trading-2:redis"], Verdict.PASS),
        ("{leader}:redis", ["{leader}:redis"], Verdict.UNKNOWN),
        ("{leader}:redis", ["trading-2:postgres"], Verdict.UNKNOWN),
        ("{leader}:redis", ["trading-1:redis", "trading-2:redis"], Verdict.UNKNOWN),
    ],
)
def test_a_role_is_one_player_from_the_strike_to_the_heal(
    folder: Path, target: str, recorded: list[str], expected: Verdict
) -> None:
    """A fault aimed at a role was struck at somebody, and healed at the same one."""
    plan_a_fault(folder)
    change_json(
        folder / "scenarios" / "bench" / "plan.json", faults=[{"kind": "stop", "target": target, "as": "Stop()"}]
    )
    path, number = stream(folder, "faults"), iter(range(9))
    rows = rows_of(path)
    rows = [
        row if row["kind"] == "planned" else {**row, "target": recorded[next(number) % len(recorded)]} for row in rows
    ]
    write_rows(path, rows)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.verdict is expected
    if expected is Verdict.PASS:
        assert [fault.target for fault in judged.scenarios[0].faults] == recorded


def test_a_fault_in_another_act_than_its_own_is_unknown(folder: Path) -> None:
    """A fault whose times lie in the phases of another act shows nothing."""
    two_acts(folder)
    assert judge_run(folder).verdict is Verdict.PASS
    plan = folder / "scenarios" / "bench" / "plan.json"
    change_json(plan, faults=[{**fault, "act": 3 - number} for number, fault in enumerate(both_stops(plan), start=1)])
    seal_again(folder)
    assert judge_run(folder).exit_code == 3


def both_stops(plan: Path) -> list[dict[str, object]]:
    """The plan's faults."""
    faults: list[dict[str, object]] = read_json(plan)["faults"]
    return faults
