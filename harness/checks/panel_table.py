"""Every panel in every part of a run: how quick it was, what was wrong with it, how old its data were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.checks.panel_log import PanelLoad, read_panels, sources
from harness.checks.reading import Reader
from harness.checks.spans import Span, spans
from harness.histogram import Durations
from harness.model import Record
from harness.results import PanelCell


def panel_cells(record: Record) -> tuple[PanelCell, ...]:
    """A cell for each panel and each part of the run in which it was loaded; none where nobody looked at a board.

    A load belongs to the part in which it began. Percentiles are those of an HDR histogram, the worst is exact.

    Raises:
        EvidenceError: the parts of the run are not known, or a figure cannot be.
    """
    log = read_panels(Reader(record.history))
    parts = spans(record) if log.panels else ()
    return tuple(cell for (board, panel), loads in log.panels.items() for cell in _cells(board, panel, loads, parts))


def _cells(board: str, panel: str, loads: Sequence[PanelLoad], parts: Iterable[Span]) -> Iterator[PanelCell]:
    source = ", ".join(sorted(sources(loads)))
    for part in parts:
        within = [load for load in loads if part.from_s <= load.began_s < part.until_s]
        if within:
            yield _cell(board, panel, source, part, within)


def _cell(board: str, panel: str, source: str, part: Span, loads: Sequence[PanelLoad]) -> PanelCell:
    times = Durations()
    for load in loads:
        times.add(load.took_s)
    worst = max(loads, key=lambda load: load.took_s)
    figures = times.percentiles_ms(50, 95)
    ages = [load.began_s - float(target["newest_s"]) for load in loads for target in load.targets if _dated(target)]
    return PanelCell(
        board=board,
        panel=panel,
        title=loads[0].title,
        source=source,
        part=part.name,
        loads=len(loads),
        viewers=len({load.viewer for load in loads}),
        p50_ms=figures["p50"],
        p95_ms=figures["p95"],
        worst_ms=figures["max"],
        worst_at=worst.place,
        errors=sum(bool(load.errors) for load in loads),
        empty=sum(bool(load.without_data) and not load.errors for load in loads),
        oldest_s=round(max(ages), 3) if ages else None,
    )


def _dated(target: object) -> bool:
    return isinstance(target, dict) and target.get("newest_s") is not None
