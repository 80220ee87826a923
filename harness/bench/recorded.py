"""What a recorded run tells of the harness's own speed: phases against their floor, faults, probes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.bench.figures import Figure
from harness.errors import EvidenceError
from harness.evidence import STACK_FILE, FolderHistory, read_json
from harness.judge import PLAN_FILE, judge_run, read_record
from harness.model import Record, Stream
from harness.restore import from_data
from harness.run.experiment import AFTER_HEALING_PRODUCTION_S
from harness.timing import AT_ONCE, Bounds, derived


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
    """The least each phase can take by its own timing, real s (design: baseline + theta + F + hold + resolve)."""
    k = record.time_scale
    floors = {"baseline": float(plan["steady_s"]) / k}
    if plan["faults"]:
        floors["recover"] = AFTER_HEALING_PRODUCTION_S / k
    rules = {rule.alert: rule for rule in record.rules}
    for data in plan["checks"]:
        check = from_data(data, PLAN_FILE)
        rule = rules.get(getattr(check, "name", ""))
        if rule is None:
            continue
        lower_s, upper_s = getattr(check, "theta_s", (0.0, 0.0))
        theta = Bounds(lower_s=lower_s, upper_s=upper_s).divided(k)
        due = derived(rule, theta=theta, clears=AT_ONCE, hangs=False)
        # The middle of the bounds is what a run takes on average; the lower end needs every grid to fall well.
        floors["hold"] = max(floors.get("hold", 0.0), (due.notified.lower_s + due.notified.upper_s) / 2)
    return floors


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
            busy_s += seen.data["busy_s"]
            elapsed_s = max(elapsed_s, seen.data["elapsed_s"])
    except EvidenceError:
        return
    if elapsed_s:
        yield Figure(what=f"{name}: all probes waiting or working", value=busy_s / elapsed_s, unit="of one thread")
