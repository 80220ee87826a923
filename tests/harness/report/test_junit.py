"""junit.xml: no CI may count a fail or an unknown as green."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from harness.model import Verdict
from harness.report.junit import to_junit
from harness.results import GateReport
from tests.harness.report.conftest import Sample


def _parsed(report: GateReport) -> ElementTree.Element:
    return ElementTree.fromstring(to_junit(report))  # noqa: S314 - our own text


def test_one_suite_a_scenario_and_one_case_a_finding(failed: Sample) -> None:
    """Every finding is a test case of its scenario's suite."""
    root = _parsed(failed[0])
    assert {suite.get("name"): len(suite.findall("testcase")) for suite in root} == {
        "steady-state": 4,
        "redis-outage": 6,
    }
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("10", "4", "0")


def test_unknown_is_an_error(unknown: Sample) -> None:
    """What could not be judged is an error, with its sentence."""
    root = _parsed(unknown[0])
    errors = [error.get("message") or "" for error in root.iter("error")]
    assert len(errors) == 2
    assert "nobody saw what the boards showed" in errors[0]
    assert (root.get("failures"), root.get("errors")) == ("0", "2")


def test_pass_has_neither(healthy: Sample) -> None:
    """A run that held is green."""
    root = _parsed(healthy[0])
    assert (root.get("failures"), root.get("errors")) == ("0", "0")


@pytest.mark.parametrize(("verdict", "tag"), [(Verdict.FAIL, "failure"), (Verdict.UNKNOWN, "error")])
def test_never_greener_than_the_verdict(healthy: Sample, verdict: Verdict, tag: str) -> None:
    """A verdict that no finding explains turns the file red all the same."""
    report, _ = healthy
    without = replace(report, scenarios=(), verdict=verdict)
    silent = replace(report, scenarios=(replace(report.scenarios[0], findings=(), verdict=verdict),), verdict=verdict)
    contrary = replace(report, scenarios=(replace(report.scenarios[0], verdict=verdict),), verdict=verdict)
    undone = replace(report, verdict=verdict, notes=("undoing the fault failed",))
    for each in (without, silent, contrary, undone):
        assert len(list(_parsed(each).iter(tag))) == 1


def test_hostile_text_is_valid_xml(failed: Sample) -> None:
    """Control characters, lone surrogates and markup in a log line leave the file readable."""
    scenario = failed[0].scenarios[1]
    hostile = "\x00\x07\x1b[31m <![CDATA[ ]]> & \"'\ud800\uffff<failure/>"
    finding = replace(scenario.findings[-1], message=hostile, evidence=hostile, subject=hostile, check=hostile)
    root = _parsed(replace(failed[0], scenarios=(replace(scenario, name=hostile, findings=(finding,)),)))
    assert len(list(root.iter("failure"))) == 1
    assert "<![CDATA[ ]]>" in (next(root.iter("failure")).get("message") or "")


def test_cases_of_one_check_are_told_apart(failed: Sample) -> None:
    """Two findings of the same check on the same subject are two cases with two names."""
    scenario = failed[0].scenarios[1]
    twice = replace(scenario, findings=(scenario.findings[0],) * 2)
    names = [case.get("name") for case in _parsed(replace(failed[0], scenarios=(twice,))).iter("testcase")]
    assert len(names) == len(set(names))
