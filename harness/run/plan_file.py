"""What a scenario is about to do, written down before it begins: by this, and not by the code, it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.containers.plan import StackPlan
from harness.evidence import PRODUCTION_FOLDER, write_json
from harness.judge import PLAN_FILE
from harness.model import Act, Fault, Scenario
from harness.restore import to_data
from harness.run.lab import Lab


def write_plan(folder: Path, lab: Lab, scenario: Scenario, plan: StackPlan) -> None:
    """Leave the plan in the scenario's folder, with each service's configuration and the unscaled files beside it."""
    facts: dict[str, Any] = {
        "name": scenario.name,
        "hypothesis": scenario.hypothesis,
        "covers": scenario.covers,
        "load": asdict(scenario.load),
        "faults": [
            {"kind": fault.kind, "target": fault.target, "act": number, "as": repr(fault), **times}
            for number, act in enumerate(scenario.acts, start=1)
            for fault, times in _with_times(act)
        ],
        "act_steady_s": [act.steady_s for act in scenario.acts],
        "lingering": scenario.lingering,
        "data": scenario.data,
        "subject_settings": dict(plan.subject_settings),
        "real_time": plan.real_time,
        "checks": [to_data(check) for check in scenario.checks],
        "steady_s": scenario.steady_s,
        "recovery_s": scenario.recovery_s,
        "time_scale": lab.time_scale,
        "settings": dict(plan.settings),
        "run_id": lab.run_id,
        "expected": {
            "services": [target.service for target in plan.health],
            "panels": [asdict(panel) for panel in plan.panels],
            "rules": plan.alerts,
            "finals": sorted({read.kind for read in plan.final_reads}),
        },
        "floored": plan.floored,
        "known_bad": plan.known_bad,
    }
    write_json(folder / PLAN_FILE, facts)
    for service in plan.services:
        _write_files(folder / "config" / service.name, service.files)
    _write_files(folder / PRODUCTION_FOLDER, plan.production)


def _with_times(act: Act) -> Iterator[tuple[Fault, dict[str, Any]]]:
    """The faults of an act, and their times if they have any of their own."""
    yield from ((fault, {}) for fault in act.faults)
    yield from ((one.fault, {"timed": True, "at_s": one.at_s, "for_s": one.for_s}) for one in act.timed)


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
