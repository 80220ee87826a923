"""The report as one page that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.evidence import FolderHistory
from harness.model import Finding, Verdict
from harness.report import mistakes, story
from harness.report.alert_rows import alert_rows
from harness.report.pages import page
from harness.report.panel_rows import panel_overview, panel_tables
from harness.report.pictures import Pictured
from harness.report.receivers import receivers
from harness.report.text import listed
from harness.report.timeline import Timeline, draw
from harness.results import GateReport, ScenarioResult, StackEntry

_MOST_FINDINGS = 200  # of a scenario; the rest is in gate.json
_MOST_DECIDERS = 8
_OPEN_SCENARIOS = 4  # with more than these, the ones that held are folded
_BINS_OF_ALL = 16_000  # shared by all scenarios, so that many of them still make a page that opens at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One scenario as the page shows it."""

    scenario: ScenarioResult
    timeline: Timeline
    findings: tuple[Finding, ...]
    left_out: int
    is_open: bool
    pictured: Pictured


def to_html(report: GateReport, run_folder: Path, pictured: Mapping[str, Pictured] = MappingProxyType({})) -> str:
    """The page as text.

    Args:
        report: what was judged.
        run_folder: where the evidence lies; what is missing there is said in its lane.
        pictured: where the pictures of the boards are, by scenario.
    """
    return page(
        "report.html.j2",
        report=report,
        sections=_sections(report, run_folder, pictured),
        deciders=story.deciders(report)[:_MOST_DECIDERS],
        more_deciders=max(0, len(story.deciders(report)) - _MOST_DECIDERS),
        answer=story.ANSWERS[report.verdict],
        why=story.why(report),
        tally=story.tally(report),
        stand_ins=story.stand_ins(report),
        stand_in_line=story.stand_in_line(report),
        known_bad=story.known_bad(report),
        not_covered=story.not_covered(report),
        sources=_sources(report.stack),
        subject=_subject(report.subject),
        alert_rows=alert_rows(report.scenarios),
        panel_tables=panel_tables(report.scenarios),
        panel_overview=panel_overview(report.scenarios),
        mistakes_line=mistakes.line(report),
        passed=Verdict.PASS,
        positions={scenario.name: index for index, scenario in enumerate(report.scenarios, start=1)},
        marks={verdict.word: mark for verdict, mark in story.MARKS.items()},
        folder=f"reports/{run_folder.name}",
    )


def _sections(report: GateReport, run_folder: Path, pictured: Mapping[str, Pictured]) -> list[Section]:
    most_bins = min(400, max(100, _BINS_OF_ALL // max(1, len(report.scenarios))))
    few = len(report.scenarios) <= _OPEN_SCENARIOS
    return [
        Section(
            scenario=scenario,
            timeline=_timeline(scenario, run_folder, most_bins),
            findings=tuple(story.worst_first(scenario.findings)[:_MOST_FINDINGS]),
            left_out=max(0, len(scenario.findings) - _MOST_FINDINGS),
            is_open=few or scenario.verdict is not Verdict.PASS,
            pictured=pictured.get(scenario.name, Pictured()),
        )
        for scenario in report.scenarios
    ]


def _timeline(scenario: ScenarioResult, run_folder: Path, most_bins: int) -> Timeline:
    folder = _folder(run_folder, scenario.name)
    return draw(scenario, FolderHistory(folder=folder), receivers(folder), most_bins)


def _folder(run_folder: Path, name: str) -> Path:
    """The scenario's own folder; a name with a path in it leads nowhere else."""
    return run_folder / "scenarios" / name.replace("/", "_").replace("\x00", "_")


def _sources(stack: tuple[StackEntry, ...]) -> str:
    """Where the services came from, counted: 9 built, 1 pulled."""
    sources = [entry.source for entry in stack]
    return listed(tuple(f"{sources.count(source)} {source}" for source in dict.fromkeys(sources)))


def _subject(subject: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was judged, in words; the known-bad mark has its own place on the page."""
    return [(key.replace("_", " "), str(value)) for key, value in subject.items() if key != "known_bad" and value]
