"""What a run found, as values: scenarios judged, alerts against scenarios, requirements, and the whole report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ExitCode
from harness.model import Finding, Verdict
from harness.recorded import FaultWindow, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCell:
    """What one alert was to do in one scenario, and did.

    Args:
        alert, severity: the rule.
        due: "fires", "silent", or "either" where chance decides.
        fired: whether it did; None where that is not known.
        verdict: the worst that was found about it, also in time.
        below: whether the scenario has a dose just below its threshold.
        nearest: how near a silent alert's value came to its threshold, 0 to 1; None where it compares with none.
    """

    alert: str
    severity: str
    due: str
    fired: bool | None
    verdict: Verdict
    below: bool = False
    nearest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCell:
    """One panel in one part of a scenario, as people at the board saw it.

    Args:
        board, panel, title, source: which panel, and the kinds of data source that it asks.
        part: of the run, for example "with the fault on".
        loads: how often it was loaded.
        viewers: by how many people.
        p50_ms, p95_ms, worst_ms: how long that took, with the browser's queue.
        worst_at: where the slowest load stands, as "panels.jsonl:17".
        errors: loads that showed an error.
        empty: loads without an error and without a value.
        oldest_s: age of the newest datum, at its worst; None where the panel tells no times.
    """

    board: str
    panel: str
    title: str
    source: str
    part: str
    loads: int
    viewers: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    worst_at: str
    errors: int
    empty: int
    oldest_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """One judged scenario, as it stands in the report.

    `conditions` are its traffic and what was unusual of the application, in words. `nobody_looks` is why there are no
    panels. `stood_still` says why its times prove nothing, where its machine had no time for it; the report has it in
    findings.
    """

    name: str
    hypothesis: str
    covers: tuple[str, ...]
    verdict: Verdict
    phases: tuple[Phase, ...]
    faults: tuple[FaultWindow, ...]
    findings: tuple[Finding, ...]
    alerts: tuple[AlertCell, ...] = ()
    panels: tuple[PanelCell, ...] = ()
    nobody_looks: str = ""
    conditions: tuple[str, ...] = ()
    stood_still: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEntry:
    """Where one service of the run came from: source is "present", "pulled", "built" or "stand-in"."""

    service: str
    image: str
    digest: str
    version: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementResult:
    """One row of the requirements with what covered it; "not covered" where nothing did."""

    id: str
    row: str
    verdict: str
    covered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeResult:
    """Whether the gate turned red on one known-bad variant, and through which check.

    Args:
        name, switches, scenario, caught_by: of the mistake; see `harness.mistakes`.
        verdict: PASS if it was caught, else UNKNOWN.
        runs: how many runs of the scenario it took, or were made in vain.
        seen_by: the check that caught it; empty if none did.
        message: what that check said, or why it was not caught.
    """

    name: str
    switches: tuple[str, ...]
    scenario: str
    caught_by: tuple[str, ...]
    verdict: Verdict
    runs: int
    seen_by: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """A part of a gate beside its scenarios: the offline checks, the objectives, the comparison with earlier runs."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst that was found; UNKNOWN for nothing."""
        return Verdict.worst(finding.verdict for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is another than in the last run that passed: what, then, and now; empty where there was or is none."""

    what: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """The last run of the profile that passed, and what has changed since; empty where there is none."""

    run_id: str = ""
    ended_at: str = ""
    changes: tuple[Change, ...] = ()


NOTHING = Since()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """Everything that one run found; JSON is the source, HTML, Markdown and JUnit derive from it.

    `parts` are judged beside the scenarios, `not_looked_at` says a sentence for each thing that a gate could have
    judged and this run did not, and `since` what is new.
    """

    schema_version: int
    verdict: Verdict
    run_id: str
    seed: int
    profile: str
    time_scale: float
    started_at: str
    duration_s: float
    subject: Mapping[str, Any]
    stack: tuple[StackEntry, ...]
    scenarios: tuple[ScenarioResult, ...]
    requirements: tuple[RequirementResult, ...]
    notes: tuple[str, ...] = field(default=())
    mistakes: tuple[MistakeResult, ...] = ()
    parts: tuple[PartResult, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    since: Since = NOTHING

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that the verdict stands for."""
        return self.verdict.exit_code
