"""The table of every alert against every scenario."""

from __future__ import annotations

from harness.model import Verdict
from harness.report.alert_rows import alert_rows
from harness.results import AlertCell, ScenarioResult


def scenario(name: str, *cells: AlertCell) -> ScenarioResult:
    """A judged scenario that is only its cells."""
    return ScenarioResult(
        name=name, hypothesis="", covers=(), verdict=Verdict.PASS, phases=(), faults=(), findings=(), alerts=cells
    )


def cell(due: str, *, fired: bool | None, below: bool = False, alert: str = "SignalLoss") -> AlertCell:
    """What an alert was to do, and did."""
    return AlertCell(
        alert=alert, severity="critical", due=due, fired=fired, verdict=Verdict.PASS, below=below, nearest=0.5
    )


def test_a_cell_that_nobody_knows_is_a_question() -> None:
    """An alert that was not loaded in a scenario, or of which nobody knows, is never shown as silent."""
    (row, _) = alert_rows(
        [
            scenario("known", cell("fires", fired=True)),
            scenario("lost", cell("silent", fired=None)),
            scenario("without", cell("silent", fired=False, alert="Other")),
        ]
    )
    assert [(one.scenario, one.sign, one.verdict) for one in row.cells] == [
        ("known", "▲", "pass"),
        ("lost", "?", "unknown"),
        ("without", "?", "unknown"),
    ]


def test_a_row_names_the_doses_on_either_side() -> None:
    """Above is where it is to fire, below where a dose comes near; a scenario without a dose is neither."""
    (row,) = alert_rows(
        [
            scenario("above", cell("fires", fired=True)),
            scenario("below", cell("silent", fired=False, below=True)),
            scenario("neither", cell("silent", fired=False)),
            scenario("chance", cell("either", fired=True)),
        ]
    )
    assert (row.above, row.below) == (("above",), ("below",))
    assert [one.sign for one in row.cells] == ["▲", "· ▽", "·", "(▲)"]
