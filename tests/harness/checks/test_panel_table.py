"""The table of panels. The fault is confirmed at 100.5 s and healed at 300.5 s."""

from __future__ import annotations

import pytest

from harness.checks.panel_table import panel_cells
from harness.errors import EvidenceError
from harness.recorded import FaultWindow
from harness.results import PanelCell
from tests.harness.checks.story import REDIS_STOPPED, Story, moved, record
from tests.harness.checks.test_dashboards import NO_DATA, REFUSED, all_run, board, load, redis_panel


def cells(story: Story, *faults: FaultWindow) -> dict[str, PanelCell]:
    """The cells of a board with one panel, by part."""
    return {cell.part: cell for cell in panel_cells(record(story, faults=faults))}


def test_a_run_without_a_fault_is_one_part() -> None:
    """Percentiles of all loads, the worst with its place, and how old the data were."""
    loads = all_run()[:40]
    loads[20] = load(205, ms=900, age_s=12)
    (cell,) = cells(board(*loads)).values()
    assert (cell.title, cell.source, cell.part) == ("Open Trades", "prometheus", "in the whole run")
    assert cell.loads == len(loads)
    assert cell.p50_ms == pytest.approx(200, rel=0.001)
    assert (cell.worst_ms, cell.worst_at) == (900.0, "panels.jsonl:21")
    assert (cell.errors, cell.empty, cell.oldest_s) == (0, 0, 12.0)


def test_each_part_of_a_run_has_its_own_figures() -> None:
    """Errors while the source is down do not mix with the loads before and after."""
    found = cells(redis_panel(broken=REFUSED), REDIS_STOPPED)
    assert next(iter(found)) == "before the fault"
    assert found["before the fault"].errors == 0
    assert found["with the fault on"].errors == found["with the fault on"].loads > 5
    assert found["after the heal"].errors == 0
    assert found["with the fault on"].oldest_s is None


def test_empty_is_told_apart_from_an_error() -> None:
    """A panel that shows nothing and says nothing."""
    cell = cells(redis_panel(broken=NO_DATA), REDIS_STOPPED)["with the fault on"]
    assert (cell.errors, cell.empty) == (0, cell.loads)


def test_the_tail_shows() -> None:
    """One slow load in twenty is the 95th percentile's neighbour and the worst."""
    loads = [load(at_s, ms=100) for at_s in range(5, 195, 10)] + [load(200, ms=2500)]
    (cell,) = cells(board(*loads)).values()
    assert cell.p50_ms == pytest.approx(100, rel=0.001)
    assert cell.p95_ms == pytest.approx(100, rel=0.001)
    assert cell.worst_ms == 2500.0


def test_nobody_at_the_boards_is_no_table() -> None:
    """A scenario without viewers has no cells, and needs no parts."""
    assert cells(Story()) == {}


def test_parts_that_are_not_known_are_an_error() -> None:
    """A fault that was not seen to heal leaves nothing to sort the loads by."""
    with pytest.raises(EvidenceError, match="not seen to take effect and heal"):
        cells(board(*all_run()), moved(REDIS_STOPPED, confirmed_s=None))
