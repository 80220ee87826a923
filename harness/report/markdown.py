"""The report as a comment under a pull request: short, and safe to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from harness.model import Verdict
from harness.report import mistakes
from harness.report.alert_rows import alert_rows
from harness.report.panel_rows import panel_overview
from harness.report.story import (
    ANSWERS,
    NOT_COVERED,
    deciders,
    known_bad,
    stand_in_line,
    tally,
    wall_time_s,
    why,
    worst_first,
)
from harness.report.text import cut, length, printable
from harness.report.worth import worth
from harness.results import GateReport, ScenarioResult

LONGEST = 60_000  # characters; a comment may have 65,536
_ICONS = {Verdict.PASS: "✅", Verdict.UNKNOWN: "❔", Verdict.FAIL: "❌"}
_MOST_SCENARIOS = 60
_MOST_FINDINGS = 12
_MOST_ROWS = 100
_MOST_STORIES = 3
_MOST_PART = 25
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$&])")


def to_markdown(report: GateReport) -> str:
    """Verdict, scenarios, what decided, stand-ins, and what was not covered; at most `LONGEST`."""
    parts = [
        *_head(report),
        *_deciding(report),
        *_since(report),
        *_scenarios(report),
        *_parts(report),
        *_stories(report),
        *_alerts(report),
        *_boards(report),
        *_mistakes(report),
        *_worth(report),
        *_not_covered(report),
        *_foot(report),
    ]
    whole = "\n".join(parts) + "\n"
    return whole if len(whole) <= LONGEST else whole[: LONGEST - 60] + "\n\n… cut here; report.html has the rest.\n"


def _head(report: GateReport) -> Iterable[str]:
    verdict = report.verdict
    yield f"## {_ICONS[verdict]} May this go out? {ANSWERS[verdict]} ({verdict.word.upper()})"
    yield f"\n{plain(why(report), 600)}\n"
    if variant := known_bad(report):
        yield f"> ⚠️ **Known-bad subject** ({plain(variant, 200)}): wrong on purpose, and not for release.\n"
    if line := stand_in_line(report):
        yield f"> ⚠️ **Stand-in**: {plain(line, 300)}.\n"
    for note in report.notes[:10]:
        yield f"> {plain(note, 400)}\n"


def _scenarios(report: GateReport) -> Iterable[str]:
    yield "\n| | Scenario | Verdict | Fail | Unknown | Pass | Time |\n|---|---|---|---:|---:|---:|---:|"
    for scenario in report.scenarios[:_MOST_SCENARIOS]:
        yield _scenario_row(scenario)
    if len(report.scenarios) > _MOST_SCENARIOS:
        yield f"\n… and {len(report.scenarios) - _MOST_SCENARIOS} more in report.html."


def _since(report: GateReport) -> Iterable[str]:
    """What is new; one line, with the table folded."""
    since = report.since
    if not since.run_id:
        return
    when = f"{plain(since.run_id, 80)} ({plain(since.ended_at, 40)})"
    if not since.changes:
        yield f"\nNothing is new since the last pass, {when}.\n"
        return
    yield f"\n<details><summary>{len(since.changes)} changes since the last pass, {when}</summary>\n"
    yield "| What | Then | Now |\n|---|---|---|"
    for each in since.changes[:_MOST_ROWS]:
        yield f"| {plain(each.what, 80)} | {plain(each.before, 80)} | {plain(each.now, 80)} |"
    yield "\n</details>\n"


def _parts(report: GateReport) -> Iterable[str]:
    """The parts beside the scenarios, a folded list each, with what is open first."""
    for part in report.parts:
        head = f"{_ICONS[part.verdict]} {plain(part.name, 80)}: {part.verdict.word}"
        yield f"\n<details><summary>{head}, {len(part.findings)} findings</summary>\n"
        for finding in worst_first(part.findings)[:_MOST_PART]:
            about = "" if finding.message.startswith(finding.subject) else f"{finding.subject}: "
            yield f"- {_ICONS[finding.verdict]} {plain(about + finding.message, 400)}"
        if len(part.findings) > _MOST_PART:
            yield f"- … and {len(part.findings) - _MOST_PART} more in report.html"
        yield "\n</details>"


def _worth(report: GateReport) -> Iterable[str]:
    yield "\n**What a green is worth.** " + " ".join(plain(each, 300) for each in worth(report))
    if report.not_looked_at:
        yield f"\n<details><summary>Not looked at: {len(report.not_looked_at)}</summary>\n"
        yield from (f"- {plain(each, 300)}" for each in report.not_looked_at[:_MOST_ROWS])
        yield "\n</details>"


def _scenario_row(scenario: ScenarioResult) -> str:
    verdicts = [finding.verdict for finding in scenario.findings]
    cells = (
        _ICONS[scenario.verdict],
        plain(scenario.name, 80),
        scenario.verdict.word,
        *(str(verdicts.count(verdict)) for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)),
        length(wall_time_s(scenario)),
    )
    return f"| {' | '.join(cells)} |"


def _deciding(report: GateReport) -> Iterable[str]:
    found = deciders(report)
    if not found:
        return
    yield "\n### What decided\n"
    for decider in found[:_MOST_FINDINGS]:
        finding = decider.finding
        about = f" {plain(finding.subject, 80)}" if finding.subject else ""
        seen = f" ({plain(finding.evidence, 120)})" if finding.evidence else ""
        yield (
            f"- **{plain(decider.scenario, 80)}**, {plain(finding.check, 60)}{about}: "
            f"{plain(finding.message, 400)}{seen}"
        )
    if len(found) > _MOST_FINDINGS:
        yield f"- … and {len(found) - _MOST_FINDINGS} more in report.html"


def _stories(report: GateReport) -> Iterable[str]:
    """The whole story of the first signals that went wrong; the page has more of them."""
    told = dict.fromkeys(story for decider in deciders(report) for story in decider.finding.stories)
    for story in list(told)[:_MOST_STORIES]:
        head, _, lines = story.partition("\n")
        yield f"\n<details><summary>{plain(head, 300)}</summary>\n\n<pre>\n{_verbatim(lines, 4000)}\n</pre>"
        yield "\n</details>"
    if len(told) > _MOST_STORIES:
        yield f"\n… and {len(told) - _MOST_STORIES} more stories in report.html."


def _alerts(report: GateReport) -> Iterable[str]:
    rows = alert_rows(report.scenarios)
    if not rows:
        return
    exercised = sum(bool(row.above and row.below) for row in rows)
    yield f"\n<details><summary>Alerts: {exercised} of {len(rows)} rules exercised above and below</summary>\n"
    yield "| Alert | Dose above | Dose below | Fired in | Not as due |\n|---|---|---|---|---|"
    for row in rows[:_MOST_ROWS]:
        fired = [cell.scenario for cell in row.cells if cell.fired]
        odd = [cell.scenario for cell in row.cells if cell.verdict != Verdict.PASS.word]
        cells = (row.alert, *(", ".join(names) or "none" for names in (row.above, row.below, fired, odd)))
        yield f"| {' | '.join(plain(cell, 160) for cell in cells)} |"
    yield "\n</details>"


def _boards(report: GateReport) -> Iterable[str]:
    """How many loads were seen where, and why nobody looked elsewhere; the page has the panels themselves."""
    overview = panel_overview(report.scenarios)
    if overview is None:
        return
    columns = f"{len(overview.rows)} panels in {len(overview.columns)} states"
    yield f"\n<details><summary>Boards: {columns}; nobody looked in {len(overview.unseen)} scenarios</summary>\n"
    yield "| Scenario | State | Loads | Slowest | With an error | Empty |\n|---|---|---:|---:|---:|---:|"
    for number, column in enumerate(overview.columns[:_MOST_ROWS]):
        found = [row.cells[number] for row in overview.rows]
        cells = [cell for cell in found if not isinstance(cell, str)]
        figures = (
            str(sum(cell.loads for cell in cells)),
            f"{max((cell.worst_ms for cell in cells), default=0.0):.0f} ms",
            str(sum(cell.errors for cell in cells)),
            str(sum(cell.empty for cell in cells)),
        )
        yield f"| {plain(column.scenario, 80)} | {plain(column.part, 60)} | {' | '.join(figures)} |"
    yield "\n| Nobody looked in | Why |\n|---|---|"
    yield from (f"| {plain(one.scenario, 80)} | {plain(one.why, 400)} |" for one in overview.unseen[:_MOST_ROWS])
    yield "\n</details>"


def _mistakes(report: GateReport) -> Iterable[str]:
    if not report.mistakes:
        return
    caught = mistakes.caught_of(report)
    yield f"\n<details><summary>Known-bad variants: {caught} of {len(report.mistakes)} caught</summary>\n"
    yield "| | Mistake | Scenario | Seen by | Runs |\n|---|---|---|---|---:|"
    for each in report.mistakes[:_MOST_ROWS]:
        cells = (each.name, each.scenario, each.seen_by or f"not by {' or '.join(each.caught_by)}", str(each.runs))
        yield f"| {_ICONS[each.verdict]} | {' | '.join(plain(cell, 100) for cell in cells)} |"
    yield "\n</details>"


def _not_covered(report: GateReport) -> Iterable[str]:
    rows = [row for row in report.requirements if row.verdict == NOT_COVERED]
    if not rows:
        return
    share = f"{len(rows)} of {len(report.requirements)} requirement rows"
    yield f"\n<details><summary>Not covered: {share}</summary>\n"
    for row in rows[:_MOST_ROWS]:
        yield f"- {plain(row.id, 20)} {plain(row.row, 160)}"
    yield "\n</details>"


def _foot(report: GateReport) -> Iterable[str]:
    counts = tally(report)
    findings = ", ".join(f"{counts[verdict]} {verdict.word}" for verdict in reversed(Verdict))
    sources = sorted({entry.source for entry in report.stack})
    origin = ", ".join(f"{sum(e.source == source for e in report.stack)} {plain(source, 20)}" for source in sources)
    facts = (
        f"Run {plain(report.run_id, 80)}",
        f"profile {plain(report.profile, 40)}",
        f"seed {report.seed}",
        f"time ÷ {report.time_scale:g}",
        length(report.duration_s),
        f"findings: {findings}",
        f"services: {origin or 'none'}",
        f"judge again: <code>harness judge reports/{plain(report.run_id, 80)}</code>",
    )
    yield f"\n<sub>{' · '.join(facts)}</sub>"


def _verbatim(text: str, longest: int) -> str:
    """Text that stays text within `pre`: its lines are kept, nothing in it is markup, nobody is mentioned."""
    return escape(cut(printable(text), longest)).replace("@", "@\u200b").replace("\n\n", "\n \n")


def plain(text: str, longest: int) -> str:
    """Text that stays text in Markdown: one line, no markup, no table cell, nobody mentioned."""
    line = " ".join(cut(printable(text), longest).split())
    return _MARKUP.sub(r"\\\1", line).replace("@", "@\u200b").replace("://", ":\u200b//")
