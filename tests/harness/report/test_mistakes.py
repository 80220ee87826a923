"""Known-bad variants on the pages: caught, not caught, not tried."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import fromstring

from harness.model import Verdict
from harness.report.html import to_html
from harness.report.junit import to_junit
from harness.report.markdown import to_markdown
from harness.report.mistakes import line
from harness.report.story import deciders, summary_line, why
from harness.results import GateReport, MistakeResult
from tests.harness.report.conftest import Sample
from tests.harness.report.sample_report import known_bad


def tried(report: GateReport, *caught: bool) -> GateReport:
    """The same run with mistakes tried."""
    mistakes = tuple(
        MistakeResult(
            name=f"mistake-{number}",
            switches=(f"mistake-{number}",),
            scenario="redis-outage",
            caught_by=("ExactlyOnce",),
            verdict=Verdict.PASS if one else Verdict.UNKNOWN,
            runs=1 if one else 3,
            seen_by="ExactlyOnce" if one else "",
            message="s-1 was executed twice." if one else "The gate does not see this mistake.",
        )
        for number, one in enumerate(caught, start=1)
    )
    verdict = Verdict.worst([report.verdict, *(mistake.verdict for mistake in mistakes)])
    return replace(report, mistakes=mistakes, verdict=verdict)


def test_a_green_that_was_tested_says_so(healthy: Sample) -> None:
    """How much the green is worth stands at the top of every page, with the table below."""
    report, folder = tried(healthy[0], True, True), healthy[1]
    assert "turned red on each of 2 known-bad variants" in line(report)
    assert "2 of 2 known-bad variants caught" in summary_line(report)
    assert "| ✅ | mistake-1 | redis-outage | ExactlyOnce | 1 |" in to_markdown(report)
    page = to_html(report, folder)
    assert 'id="mistakes"' in page
    assert "s-1 was executed twice." in page


def test_a_green_that_was_not_tested_says_so(healthy: Sample) -> None:
    """No mistake was tried: nothing shows that the run could have been red."""
    report, folder = healthy
    for page in (to_html(report, folder), to_markdown(report)):
        assert "No known-bad variant was tried" in page
    assert 'id="mistakes"' not in to_html(report, folder)


def test_a_run_of_a_mistake_is_such_a_test_itself(healthy: Sample) -> None:
    """The banner of a known-bad subject says enough."""
    assert line(known_bad(healthy[0])) == ""


def test_a_mistake_that_was_not_seen_decides(healthy: Sample) -> None:
    """The verdict is UNKNOWN because of it, and every page leads with it."""
    report, folder = tried(healthy[0], True, False), healthy[1]
    assert [each.finding.subject for each in deciders(report)] == ["mistake-2 in redis-outage"]
    assert "does not see this mistake" in why(report)
    assert "1 of 2 known-bad variants only" in line(report)
    page = to_html(report, folder)
    assert '<a href="#mistakes">' in page
    assert "not by ExactlyOnce" in page


def test_junit_has_a_case_for_each(healthy: Sample) -> None:
    """A CI that reads nothing else sees an error for the one that was not caught."""
    root = fromstring(to_junit(tried(healthy[0], True, False)))  # noqa: S314 - our own file
    suite = next(one for one in root if one.get("name") == "known-bad variants")
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("2", "1", "0")
