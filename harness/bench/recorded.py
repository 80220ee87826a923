"""What a recorded run tells of the harness's own speed: phases against their floor, faults, probes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.bench.figures import Figure
from harness.checks import Alert
from harness.errors import EvidenceError
from harness.evidence import STACK_FILE, FolderHistory, read_json
from harness.judge import PLAN_FILE, judge_run, read_record
from harness.model import Record
from harness.recorded import Stream, act_phase
from harness.restore import from_data
from harness.run.settle import AFTER_HEALING_PRODUCTION_S
from harness.timing import Bounds, derived


def recorded(run_folder: Path) -> Iterator[Figure]:
    """Figures of every scenario of a run.

    Raises:
        UsageError: it is no run folder.
        EvidenceError: what the figures need is damaged.
    """
    for scenario in judge_run(run_folder).scenarios:
        folder = run_folder / "scenarios" / scenario.name
        plan = read_json(folder / PLAN_FILE)
        record = read_record(folder, plan)
        yield from _start(scenario.name, folder)
        yield from _phases(plan, record)
        yield from _faults(scenario.name, record)
        yield from _probes(scenario.name, folder)


def _start(name: str, folder: Path) -> Iterator[Figure]:
    started = read_json(folder / STACK_FILE)
    slowest, slowest_s = max(started["services_s"].items(), key=lambda pair: pair[1])
    yield Figure(
        what=f"{name}: stack up (slowest: {slowest})",
        value=started["up_s"],
        unit="s",
        floor=slowest_s,
        target="at most 1.3 x the slowest",
    )


def _phases(plan: dict[str, Any], record: Record) -> Iterator[Figure]:
    floors = phase_floors(plan, record)
    for phase in record.phases:
        yield Figure(
            what=f"{record.scenario}: {phase.name}", value=phase.duration_s, unit="s", floor=floors.get(phase.name)
        )
    timed = [phase for phase in record.phases if phase.name in floors]
    yield Figure(
        what=f"{record.scenario}: phases with a floor, together",
        value=sum(phase.duration_s for phase in timed),
        unit="s",
        floor=sum(floors[phase.name] for phase in timed),
        target="at most 1.3 x its floor",
    )


def phase_floors(plan: dict[str, Any], record: Record) -> dict[str, float]:
    """The least each phase can take by its own timing, real s (design: baseline + theta + F + hold + resolve).

    Where an alert is waited for it is the middle of its bounds, which a run takes on average: the lower end needs every
    grid to fall well. A fault that is held for a set time takes that time.
    """
    k = record.time_scale
    floors = {"baseline": float(plan["steady_s"]) / k}
    if not plan["faults"]:
        return floors
    steady_s = plan["act_steady_s"]
    told, resolved = _waits(plan, record)
    for act in range(1, len(steady_s) + 1):
        hold = record.phase(act_phase("hold", act))
        floors[act_phase("hold", act)] = told.get(act, hold.duration_s if hold else 0.0)
        if act > 1:
            floors[act_phase("calm", act)] = resolved.get(act - 1, 0.0) + steady_s[act - 1] / k
    floors["recover"] = max(AFTER_HEALING_PRODUCTION_S / k, resolved.get(len(steady_s), 0.0))
    return floors


def _waits(plan: dict[str, Any], record: Record) -> tuple[dict[int, float], dict[int, float]]:
    """For each act the longest wait for a firing notice and for a resolved one; real s after fault and heal."""
    told: dict[int, float] = {}
    resolved: dict[int, float] = {}
    rules = {rule.alert: rule for rule in record.rules}
    for data in plan["checks"]:
        check = from_data(data, PLAN_FILE)
        if not isinstance(check, Alert) or check.name not in rules:
            continue
        act = record.faults[check.fault].act
        theta = Bounds(lower_s=check.theta_s[0], upper_s=check.theta_s[1]).divided(record.time_scale)
        due = derived(rules[check.name], theta=theta, hangs=check.hangs)
        told[act] = max(told.get(act, 0.0), _middle(due.notified))
        if check.ends_in_run and due.resolved_notified:
            resolved[act] = max(resolved.get(act, 0.0), _middle(due.resolved_notified))
    return told, resolved


def _middle(bounds: Bounds) -> float:
    return (bounds.lower_s + bounds.upper_s) / 2


def _faults(name: str, record: Record) -> Iterator[Figure]:
    for fault in record.faults:
        if fault.confirmed_s is not None:
            yield Figure(
                what=f"{name}: {fault.kind} {fault.target}, asked -> confirmed",
                value=fault.confirmed_s - fault.asked_s,
                unit="s",
                target="at most 1 s",
            )


def _probes(name: str, folder: Path) -> Iterator[Figure]:
    busy_s = elapsed_s = 0.0
    try:
        for seen in FolderHistory(folder=folder).read(Stream.COST):
            if seen.kind == "probe":
                busy_s += seen.data["busy_s"]
                elapsed_s = max(elapsed_s, seen.data["elapsed_s"])
    except EvidenceError:
        return
    if elapsed_s:
        yield Figure(what=f"{name}: all probes waiting or working", value=busy_s / elapsed_s, unit="of one thread")
