"""The table of every alert against every scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model import Verdict
from harness.results import AlertCell, ScenarioResult

_FIRES, _EITHER = "fires", "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One alert in one scenario: its sign, its verdict's word, and the same in a sentence."""

    scenario: str
    sign: str
    verdict: str
    words: str
    fired: bool
    nearest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One alert: the scenarios with a dose above and below its threshold, and a cell for each scenario."""

    alert: str
    severity: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    cells: tuple[Cell, ...]


def alert_rows(scenarios: Sequence[ScenarioResult]) -> tuple[Row, ...]:
    """A row for each alert that any scenario had loaded, in the order of the rules; none where none was."""
    names: dict[str, str] = {}
    for scenario in scenarios:
        for cell in scenario.alerts:
            names.setdefault(cell.alert, cell.severity)
    return tuple(_row(alert, severity, scenarios) for alert, severity in names.items())


def _row(alert: str, severity: str, scenarios: Sequence[ScenarioResult]) -> Row:
    found = [(scenario.name, _of(alert, scenario)) for scenario in scenarios]
    return Row(
        alert=alert,
        severity=severity,
        above=tuple(name for name, cell in found if cell and cell.due == _FIRES),
        below=tuple(name for name, cell in found if cell and cell.below),
        cells=tuple(_cell(name, cell) for name, cell in found),
    )


def _of(alert: str, scenario: ScenarioResult) -> AlertCell | None:
    return next((cell for cell in scenario.alerts if cell.alert == alert), None)


def _cell(scenario: str, cell: AlertCell | None) -> Cell:
    if cell is None or cell.fired is None:
        words = "not loaded in this scenario" if cell is None else "whether it fired is not known"
        return Cell(scenario=scenario, sign="?", verdict=Verdict.UNKNOWN.word, words=words, fired=False)
    did = "fired" if cell.fired else "was silent"
    due = {_FIRES: "was to fire", _EITHER: "might fire"}.get(cell.due, "was to be silent")
    sign = "▲" if cell.fired else "·"
    sign = f"({sign})" if cell.due == _EITHER else sign
    near = "" if cell.nearest is None else "over" if cell.nearest > 1 else f"{cell.nearest:.0%}"
    return Cell(
        scenario=scenario,
        sign=f"{sign} ▽" if cell.below else sign,
        verdict=cell.verdict.word,
        words="; ".join([f"{due}, {did}", *_details(cell)]),
        fired=cell.fired,
        nearest=near,
    )


def _details(cell: AlertCell) -> list[str]:
    near = [] if cell.nearest is None else [f"its value reached {cell.nearest:.0%} of the threshold"]
    return near + (["with a dose just below that left it silent"] if cell.below else [])
