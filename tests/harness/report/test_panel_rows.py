"""The table of panels on the page."""

from __future__ import annotations

from dataclasses import replace

from harness.report.gate_json import from_json, to_json
from harness.report.html import to_html
from harness.report.markdown import to_markdown
from harness.report.panel_rows import NO_LOAD, NO_REASON, NOT_THERE, Unseen, panel_overview, panel_tables
from harness.results import GateReport, PanelCell
from tests.harness.report.conftest import Sample


def cell(title: str, part: str, *, worst_ms: float = 80.0, errors: int = 0) -> PanelCell:
    """A panel in a part of the run."""
    return PanelCell(
        board="trade-state",
        panel=title,
        title=title,
        source="prometheus",
        part=part,
        loads=9,
        viewers=1,
        p50_ms=41.0,
        p95_ms=60.0,
        worst_ms=worst_ms,
        worst_at="panels.jsonl:17",
        errors=errors,
        empty=0,
        oldest_s=2.5,
    )


def looked_at(report: GateReport, *cells: PanelCell) -> GateReport:
    """The same run with viewers in its second scenario."""
    first, second = report.scenarios
    return replace(report, scenarios=(first, replace(second, panels=cells)))


def test_a_row_for_each_panel_and_a_column_for_each_part(healthy: Sample) -> None:
    """A part in which a panel was not loaded has a place, and no figures."""
    cells = (cell("Late", "after"), cell("Usual", "before"), cell("Usual", "after", worst_ms=900.0))
    (table,) = panel_tables(looked_at(healthy[0], *cells).scenarios)
    assert table.parts == ("before", "after")
    assert {row.title: [one is None for one in row.cells] for row in table.rows} == {
        "Late": [True, False],
        "Usual": [False, False],
    }
    assert (table.slowest.title, table.slowest.worst_ms) == ("Usual", 900.0)


def test_the_page_shows_figures_errors_and_the_slowest_load(healthy: Sample) -> None:
    """Milliseconds, how many loads showed an error, and where the slowest one stands."""
    report, folder = healthy
    page = to_html(looked_at(report, cell("Open <b>", "with the fault on", errors=4)), folder)
    assert "41 / 60 / 80" in page
    assert "✕ 4" in page
    assert "Open &lt;b&gt;" in page
    assert "panels.jsonl:17" in page


def test_without_viewers_there_is_no_table(healthy: Sample) -> None:
    """Nothing to show is not shown."""
    report, folder = healthy
    assert panel_tables(report.scenarios) == ()
    assert 'id="panels"' not in to_html(report, folder)


def test_every_panel_stands_beside_itself_in_the_other_scenarios(healthy: Sample) -> None:
    """Healthy runs first, then each part with a fault on; where there is no figure there is a reason."""
    report = healthy[0]
    whole, fault = "in the whole run", "with the fault of act 2 on"
    control = replace(report.scenarios[0], name="control", panels=(cell("A", whole), cell("B", whole)))
    broken = replace(
        report.scenarios[0],
        name="broken",
        panels=(cell("A", "before the fault"), cell("A", fault, errors=3), cell("C", "before the fault")),
    )
    nobody = replace(report.scenarios[0], name="nobody", panels=(), nobody_looks="it is dark")
    silent = replace(nobody, name="silent", nobody_looks="")
    found = panel_overview((broken, nobody, silent, control))
    assert found is not None
    assert [(column.scenario, column.part) for column in found.columns] == [("control", whole), ("broken", fault)]
    told = {row.title: [one if isinstance(one, str) else one.part for one in row.cells] for row in found.rows}
    assert told == {"A": [whole, fault], "C": [NOT_THERE, NO_LOAD], "B": [whole, NOT_THERE]}
    assert found.unseen == (Unseen(scenario="nobody", why="it is dark"), Unseen(scenario="silent", why=NO_REASON))
    assert panel_overview((nobody,)) is None


def test_the_page_gives_the_reason_for_an_empty_cell(healthy: Sample) -> None:
    """And says in which scenarios nobody looked, and why; so does the comment."""
    report, folder = healthy
    first, second = report.scenarios
    report = replace(report, scenarios=(replace(first, nobody_looks="it is <dark>"), second))
    page = to_html(looked_at(report, cell("A", "in the whole run"), cell("B", "with the fault on")), folder)
    assert NO_LOAD in page
    assert "Nobody looked at the boards in 1 scenario" in page
    assert "it is &lt;dark&gt;" in page
    comment = to_markdown(looked_at(report, cell("A", "in the whole run"), cell("B", "with the fault on", errors=4)))
    assert "| with the fault on | 9 | 80 ms | 4 | 0 |" in comment
    assert "dark" in comment


def test_the_reason_survives_the_report(healthy: Sample) -> None:
    """It is in gate.json, from which the pages come."""
    report = healthy[0]
    first, second = report.scenarios
    told = replace(report, scenarios=(replace(first, nobody_looks="it is dark"), second))
    assert from_json(to_json(told)).scenarios[0].nobody_looks == "it is dark"
    assert from_json(to_json(told)).scenarios[1].nobody_looks == ""
