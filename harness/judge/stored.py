"""What a run wrote down before it began: the order of the run, and the plan of each scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import EvidenceError
from harness.evidence import RUN_FILE, read_json, shown
from harness.judge.shape import shaped
from harness.mistakes import Mistake
from harness.model import Expected, ExpectedPanel, LoadProfile
from harness.results import StackEntry

__all__ = ["RUN_FILE", "Owed", "Plan", "PlannedFault", "Row", "Run", "read_plan", "read_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A requirement as the report shows it."""

    id: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`run.json`.

    `machine` is the class of machine, `gate` whether objectives, offline checks and a baseline are owed, and `not_run`
    names the scenarios that were left out, as an offline check stood against them. `shard` is which part of a gate it
    is, as "2/4", and `whole` names all scenarios of that gate.
    """

    run_id: str
    seed: int
    profile: str
    time_scale: float
    started_at: str
    subject: Mapping[str, Any]
    stack: tuple[StackEntry, ...]
    scenarios: tuple[str, ...]
    requirements: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    duration_s: float = -1.0
    mistakes: tuple[Mistake, ...] = ()
    machine: Mapping[str, str] = field(default_factory=dict)
    gate: bool = False
    not_run: tuple[str, ...] = ()
    shard: str = ""
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """A fault as the plan names it; its target may be a role, which the evidence resolves.

    One that is `timed` may have been left out, where the evidence says why.
    """

    kind: str
    target: str
    act: int = 1
    timed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What the evidence has to hold."""

    services: tuple[str, ...]
    panels: tuple[ExpectedPanel, ...]
    rules: tuple[str, ...]
    finals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`plan.json`; `steady_s` is how long the baseline lasts, `act_steady_s` the calm before each act, production s."""

    name: str
    run_id: str
    hypothesis: str
    covers: tuple[str, ...]
    load: LoadProfile
    faults: tuple[PlannedFault, ...]
    checks: tuple[Mapping[str, Any], ...]
    time_scale: float
    settings: Mapping[str, float]
    expected: Owed
    steady_s: float = 0.0
    act_steady_s: tuple[float, ...] = ()
    lingering: tuple[str, ...] = ()
    known_bad: tuple[str, ...] = ()
    subject_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def owes(self) -> Expected:
        """What the checks are told of it."""
        owed = self.expected
        return Expected(
            load=self.load,
            services=owed.services,
            panels=owed.panels,
            rules=owed.rules,
            finals=owed.finals,
            faults=len(self.faults),
            lingering=self.lingering,
        )


def read_run(folder: Path) -> Run:
    """The order of a run.

    Raises:
        EvidenceError: it is missing or damaged.
    """
    return _read(Run, folder / RUN_FILE, read_json(folder / RUN_FILE))


def read_plan(path: Path, data: Mapping[str, Any]) -> Plan:
    """A scenario's plan from what its file holds.

    Raises:
        EvidenceError: a field is missing or is something else than it should be; names it.
    """
    return _read(Plan, path, data)


_Kind = TypeVar("_Kind", Run, Plan)


def _read(kind: type[_Kind], path: Path, data: Mapping[str, Any]) -> _Kind:
    try:
        read = shaped(kind, data)
        if read.time_scale <= 0:
            raise ValueError(f"time_scale is {read.time_scale}")
    except (TypeError, ValueError) as damage:
        raise EvidenceError(f"{shown(path)} is damaged: {damage}") from damage
    return read
