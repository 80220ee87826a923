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


def change_lines(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Rewrite each line of a stream."""
    rows = [change(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def told(judged: GateReport) -> list[str]:
    """What the judge says of the evidence."""
    return [one.message for scenario in judged.scenarios for one in scenario.findings if one.check == "Evidence"]


def stream(folder: Path, name: str) -> Path:
    """A stream's file."""
    return folder / "scenarios" / "bench" / f"{name}.jsonl"


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a stream, a line each tenth of a second unless it says when."""
    timed = [{"t": 1e9 + n / 10, "m": n / 10, **row} for n, row in enumerate(rows, start=1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in timed), encoding="utf-8")


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


def execute_one_twice(folder: Path) -> None:
    """A signal has two orders."""

    def duplicate(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        order = next(row for row in rows if row["kind"] == "effect")
        return [*rows[:-1], {**order, "effect_id": "o-again"}, rows[-1]]

    edit_rows(folder, duplicate)


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


def change_faults(folder: Path, change: Callable[[dict[str, object]], list[dict[str, object]]]) -> GateReport:
    """Judge the run with a fault after each line of its faults was changed, as if it had been recorded so."""
    plan_a_fault(folder)
    path = stream(folder, "faults")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_rows(path, [new for row in rows for new in change(row)])
    seal_again(folder)
    return judge_run(folder)
