"""One run in which people look at the boards and at every mutant of them, and records in which a mutant is the board.

A mutant has a uid of its own and stands beside the good boards, so that one stack and one stretch of traffic serve all
of them. Afterwards the lines of some mutants are put in the place of the panels that they are mutants of: what a check
is given then is what it would be given in a run on boards with these mistakes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.checks import Panels
from harness.containers.identity import new_run_id
from harness.containers.plan import PlanRequest, StackPlan
from harness.evidence import PLAN_FILE, FolderHistory, read_json
from harness.journal import Journal
from harness.judge import judge_scenario
from harness.judge.scenario import apply, read_record
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.model import Check, FindingKind, LoadProfile, Record, Scenario, Verdict
from harness.panels.mutants import BoardMutant
from harness.recorded import Observation, Stream
from harness.run.experiment import run_scenario
from harness.run.lab import Lab
from scenarios.steady_state import SCENARIO as CONTROL
from stack import topology

TIME_SCALE = 15.0
REFRESH_S = 30.0  # of every tab, real s: together they ask a quarter as often as the control's one viewer
LOOKED_AT_S = 75.0  # real s; two looks at each
Key = tuple[str, int]  # board and panel
# What is shown is the question. How quickly is one of the control, where one person looks: here forty tabs are open.
SLOWEST_S = 10.0
CHECKS: tuple[Check, ...] = tuple(
    replace(check, within_s=SLOWEST_S) if isinstance(check, Panels) else check
    for check in CONTROL.checks
    if check.kind is FindingKind.DASHBOARD
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A mutant as it is provisioned: its panel, or the panels that ask for its variable, on a board with others.

    Args:
        mutant: the mistake.
        round: mutants of one round are judged together, and those of one board stand on one.
    """

    mutant: BoardMutant
    round: int

    @property
    def board(self) -> str:
        """Whose mutant it is."""
        return str(self.mutant.board["uid"])

    @property
    def uid(self) -> str:
        """Of the board that it is on."""
        return f"mutants-{self.round}-of-{self.board}"[:40]

    @property
    def panels(self) -> list[Mapping[str, Any]]:
        """The panels in whose place it is put."""
        return [panel for panel in self.mutant.board["panels"] if self._is_of(panel)]

    @property
    def keys(self) -> frozenset[Key]:
        """The same by board and id."""
        return frozenset((self.board, int(panel["id"])) for panel in self.panels)

    def _is_of(self, panel: Mapping[str, Any]) -> bool:
        if self.mutant.panel:
            return bool(panel["id"] == self.mutant.panel)
        (variable,) = re.findall(r"the variable (\w+)", self.mutant.told)
        return f"${variable}" in json.dumps(panel["targets"])


def rounds(mutants: Iterable[BoardMutant]) -> tuple[tuple[Shown, ...], ...]:
    """The mutants in few rounds: in each no panel has two of them, and a board with a wrong variable has no other."""
    made: list[list[Shown]] = []
    taken: list[set[Key]] = []
    for mutant in mutants:
        every = {(str(mutant.board["uid"]), int(panel["id"])) for panel in mutant.board["panels"]}
        needs = {key for key in every if mutant.panel in (0, key[1])}
        free = (number for number, keys in enumerate(taken) if not keys & needs)
        number = next(free, len(made))
        if number == len(made):
            made.append([])
            taken.append(set())
        made[number].append(Shown(mutant=mutant, round=number))
        taken[number] |= needs
    return tuple(map(tuple, made))


def provision(folder: Path, good: Iterable[Mapping[str, Any]], mutants: Iterable[tuple[Shown, ...]]) -> None:
    """Write the good boards, and for each round a board for each of them with the mutants of its panels."""
    for board in good:
        (folder / f"{board['uid']}.json").write_text(json.dumps(board), encoding="utf-8")
    for group in mutants:
        for uid in dict.fromkeys(one.uid for one in group):
            own = [one for one in group if one.uid == uid]
            panels = [panel for one in own for panel in one.panels]
            board = {**own[0].mutant.board, "uid": uid, "title": uid, "panels": panels}
            (folder / f"{uid}.json").write_text(json.dumps(board), encoding="utf-8")


