"""What the report says first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Verdict
from harness.report import summary_line
from harness.report.story import known_bad, stand_in_line, why
from harness.results import GateReport
from tests.harness.report.conftest import Sample
from tests.harness.report.sample_report import known_bad as known_bad_sample


def test_pass_says_what_held(healthy: Sample) -> None:
    """A pass says how much it rests on."""
    assert why(healthy[0]) == "All 2 scenarios held: 10 findings, none failed and none left open."


def test_fail_gives_the_first_reason_and_the_number_of_others(failed: Sample) -> None:
    """A fail names the first thing that broke, where, and how many more there are."""
    sentence = why(failed[0])
    assert sentence.startswith("redis-outage: Signal sig-00431 was executed twice")
    assert sentence.endswith("And 3 more findings of the same weight.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"notes": ("undoing the fault failed",)}, "undoing the fault failed."),
        ({"scenarios": ()}, "No scenario was run."),
    ],
)
def test_verdict_that_no_finding_explains(healthy: Sample, change: dict[str, object], said: str) -> None:
    """A verdict without a finding behind it still says why."""
    report: GateReport = replace(healthy[0], verdict=Verdict.UNKNOWN, **change)  # type: ignore[arg-type]  # by name
    assert why(report) == said


def test_scenario_without_findings_is_named(healthy: Sample) -> None:
    """A scenario in which nothing was judged is named as the reason."""
    silent = replace(healthy[0].scenarios[0], findings=(), verdict=Verdict.UNKNOWN)
    report = replace(healthy[0], scenarios=(silent,), verdict=Verdict.UNKNOWN)
    assert "Nothing was judged in steady-state" in why(report)


def test_summary_line_has_verdict_counts_stand_ins_and_page(failed: Sample) -> None:
    """The terminal's one line holds what somebody needs who reads nothing else."""
    line = summary_line(known_bad_sample(failed[0]))
    assert "\n" not in line
    assert line.startswith("FAIL: 2 scenarios, 4 fail, 0 unknown, 6 pass")
    assert "KNOWN-BAD SUBJECT (no-fence)" in line
    assert "dashboards judged through the stand-in" in line
    assert "3 of 10 requirement rows not covered" in line
    assert line.endswith(f"reports/{failed[0].run_id}/report.html")


def test_stand_ins_are_named_or_not_mentioned(healthy: Sample) -> None:
    """Only what really was a stand-in is called one."""
    report, _ = healthy
    real = replace(report, stack=tuple(entry for entry in report.stack if entry.source != "stand-in"))
    other = replace(report, stack=(replace(report.stack[0], source="stand-in"),))
    assert stand_in_line(real) == ""
    assert stand_in_line(other) == "stand-in for redis"
    assert "stand-in" not in summary_line(real)


@pytest.mark.parametrize(
    ("variant", "said"),
    [(None, ""), ("", ""), (False, ""), ([], ""), ("no-fence", "no-fence"), (["a", "b", "c"], "a, b and c")],
)
def test_known_bad(healthy: Sample, variant: object, said: str) -> None:
    """A wrong variant is named, however the run wrote it down, and a real subject is not called wrong."""
    assert known_bad(replace(healthy[0], subject={"known_bad": variant})) == said
