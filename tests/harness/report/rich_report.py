"""A report in which every field is filled, and some hold what JSON has no word for."""

from __future__ import annotations

import math

from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import FaultWindow, Phase
from harness.results import (
    AlertCell,
    Change,
    GateReport,
    MistakeResult,
    PanelCell,
    PartResult,
    RequirementResult,
    ScenarioResult,
    Since,
    StackEntry,
)

_PLAIN = Finding(check="ExactlyOnce", kind=FindingKind.SAFETY, verdict=Verdict.PASS, message="Each was executed once.")
_FULL = Finding(
    check="Alert", kind=FindingKind.ALERT, verdict=Verdict.FAIL, message="SignalLoss fired after 12.5 s: „zu spät“.",
    lower=9.0, upper=12.0, observed=12.5, evidence="alerts.jsonl:2", subject="SignalLoss",
    stories=("00.0 stopped\n12.5 fired", "00.1 stopped"), measure=Measure.TIME_TO_DETECT_S,
)  # fmt: skip
_ODD = Finding(
    check="LoadKept", kind=FindingKind.LOAD, verdict=Verdict.UNKNOWN, message="", lower=-math.inf, upper=math.inf,
    observed=math.nan, measure=Measure.LATENESS_P99_MS,
)  # fmt: skip
_WORDS = Finding(check="Panels", kind=FindingKind.DASHBOARD, verdict=Verdict.UNKNOWN, message="", observed="never")
_ALERTS = (
    AlertCell(alert="SignalLoss", severity="critical", due="fires", fired=True, verdict=Verdict.FAIL),
    AlertCell(
        alert="Lag", severity="warning", due="silent", fired=None, verdict=Verdict.UNKNOWN, below=True, nearest=0.5
    ),
    AlertCell(alert="Odd", severity="", due="either", fired=False, verdict=Verdict.PASS, nearest=math.inf),
)  # fmt: skip
_PANELS = (
    PanelCell(
        board="state", panel="4", title="Open Trades", source="redis, prometheus", part="with the fault on", loads=17,
        viewers=2, p50_ms=12.5, p95_ms=40.0, worst_ms=3100.0, worst_at="panels.jsonl:17", errors=1, empty=2,
        oldest_s=4.25,
    ),
    PanelCell(
        board="state", panel="5", title="", source="", part="before", loads=0, viewers=0, p50_ms=0.0, p95_ms=0.0,
        worst_ms=0.0, worst_at="", errors=0, empty=0,
    ),
)  # fmt: skip
_BROKEN = ScenarioResult(
    name="redis-outage", hypothesis="With Redis gone nothing is lost.", covers=("R-42", "R-60"), verdict=Verdict.FAIL,
    phases=(
        Phase(name="baseline", started_s=1_773_453_645.0, duration_s=8.0),
        Phase(name="damaged", started_s=math.inf, duration_s=math.nan),
    ),
    faults=(
        FaultWindow(
            kind="stop", target="redis", asked_s=1_773_453_653.5, confirmed_s=1_773_453_654.125,
            healed_s=1_773_453_700.0, confirmed_healed_s=1_773_453_700.75, evidence="faults.jsonl:2", act=2,
        ),
        FaultWindow(kind="kill", target="trading-1", asked_s=1_773_453_653.5, timed=True),
    ),
    findings=(_PLAIN, _FULL, _ODD, _WORDS), alerts=_ALERTS, panels=_PANELS,
)  # fmt: skip
_EMPTY = ScenarioResult(
    name="lost", hypothesis="", covers=(), verdict=Verdict.UNKNOWN, phases=(), faults=(), findings=()
)
RICH = GateReport(
    schema_version=1, verdict=Verdict.FAIL, run_id="20260314-020000-7f3a", seed=7, profile="full", time_scale=15.0,
    started_at="2026-03-14T02:00:00.000Z", duration_s=229.4,
    subject={"image": "trading-app", "known_bad": ["no-fence"], "rules": None, "odd": math.inf, "of": {"a": (1, 2)}},
    stack=(StackEntry(service="redis", image="chaos/redis:8", digest="sha256:4f", version="8.0.2", source="built"),),
    scenarios=(_BROKEN, _EMPTY),
    requirements=(
        RequirementResult(id="R-42", row="Fallback mode", verdict="fail", covered_by=("redis-outage", "lost")),
        RequirementResult(id="R-99", row="Nobody looks", verdict="not covered", covered_by=()),
    ),
    notes=("Grafana is a stand-in.",),
    mistakes=(
        MistakeResult(
            name="no-fence", switches=("a", "b"), scenario="split-brain", caught_by=("ExactlyOnce", "EpochsGrow"),
            verdict=Verdict.PASS, runs=2, seen_by="EpochsGrow", message="An old term wrote.",
        ),
    ),
    parts=(PartResult(name="objectives", findings=(_PLAIN, _FULL)), PartResult(name="nothing", findings=())),
    not_looked_at=("the mutants",),
    since=Since(
        run_id="run-6", ended_at="2026-03-13T02:00:00.000+00:00",
        changes=(Change(what="commit", before="abc", now="abd"), Change(what="panel_slowest_s", before="", now="+4 %")),
    ),
)  # fmt: skip
