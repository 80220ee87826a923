"""What a green is worth, what is new, and what was not looked at: on the page, in the comment, in JUnit."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.report import from_json, to_json
from harness.report.html import to_html
from harness.report.junit import to_junit
from harness.report.markdown import LONGEST, to_markdown
from harness.report.worth import highest_rate, not_looked_at, worth
from harness.results import Change, GateReport, PartResult, Since
from tests.harness.report.conftest import Sample


def gate(report: GateReport, verdict: Verdict) -> GateReport:
    """The report as that of a gate whose comparison came to this verdict."""
    finding = Finding(
        check="Compared", kind=FindingKind.LOAD, verdict=verdict, message="panel_slowest_s: +47 % <b>slower</b>.",
        observed=1.47, subject="panel_slowest_s", measure=Measure.PANEL_SLOWEST_S,
    )  # fmt: skip
    return replace(
        report,
        verdict=Verdict.worst((report.verdict, verdict)),
        parts=(PartResult(name="comparison with earlier runs", findings=(finding,)),),
        not_looked_at=("the mutants of <rules>",),
        since=Since(
            run_id="run-6", ended_at="2026-01-06", changes=(Change(what="commit", before="abc|d", now="<script>"),)
        ),
    )


@pytest.mark.parametrize(("runs", "rate"), [(1, 0.95), (21, 0.133), (100, 0.0295), (1000, 0.003)])
def test_the_bound_is_three_by_n_for_many_runs(runs: int, rate: float) -> None:
    """The rule of three, and exact where n is small."""
    assert highest_rate(runs) == pytest.approx(rate, rel=0.01)
    assert math.isclose((1 - highest_rate(runs)) ** runs, 0.05)


def test_a_green_says_what_it_is_worth(healthy: Sample, failed: Sample) -> None:
    """The bound, the stand-in and the rows that nothing covers; a failure has no bound."""
    told = "\n".join(worth(healthy[0]))
    for words in ("0 failures in 2 scenario runs", "fewer than 78%", "stand-in", "3 of 10 requirement rows"):
        assert words in told
    assert "1 of 2 scenario runs failed" in "\n".join(worth(failed[0]))
    assert "with 95 % confidence" not in "\n".join(worth(failed[0]))


def test_rows_without_a_scenario_were_not_looked_at(healthy: Sample) -> None:
    """They stand with what the profile left out."""
    told = not_looked_at(gate(healthy[0], Verdict.PASS))
    assert told[0] == "the mutants of <rules>"
    assert "R-72" in told[1]


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.UNKNOWN])
def test_a_part_alone_turns_every_page_red(healthy: Sample, verdict: Verdict) -> None:
    """All scenarios held: the lead says which part did not."""
    report = gate(healthy[0], verdict)
    page, comment = to_html(report, healthy[1]), to_markdown(report)
    lead = page[: page.index('id="overview"')]
    assert "comparison with earlier runs: panel_slowest_s: +47 %" in lead
    assert "the mutants of &lt;rules&gt;" in lead
    assert "run-6" in lead
    assert "<script>" not in lead.partition("</style>")[2]
    assert f"({verdict.word.upper()})" in comment.splitlines()[0]
    assert "panel\\_slowest\\_s: +47 %" in comment[:400]
    assert "1 changes since the last pass" in comment
    assert len(comment) < LONGEST
    root = ElementTree.fromstring(to_junit(report))  # noqa: S314 - our own text
    assert (root.get("failures"), root.get("errors")) == (("1", "0") if verdict is Verdict.FAIL else ("0", "1"))


def test_the_parts_are_in_the_source(healthy: Sample) -> None:
    """There and back; a part that calls itself better than its findings is refused."""
    report = gate(healthy[0], Verdict.FAIL)
    written = to_json(report)
    assert from_json(written) == report
    written["parts"][0]["verdict"] = "pass"
    with pytest.raises(Exception, match="verdict is not that of its findings"):
        from_json(written)