def recorded(boards: Path, folder: Path) -> Path:
    """The control, on these boards; the folder with its evidence.

    Raises:
        HarnessError: it could not be run to its end.
    """
    scenario = Scenario(
        name="board-mutants",
        hypothesis="Every mistake in a board is seen.",
        covers=(),
        load=LoadProfile(signals_per_s=20, viewers=1),
        checks=CHECKS,
        steady_s=LOOKED_AT_S * TIME_SCALE,
    )

    def plan() -> StackPlan:
        whole = topology.plan(PlanRequest(time_scale=TIME_SCALE, boards=boards))
        return replace(whole, panels=tuple(replace(panel, refresh_s=REFRESH_S) for panel in whole.panels))

    engine = ready_engine()
    images = ImageStore(engine.host).ensure_all(list(topology.IMAGES.values()))
    lab = Lab(
        client=client(engine),
        images={key: image.reference for key, image in images.items()},
        plan=plan,
        run_id=new_run_id(),
        time_scale=TIME_SCALE,
        seed=1,
        journal=Journal(path=folder / "undo.jsonl"),
    )
    evidence = folder / scenario.name
    run_scenario(lab, scenario, evidence, 1)
    lab.client.close()
    return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The evidence with other lines of panels; each stream is read from the disk once."""

    streams: Mapping[Stream, list[Observation]]
    views: dict[Any, Any] = field(default_factory=dict)

    def read(self, stream: Stream) -> Iterator[Observation]:
        """As it was recorded, but for the panels."""
        yield from self.streams[stream]


@dataclass(slots=True, kw_only=True)
class Recording:
    """What was recorded, and how it is judged with some mutants in place."""

    folder: Path
    record: Record
    streams: dict[Stream, list[Observation]]
    lines: Mapping[Key, list[Observation]]

    @classmethod
    def of(cls, folder: Path) -> Recording:
        """Read it."""
        history = FolderHistory(folder=folder)
        streams = {stream: list(history.read(stream)) for stream in Stream if (folder / f"{stream}.jsonl").is_file()}
        lines: dict[Key, list[Observation]] = defaultdict(list)
        for seen in streams[Stream.PANELS]:
            if seen.kind == "panel":
                lines[str(seen.data["board"]), int(seen.data["panel"])].append(seen)
        return cls(
            folder=folder, record=read_record(folder, read_json(folder / PLAN_FILE)), streams=streams, lines=lines
        )

    def findings(self, mutants: Iterable[Shown], boards: Iterable[str]) -> list[tuple[str, Verdict, str, str]]:
        """What the checks find with these mutants in the place of what they are mutants of.

        Args:
            mutants: no two for one panel.
            boards: the good boards' uids.

        Returns:
            Panel's title, verdict, check and message of each finding.
        """
        instead = {key: (one.uid, key[1]) for one in mutants for key in one.keys}
        asked = {(panel.board, panel.panel): panel.promql for panel in self.record.expected.panels}
        owed = tuple(
            replace(panel, promql=asked[instead.get(key := (panel.board, panel.panel), key)])
            for panel in self.record.expected.panels
            if panel.board in set(boards)
        )
        keys: dict[str, list[Key]] = defaultdict(list)
        for panel in owed:
            keys[panel.board].append((panel.board, panel.panel))
        panels: list[Observation] = []
        for board, own in keys.items():
            sources = {key: self.lines.get(instead.get(key, key), []) for key in own}
            loads = min(len(lines) for lines in sources.values())
            panels += [_as(seen, board) for lines in sources.values() for seen in lines[:loads]]
            panels.append(
                Observation(kind="end", wall_s=0.0, mono_s=0.0, data={"board": board, "viewer": 1, "loads": loads})
            )
        history = Replaced(streams={**self.streams, Stream.PANELS: panels})
        expected = replace(self.record.expected, panels=owed)
        record = replace(self.record, history=history, expected=expected)
        return [(one.subject, one.verdict, one.check, one.message) for check in CHECKS for one in apply(check, record)]

    def whole_run(self) -> list[str]:
        """What was odd about the run as such: its seals, its phases, its clocks."""
        judged = judge_scenario(self.folder)
        return [one.message for one in judged.findings if one.check == "Evidence"]


def _as(seen: Observation, board: str) -> Observation:
    return msgspec.structs.replace(seen, data={**seen.data, "board": board})
