"""When what happened: the phases and the faults of a scenario, with everything that is odd about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.checks.reading import Reader
from harness.evidence import FolderHistory
from harness.judge.stored import Plan, PlannedFault
from harness.recorded import FaultWindow, Observation, Phase, Stream, act_phase
from harness.timing import MEASURED

CALM = "calm"  # before every act but the first
SKIPPED = "skipped"  # a fault that another one, or the state of things, left no room for
STEPS = ("asked", "confirmed", "healing", "healed", "confirmed_healed")
_ROLE = re.compile(r"\{\w+\}")
BEFORE, FAULTY, AFTER = ("preflight", "warm-up", "baseline"), ("inject", "hold", "heal"), ("recover", "quiesce")


@dataclass(slots=True)
class Timeline:
    """Phases and faults as far as they can be read.

    Args:
        damage: what could not be read.
        doubts: what was read and is not what a whole run leaves.
    """

    phases: tuple[Phase, ...] = ()
    faults: tuple[FaultWindow, ...] = ()
    damage: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_timeline(history: FolderHistory, plan: Plan, *, complete: bool) -> Timeline:
    """What the streams say.

    Args:
        history: the evidence.
        plan: what was planned.
        complete: whether the scenario says that it ran to its end, so that every phase has to be there.
    """
    timeline = Timeline()
    _read_phases(history, timeline, _owed(plan.faults) if complete else None)
    if complete:
        timeline.doubts += _too_short(timeline.phases, plan)
    _read_faults(history, timeline, plan.faults)
    return timeline


def _too_short(phases: Sequence[Phase], plan: Plan) -> Iterator[str]:
    """What has to be seen while nothing is broken needs its time: that of the baseline, and before each later act."""
    calms_s = {act_phase(CALM, number): steady_s for number, steady_s in enumerate(plan.act_steady_s, start=1)}
    owed_s = {**calms_s, "baseline": plan.steady_s}
    for phase in phases:
        due_s = owed_s.get(phase.name, 0.0) / plan.time_scale
        if phase.duration_s < due_s - MEASURED.clock_s:
            yield f"The phase {phase.name} lasted {phase.duration_s:.2f} s; its plan asks for {due_s:.2f} s."


def _owed(planned: Sequence[PlannedFault]) -> list[tuple[str, str]]:
    acts = sorted({fault.act for fault in planned})
    names = [*BEFORE]
    for act in acts:
        calm = (CALM,) if act > 1 else ()
        names += [act_phase(name, act) for name in (*calm, *FAULTY)]
    names += AFTER
    return [(kind, name) for name in names for kind in ("start", "end")]


def _read_phases(history: FolderHistory, timeline: Timeline, owed: list[tuple[str, str]] | None) -> None:
    begun: dict[str, Observation] = {}
    phases: list[Phase] = []
    read: list[tuple[str, str]] = []
    last: list[Observation] = []

    def take(seen: Observation) -> None:
        name = _text(seen.data["name"])
        read.append((seen.kind, name))
        if last and (seen.wall_s < last[0].wall_s or seen.mono_s < last[0].mono_s):
            timeline.doubts.append(f"phases.jsonl goes back in time at the {seen.kind} of {name}.")
        last[:] = [seen]
        if seen.kind == "start":
            begun[name] = seen
        elif name in begun:
            first = begun.pop(name)
            phases.append(Phase(name=name, started_s=first.wall_s, duration_s=seen.mono_s - first.mono_s))

    _each(history, Stream.PHASES, timeline.damage, take)
    timeline.phases = tuple(phases)
    if owed is not None and read != owed:
        timeline.doubts.append(f"The phases are not those of a whole run: {_first_difference(owed, read)}.")


def _first_difference(owed: Sequence[tuple[str, str]], read: Sequence[tuple[str, str]]) -> str:
    for wanted, found in zip(owed, read, strict=False):
        if wanted != found:
            return f"where the {wanted[0]} of {wanted[1]} belongs there is the {found[0]} of {found[1]}"
    if len(owed) > len(read):
        return f"the {owed[len(read)][0]} of {owed[len(read)][1]} is missing"
    return f"the {read[len(owed)][0]} of {read[len(owed)][1]} is one too many"


def _read_faults(history: FolderHistory, timeline: Timeline, planned: Sequence[PlannedFault]) -> None:
    times: list[dict[str, float]] = [{} for _ in planned]
    details: list[list[str]] = [[] for _ in planned]
    targets: dict[int, str] = {}
    skipped: set[int] = set()
    announced: list[Any] = []

    def take(seen: Observation) -> None:
        if seen.kind == "planned":
            announced.append(seen.data["faults"])
            return
        number, detail = seen.data["fault"], _text(seen.data["detail"])
        if seen.kind == "undo_failed" and not planned:
            timeline.doubts.append(f"Something could not be undone: {detail}")
        if seen.kind == "undo_failed" and number == -1:
            return
        if type(number) is not int or not 0 <= number < len(planned):
            raise ValueError(f"there is no fault {number!r} in the plan")
        fault, target = planned[number], _text(seen.data["target"])
        if seen.kind == SKIPPED and fault.timed:
            skipped.add(number)
            return
        if seen.kind in STEPS and seen.kind in times[number]:
            timeline.doubts.append(f"faults.jsonl tells twice when the {fault.kind} of {target} was {seen.kind}.")
        if not _is_of(fault, _text(seen.data["fault_kind"]), target) or target != targets.setdefault(number, target):
            told = f"{seen.data['fault_kind']} of {target}"
            timeline.doubts.append(
                f"Fault {number} of the plan is a {fault.kind} of {fault.target}, recorded a {told}."
            )
        times[number].setdefault(seen.kind, seen.wall_s)
        details[number].append(f"{seen.kind}: {detail}")

    _each(history, Stream.FAULTS, timeline.damage, take)
    at = [targets.get(number, fault.target) for number, fault in enumerate(planned)]
    windows = map(_window, planned, at, times, details)
    timeline.faults = tuple(window for number, window in enumerate(windows) if number not in skipped)
    if announced != [len(planned)]:
        told = " and ".join(map(str, announced)) or "nothing"
        timeline.doubts.append(f"The plan lists {len(planned)} faults, and faults.jsonl says {told} was planned.")
    timeline.doubts += [
        f"faults.jsonl says that fault {number} of the plan was left out, and tells of it."
        for number in sorted(skipped)
        if times[number]
    ]
    timeline.doubts += [
        f"faults.jsonl does not say when the {fault.kind} of {fault.target} was asked for."
        for fault, seen in zip(planned, times, strict=True)
        if seen and "asked" not in seen
    ]


def _is_of(planned: PlannedFault, kind: str, target: str) -> bool:
    """Whether a line tells of a planned fault; a role in its target stands for whoever played it."""
    parts = _ROLE.split(planned.target)
    return kind == planned.kind and re.fullmatch(r"[^{}:]+".join(map(re.escape, parts)), target) is not None


def _each(history: FolderHistory, stream: Stream, damage: list[str], take: Callable[[Observation], None]) -> None:
    """Every line that can be read; a line that lacks something is told and left out."""
    reader = Reader(history)
    odd_lines: list[str] = []
    for place, seen in reader.numbered(stream):
        try:
            take(seen)
        except KeyError as missing:
            odd_lines.append(f"{place} cannot be read (it has no {missing})")
        except (TypeError, ValueError) as odd:
            odd_lines.append(f"{place} cannot be read ({odd})")
    if odd_lines:
        more = f", nor can {len(odd_lines) - 1} more lines" if len(odd_lines) > 1 else ""
        damage.append(f"{odd_lines[0]}{more}: the evidence is damaged")
    damage += reader.damage


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _window(fault: PlannedFault, target: str, times: Mapping[str, float], details: Sequence[str]) -> FaultWindow:
    return FaultWindow(
        kind=fault.kind,
        target=target,
        act=fault.act,
        timed=fault.timed,
        asked_s=times.get("asked", 0.0),
        confirmed_s=times.get("confirmed"),
        healed_s=times.get("healing"),
        confirmed_healed_s=times.get("confirmed_healed"),
        evidence="; ".join(details),
    )
