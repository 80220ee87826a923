"""A run folder is judged by what lies in it; what is missing or damaged never passes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bench.judging import write_history
from harness.checks import Alert, NothingElseFires
from harness.cli.app import run as command
from harness.evidence import read_json, write_json
from harness.journal import Journal
from harness.judge import judge_run
from harness.model import Verdict
from harness.restore import to_data
from harness.results import GateReport
from harness.seals import seal, seal_run

SIGNALS = 100


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a good run of one scenario with 100 signals, written once; nobody changes it."""
    run = tmp_path_factory.mktemp("good") / "20260101-000000-abcdef"
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
    seal_run(run)
    return run


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    """The good run in a folder that is the test's own."""
    return Path(shutil.copytree(good, tmp_path / good.name))


def seal_again(folder: Path) -> None:
    """Seal everything anew, as if the run had left it so."""
    for scenario in (folder / "scenarios").iterdir():
        seal(scenario, "complete")
    seal_run(folder)


def change_json(path: Path, **values: object) -> None:
    """Set fields of a JSON file."""
    write_json(path, {**read_json(path), **values})


def change_lines(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Rewrite each line of a stream."""
    rows = [change(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def told(judged: GateReport) -> list[str]:
    """What the judge says of the evidence."""
    return [one.message for scenario in judged.scenarios for one in scenario.findings if one.check == "Evidence"]


def plan_a_fault(folder: Path) -> None:
    """Make the good run one with a stop of Redis that took effect and healed."""
    scenario = folder / "scenarios" / "bench"
    change_json(scenario / "plan.json", faults=[{"kind": "stop", "target": "redis", "as": "Stop()"}])
    rows: list[dict[str, object]] = [{"kind": "planned", "faults": 1}]
    for kind, at_s in (
        ("asked", 0.71),
        ("confirmed", 0.79),
        ("healing", 1.11),
        ("healed", 1.12),
        ("confirmed_healed", 1.19),
    ):
        rows.append({"t": 1e9 + at_s, "m": at_s, "kind": kind, "fault": 0, "fault_kind": "stop", "target": "redis"})
        rows[-1]["detail"] = "so"
    write_rows(stream(folder, "faults"), rows)
    names = ("preflight", "warm-up", "baseline", "inject", "hold", "heal", "recover", "quiesce")
    write_rows(stream(folder, "phases"), [{"kind": k, "name": name} for name in names for k in ("start", "end")])
    journal = Journal(path=folder / "undo.jsonl")
    journal.undo(journal.about_to("stop redis", lambda: None))
    seal_again(folder)


def plan_by_the_clock(folder: Path) -> None:
    """The run with that fault has a second one, for which there was no room; both are by the clock."""
    plan_a_fault(folder)
    fault = {"kind": "stop", "target": "redis", "as": "Stop()", "timed": True, "at_s": 1.0, "for_s": 2.0}
    change_json(folder / "scenarios" / "bench" / "plan.json", faults=[fault, {**fault, "target": "{leader}:redis"}])
    path = stream(folder, "faults")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
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


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a stream, a line each tenth of a second unless it says when."""
    timed = [{"t": 1e9 + n / 10, "m": n / 10, **row} for n, row in enumerate(rows, start=1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in timed), encoding="utf-8")


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
    seal_again(folder)


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


def test_a_scenario_that_never_ran_is_unknown(folder: Path) -> None:
    """A scenario of the order without a folder is UNKNOWN, and so is the run."""
    run = read_json(folder / "run.json")
    run["scenarios"] = ["bench", "redis-outage"]
    write_json(folder / "run.json", run)
    seal_run(folder)
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
    said = capsys.readouterr().err
    assert said.startswith("harness: ")
    assert len(said.splitlines()) == 1
    assert "run.json" in said


def test_a_missing_folder_is_bad_input(tmp_path: Path) -> None:
    """A folder that is not there is exit code 2."""
    assert command(["judge", str(tmp_path / "nowhere")]) == 2


def test_a_good_run_with_a_fault_passes(folder: Path) -> None:
    """A planned fault with its phases, steps and a closed undo log is whole evidence."""
    plan_a_fault(folder)
    assert told(judge_run(folder)) == []
    assert judge_run(folder).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run_id": "20260101-000000-ffffff"}, "was recorded by run 20260101-000000-ffffff"),
        ({"name": "steady-state"}, "holds the plan of 'steady-state'"),
    ],
)
def test_evidence_of_another_run_or_scenario_is_unknown(folder: Path, change: dict[str, object], message: str) -> None:
    """A folder that was copied in from elsewhere does not release, even when it is sealed anew."""
    change_json(folder / "scenarios" / "bench" / "plan.json", **change)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))
    assert [scenario.name for scenario in judged.scenarios] == ["bench"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["bench", "bench"], "more than once"),
        (["bench", "../bench"], "which no folder is called"),
        (["bench", ""], "which no folder is called"),
        (["bench", "a\\b"], "which no folder is called"),
    ],
)
def test_odd_scenario_names_are_unknown(folder: Path, names: list[str], message: str) -> None:
    """Names that stand twice, or lead out of the run's folder, leave the run in doubt."""
    change_json(folder / "run.json", scenarios=names)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


