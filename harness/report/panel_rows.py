"""The tables of panels: how quick each one was in each scenario and each part of it, and what it showed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.results import PanelCell, ScenarioResult


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRow:
    """One panel with a cell for each part of the scenario; None where no load began in it."""

    board: str
    title: str
    source: str
    cells: tuple[PanelCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelTable:
    """All panels of a scenario that had viewers, and its slowest load of all."""

    scenario: str
    parts: tuple[str, ...]
    rows: tuple[PanelRow, ...]
    slowest: PanelCell


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One part of one scenario beside those of the others."""

    scenario: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRow:
    """One panel: for each column its cell, or why there is none."""

    board: str
    title: str
    source: str
    cells: tuple[PanelCell | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A scenario in which nobody looked at the boards, and why."""

    scenario: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Every panel across the scenarios of a run: healthy, with each fault, with many viewers, on full stores.

    Args:
        columns: the whole of each run without a fault, then each part with a fault on.
        rows: the panels.
        unseen: scenarios in which nobody looked at the boards: they have no column, and a reason for that.
    """

    columns: tuple[Column, ...]
    rows: tuple[OverviewRow, ...]
    unseen: tuple[Unseen, ...]


WHOLE = "in the whole run"
NO_LOAD, NOT_THERE = "no load of it began in this part", "it was on no board that was loaded in this scenario"
NO_REASON = "no reason is given"
_WITH_FAULT = re.compile(r"with the fault( of act \d+)? on|while faults( of act \d+)? came and went")


def panel_overview(scenarios: Iterable[ScenarioResult]) -> Overview | None:
    """The panels across the scenarios; None where nobody looked at a board."""
    every = tuple(scenarios)
    looked_at = [one for one in every if one.panels]
    if not looked_at:
        return None
    parts = [Column(scenario=one.name, part=part) for one in looked_at for part in _parts(one)]
    healthy = [one for one in parts if one.part == WHOLE]
    columns = (*healthy, *(one for one in parts if _WITH_FAULT.fullmatch(one.part)))
    cells = {(one.name, cell.part, cell.board, cell.panel): cell for one in looked_at for cell in one.panels}
    there = {(one.name, cell.board, cell.panel) for one in looked_at for cell in one.panels}
    panels = {(cell.board, cell.panel): cell for one in looked_at for cell in one.panels}

    def shown(column: Column, key: tuple[str, str]) -> PanelCell | str:
        if (found := cells.get((column.scenario, column.part, *key))) is not None:
            return found
        return NO_LOAD if (column.scenario, *key) in there else NOT_THERE

    return Overview(
        columns=columns,
        rows=tuple(
            OverviewRow(
                board=key[0],
                title=one.title,
                source=one.source,
                cells=tuple(shown(column, key) for column in columns),
            )
            for key, one in panels.items()
        ),
        unseen=tuple(Unseen(scenario=one.name, why=one.nobody_looks or NO_REASON) for one in every if not one.panels),
    )


def panel_tables(scenarios: Iterable[ScenarioResult]) -> tuple[PanelTable, ...]:
    """A table for each scenario in which somebody looked at the boards."""
    return tuple(_table(scenario) for scenario in scenarios if scenario.panels)


def _table(scenario: ScenarioResult) -> PanelTable:
    parts = _parts(scenario)
    by_key = {(cell.board, cell.panel, cell.part): cell for cell in scenario.panels}
    panels = {(cell.board, cell.panel): cell for cell in scenario.panels}
    rows = [
        PanelRow(
            board=board,
            title=one.title,
            source=one.source,
            cells=tuple(by_key.get((board, panel, part)) for part in parts),
        )
        for (board, panel), one in panels.items()
    ]
    slowest = max(scenario.panels, key=lambda cell: cell.worst_ms)
    return PanelTable(scenario=scenario.name, parts=parts, rows=tuple(rows), slowest=slowest)


def _parts(scenario: ScenarioResult) -> tuple[str, ...]:
    """The parts of a scenario in their order."""
    return tuple(dict.fromkeys(cell.part for cell in _in_order(scenario)))


def _in_order(scenario: ScenarioResult) -> list[PanelCell]:
    """Cells of the panel with the most parts first: its parts are in the order of the run."""
    counts: dict[tuple[str, str], int] = {}
    for cell in scenario.panels:
        counts[cell.board, cell.panel] = counts.get((cell.board, cell.panel), 0) + 1
    return sorted(scenario.panels, key=lambda cell: -counts[cell.board, cell.panel])
