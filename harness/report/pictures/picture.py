"""One panel at one moment, ready for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from harness.recorded import FaultWindow
from harness.report.pictures.curves import curves, in_effect, limits, stroke
from harness.report.pictures.numbers import Number, numbers
from harness.report.pictures.recorded import Frame, Panel, Shot
from harness.report.pictures.series import Series, series_of
from harness.report.pictures.tables import Table, table_of
from harness.report.pictures.units import with_unit
from harness.report.text import clock, counted

_NUMBERS = ("stat", "gauge", "bargauge", "singlestat")
_CURVES = ("timeseries", "graph", "barchart", "state-timeline", "status-history", "trend", "")
MOST_SERIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """One series in the legend: the class that draws it, its name and its newest value."""

    cls: str
    name: str
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the page shows of a panel at a moment; only one of drawing, numbers and table is filled.

    Args:
        moment: in words.
        problem: an error that the panel showed.
        nothing: why there is no picture, in words; empty where there is one.
        drawing, legend, limits: series over time, their names, and thresholds drawn as lines.
        numbers, table: what a panel of that kind shows.
        notes: when it was asked for, and what was left out.
    """

    moment: str
    problem: str = ""
    nothing: str = ""
    drawing: Markup = field(default_factory=Markup)
    legend: tuple[Legend, ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    numbers: tuple[Number, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()


def picture(panel: Panel, moment: str, words: str, faults: Sequence[FaultWindow]) -> Picture:
    """The picture of a panel at a moment; what cannot be drawn is said.

    Args:
        panel: with its shots.
        moment: which of them.
        words: what the moment is called on the page.
        faults: of the scenario.
    """
    shot = panel.shots.get(moment)
    if shot is None:
        return Picture(moment=words, nothing="no picture: it was not loaded in that part of the run")
    told = Picture(moment=words, problem=shot.problem, notes=_notes(shot, faults))
    if shot.left_out:
        return replace(told, nothing=f"no picture: {shot.left_out}")
    try:
        drawn = _drawn(panel, shot, told, faults)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as odd:
        return replace(told, nothing=f"no picture: what was recorded cannot be drawn ({type(odd).__name__})")
    is_empty = not (drawn.drawing or drawn.numbers or drawn.table or drawn.nothing or drawn.problem)
    return replace(drawn, nothing="no data") if is_empty else drawn


def _drawn(panel: Panel, shot: Shot, told: Picture, faults: Sequence[FaultWindow]) -> Picture:
    look = panel.look
    if look.type == "table":
        return _tabled(table_of(look, shot.frames), told)
    if look.type in _NUMBERS:
        return replace(told, numbers=numbers(look, shot.frames))
    if look.type not in _CURVES:
        return replace(told, nothing=f"no picture: panels of type {look.type} are not drawn here")
    series = [one for one in series_of(shot.frames) if any(value is not None for _, value in one.points)]
    if not series:
        return told
    notes = ["points thinned evenly"] if any(_is_thinned(frame) for frame in shot.frames) else []
    if shot.series > MOST_SERIES:
        notes.append(f"{len(series[:MOST_SERIES])} of {shot.series} series")
    return replace(
        told,
        drawing=curves(f"{panel.title}, {told.moment}", look, shot, series[:MOST_SERIES], faults),
        legend=tuple(_legend(look.unit, one, index) for index, one in enumerate(series[:MOST_SERIES])),
        limits=tuple(limits(look)),
        notes=(*told.notes, *notes),
    )


def _tabled(table: Table | None, told: Picture) -> Picture:
    if table is None or table.rows_in_all <= len(table.rows):
        return replace(told, table=table)
    first = f"the first {len(table.rows)} of {counted(table.rows_in_all, 'row')}"
    return replace(told, table=table, notes=(*told.notes, first))


def _is_thinned(frame: Frame) -> bool:
    return frame.rows > max((len(column.values) for column in frame.columns), default=0)


def _legend(unit: str, series: Series, index: int) -> Legend:
    newest = series.reduced("lastNotNull")
    return Legend(cls=stroke(index), name=series.name, newest="" if newest is None else with_unit(newest, unit))


def _notes(shot: Shot, faults: Sequence[FaultWindow]) -> tuple[str, ...]:
    broken = dict.fromkeys(f"{window.kind} {window.target}" for window in in_effect(faults, shot.asked_s))
    there = f"with {', '.join(broken)}" if broken else "nothing broken" if faults else ""
    return tuple(note for note in (f"{clock(shot.asked_s)} UTC, {shot.ms:.0f} ms", there) if note)
