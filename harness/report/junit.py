"""JUnit XML: FAIL is a failure and UNKNOWN an error, so that no CI counts either as green."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.model import Finding, Verdict
from harness.report import mistakes
from harness.report.story import stand_in_line, wall_time_s, why
from harness.report.text import number, printable
from harness.results import GateReport, ScenarioResult

_RESULT_TAGS = {Verdict.FAIL: "failure", Verdict.UNKNOWN: "error"}


def to_junit(report: GateReport) -> str:
    """One suite a scenario, and each other part of the gate; one case a finding.

    A verdict that no finding explains gets a case of its own: the file is never greener than the verdict.
    """
    root = Element("testsuites", name=printable(report.run_id), time=_seconds(report.duration_s))
    for scenario in report.scenarios:
        _suite(root, scenario)
    for part in report.parts:
        _cases(SubElement(root, "testsuite", name=printable(part.name), time="0"), part.name, part.findings)
    _mistakes_suite(root, report)
    verdicts = [*(each.verdict for each in report.scenarios), *(each.verdict for each in report.parts)]
    verdicts += [each.verdict for each in report.mistakes]
    worst = Verdict.worst(verdicts)
    if worst is not report.verdict or not report.scenarios:
        _gate_suite(root, report)
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, scenario: ScenarioResult) -> None:
    suite = SubElement(root, "testsuite", name=printable(scenario.name), time=_seconds(wall_time_s(scenario)))
    _cases(suite, scenario.name, scenario.findings)
    if Verdict.worst(finding.verdict for finding in scenario.findings) is not scenario.verdict or not scenario.findings:
        message = f"{scenario.name} is judged '{scenario.verdict.word}', which no finding of it explains"
        _result(_case(suite, scenario.name, "verdict"), scenario.verdict, "verdict", message, scenario.hypothesis)
    _count(suite)


def _cases(suite: Element, suite_name: str, findings: Iterable[Finding]) -> None:
    """One case a finding; several of one check and subject are numbered."""
    seen: Counter[str] = Counter()
    for finding in findings:
        name = f"{finding.check} {finding.subject}".strip()
        seen[name] += 1
        case = _case(suite, suite_name, name if seen[name] == 1 else f"{name} ({seen[name]})")
        _result(case, finding.verdict, finding.kind.value, finding.message, _details(finding))
    _count(suite)


def _mistakes_suite(root: Element, report: GateReport) -> None:
    """One case a known-bad variant: an error where the gate did not see it."""
    if not report.mistakes:
        return
    suite = SubElement(root, "testsuite", name=mistakes.NAME, time="0")
    for mistake in report.mistakes:
        found = mistakes.finding(mistake)
        _result(_case(suite, mistakes.NAME, found.subject), found.verdict, "self-test", found.message, _details(found))
    _count(suite)


def _gate_suite(root: Element, report: GateReport) -> None:
    suite = SubElement(root, "testsuite", name="gate", time=_seconds(report.duration_s))
    case = _case(suite, "gate", "verdict")
    details = "\n".join((*report.notes, stand_in_line(report)))
    _result(case, report.verdict, "verdict", why(report), details)
    _count(suite)


def _case(suite: Element, scenario: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=printable(scenario), name=printable(name), time="0")


def _result(case: Element, verdict: Verdict, kind: str, message: str, details: str) -> None:
    if verdict in _RESULT_TAGS:
        found = SubElement(case, _RESULT_TAGS[verdict], type=kind, message=printable(message))
        found.text = printable(details)


def _details(finding: Finding) -> str:
    facts = {
        "measure": finding.measure.value if finding.measure else "",
        "observed": number(finding.observed),
        "lower bound": number(finding.lower),
        "upper bound": number(finding.upper),
        "evidence": finding.evidence,
    }
    told = [finding.message, *(f"{name}: {value}" for name, value in facts.items() if value)]
    return "\n".join([*told, *(f"\n{story}" for story in finding.stories)])


def _count(parent: Element) -> None:
    parent.set("tests", str(len(list(parent.iter("testcase")))))
    parent.set("failures", str(len(list(parent.iter("failure")))))
    parent.set("errors", str(len(list(parent.iter("error")))))


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.3f}"