def test_a_scenario_cannot_be_dropped(folder: Path) -> None:
    """A scenario that was recorded and is no longer in the order shows, even when the run is sealed anew."""
    (folder / "scenarios" / "failed").mkdir()
    write_json(folder / "scenarios" / "failed" / "plan.json", {})
    seal_again(folder)
    assert any("does not name failed" in one for one in told(judge_run(folder)))
    assert judge_run(folder).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("name", ["run.json", "scenarios/bench/plan.json", "scenarios/bench/loaded.json"])
def test_what_decides_cannot_be_changed_after_the_run(folder: Path, name: str) -> None:
    """An order, plan or rule list with a different byte than the run left is UNKNOWN."""
    path = folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    judged = judge_run(folder)
    assert judged.verdict is Verdict.UNKNOWN
    assert any(f"{path.name} is not as it was recorded" in one for one in told(judged))


def test_a_run_killed_before_its_end_is_unknown(folder: Path) -> None:
    """A folder without the seal of the run was never finished."""
    (folder / "sealed.json").unlink()
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert told(judged) == ["the run did not come to its end: sealed.json is missing"]


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
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_rows(path, change(rows))
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


def test_phases_that_go_back_in_time_are_unknown(folder: Path) -> None:
    """Phases whose times do not grow were not measured."""
    path = stream(folder, "phases")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    times = [(row["t"], row["m"]) for row in rows]
    rows = [{**row, "t": t, "m": m} for row, (t, m) in zip(rows, reversed(times), strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    seal_again(folder)
    assert any("goes back in time" in one for one in told(judge_run(folder)))


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
        test_a_duplicated_execution_fails(folder)
    damage(folder / "scenarios" / "bench" / name)
    seal_again(folder)
    assert command(["judge", str(folder)]) == (1 if breach else 3)


def change_faults(folder: Path, change: Callable[[dict[str, object]], list[dict[str, object]]]) -> GateReport:
    """Judge the run with a fault after each line of its faults was changed, as if it had been recorded so."""
    plan_a_fault(folder)
    path = stream(folder, "faults")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_rows(path, [new for row in rows for new in change(row)])
    seal_again(folder)
    return judge_run(folder)


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
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [
        row if row["kind"] == "planned" else {**row, "target": recorded[next(number) % len(recorded)]} for row in rows
    ]
    write_rows(path, rows)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.verdict is expected
    if expected is Verdict.PASS:
        assert [fault.target for fault in judged.scenarios[0].faults] == recorded


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


def two_acts(folder: Path) -> None:
    """Make the good run one in which Redis is stopped in two acts."""
    plan_a_fault(folder)
    stop = {"kind": "stop", "target": "redis", "as": "Stop()"}
    change_json(folder / "scenarios" / "bench" / "plan.json", faults=[stop, {**stop, "act": 2}])
    acts = (("inject", "hold", "heal"), ("calm 2", "inject 2", "hold 2", "heal 2"))
    names = ("preflight", "warm-up", "baseline", *acts[0], *acts[1], "recover", "quiesce")
    write_rows(stream(folder, "phases"), [{"kind": k, "name": name} for name in names for k in ("start", "end")])
    rows: list[dict[str, object]] = [{"kind": "planned", "faults": 2}]
    for number, struck_s in enumerate((0.71, 1.51)):
        for kind, after_s in (
            ("asked", 0.0),
            ("confirmed", 0.08),
            ("healing", 0.4),
            ("healed", 0.41),
            ("confirmed_healed", 0.48),
        ):
            facts = {"fault": number, "fault_kind": "stop", "target": "redis", "detail": "so"}
            rows.append({"t": 1e9 + struck_s + after_s, "m": struck_s + after_s, "kind": kind, **facts})
    write_rows(stream(folder, "faults"), rows)
    seal_again(folder)


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


def test_a_scenario_of_another_time_scale_is_unknown(folder: Path) -> None:
    """The report states one time scale; evidence that was recorded at another is not of this run."""
    change_json(folder / "run.json", time_scale=10.0)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any("time scale of 15, the run's is 10" in one for one in told(judged))


@pytest.mark.parametrize(
    ("kind", "at_s"), [("asked", 0.55), ("confirmed", 0.95), ("healing", 1.05), ("confirmed_healed", 1.35)]
)
def test_a_step_outside_its_phase_is_unknown(folder: Path, kind: str, at_s: float) -> None:
    """A fault that took effect only in the hold, or healed before its end, was not on for as long as was planned."""
    judged = change_faults(folder, lambda row: [{**row, "t": 1e9 + at_s, "m": at_s} if row["kind"] == kind else row])
    assert judged.exit_code == 3
    messages = [one.message for one in judged.scenarios[0].findings]
    assert any("outside the phases" in one or "not in their order" in one for one in messages)


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
