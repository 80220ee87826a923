"""A run folder changed as if the run had left it so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from harness.evidence import read_json, write_json
from harness.journal import Journal
from harness.judge import judge_run
from harness.results import GateReport
from harness.seals import seal, seal_run


def seal_again(folder: Path) -> None:
    """Seal everything anew, as if the run had left it so."""
    for scenario in (folder / "scenarios").iterdir():
        seal(scenario, "complete")
    seal_run(folder)


def change_json(path: Path, **values: object) -> None:
    """Set fields of a JSON file."""
    write_json(path, {**read_json(path), **values})


def rows_of(path: Path) -> list[dict[str, object]]:
    """A stream's lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def leave_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a stream as it is given."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def change_lines(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Rewrite each line of a stream."""
    leave_rows(path, [change(row) for row in rows_of(path)])


def told(judged: GateReport) -> list[str]:
    """What the judge says of the evidence."""
    return [one.message for scenario in judged.scenarios for one in scenario.findings if one.check == "Evidence"]


def stream(folder: Path, name: str) -> Path:
    """A stream's file."""
    return folder / "scenarios" / "bench" / f"{name}.jsonl"


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a stream, a line each tenth of a second unless it says when."""
    leave_rows(path, [{"t": 1e9 + n / 10, "m": n / 10, **row} for n, row in enumerate(rows, start=1)])


def edit_rows(folder: Path, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    """Change the final reads and seal again, as if the databases had held them."""
    path = stream(folder, "final")
    rows = change(rows_of(path))
    counts: dict[str, int] = {}
    for row in rows[:-1]:
        counts[str(row["kind"])] = counts.get(str(row["kind"]), 0) + 1
    rows[-1]["counts"] = counts
    leave_rows(path, rows)
    seal_again(folder)


def execute_one_twice(folder: Path) -> None:
    """A signal has two orders."""

    def duplicate(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        order = next(row for row in rows if row["kind"] == "effect")
        return [*rows[:-1], {**order, "effect_id": "o-again"}, rows[-1]]

    edit_rows(folder, duplicate)


def stop_of_redis(number: int, asked_s: float) -> list[dict[str, object]]:
    """The steps of one fault, from when it was asked for, s after the first line's second."""
    after_s = {"asked": 0.0, "confirmed": 0.08, "healing": 0.4, "healed": 0.41, "confirmed_healed": 0.48}
    facts = {"fault": number, "fault_kind": "stop", "target": "redis", "detail": "so"}
    times = {kind: asked_s + one for kind, one in after_s.items()}
    return [{"t": 1e9 + at_s, "m": at_s, "kind": kind, **facts} for kind, at_s in times.items()]


def plan_a_fault(folder: Path) -> None:
    """Make the good run one with a stop of Redis that took effect and healed."""
    scenario = folder / "scenarios" / "bench"
    change_json(scenario / "plan.json", faults=[{"kind": "stop", "target": "redis", "as": "Stop()"}])
    write_rows(stream(folder, "faults"), [{"kind": "planned", "faults": 1}, *stop_of_redis(0, 0.71)])
    names = ("preflight", "warm-up", "baseline", "inject", "hold", "heal", "recover", "quiesce")
    write_rows(stream(folder, "phases"), [{"kind": k, "name": name} for name in names for k in ("start", "end")])
    journal = Journal(path=folder / "undo.jsonl")
    journal.undo(journal.about_to("stop redis", lambda: None))
    seal_again(folder)


def two_acts(folder: Path) -> None:
    """Make the good run one in which Redis is stopped in two acts."""
    plan_a_fault(folder)
    stop = {"kind": "stop", "target": "redis", "as": "Stop()"}
    change_json(folder / "scenarios" / "bench" / "plan.json", faults=[stop, {**stop, "act": 2}])
    acts = (("inject", "hold", "heal"), ("calm 2", "inject 2", "hold 2", "heal 2"))
    names = ("preflight", "warm-up", "baseline", *acts[0], *acts[1], "recover", "quiesce")
    write_rows(stream(folder, "phases"), [{"kind": k, "name": name} for name in names for k in ("start", "end")])
    steps = [*stop_of_redis(0, 0.71), *stop_of_redis(1, 1.51)]
    write_rows(stream(folder, "faults"), [{"kind": "planned", "faults": 2}, *steps])
    seal_again(folder)


def change_faults(folder: Path, change: Callable[[dict[str, object]], list[dict[str, object]]]) -> GateReport:
    """Judge the run with a fault after each line of its faults was changed, as if it had been recorded so."""
    plan_a_fault(folder)
    path = stream(folder, "faults")
    write_rows(path, [new for row in rows_of(path) for new in change(row)])
    seal_again(folder)
    return judge_run(folder)
