"""The table of panels: how quick each one was in each part of each scenario, and what it showed."""

from __future__ import annotations

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


def panel_tables(scenarios: Iterable[ScenarioResult]) -> tuple[PanelTable, ...]:
    """A table for each scenario in which somebody looked at the boards."""
    return tuple(_table(scenario) for scenario in scenarios if scenario.panels)


def _table(scenario: ScenarioResult) -> PanelTable:
    parts = tuple(dict.fromkeys(cell.part for cell in _in_order(scenario)))
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


def _in_order(scenario: ScenarioResult) -> list[PanelCell]:
    """Cells of the panel with the most parts first: its parts are in the order of the run."""
    counts: dict[tuple[str, str], int] = {}
    for cell in scenario.panels:
        counts[cell.board, cell.panel] = counts.get((cell.board, cell.panel), 0) + 1
    return sorted(scenario.panels, key=lambda cell: -counts[cell.board, cell.panel])
