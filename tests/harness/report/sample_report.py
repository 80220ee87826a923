"""The report of a made-up run: findings, services and requirement rows as a real one would have them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.model import Finding, FindingKind, Verdict
from harness.recorded import FaultWindow, Phase
from harness.results import GateReport, RequirementResult, ScenarioResult, StackEntry
from tests.harness.report.sample_streams import Outage

RUN_ID = "20260314-020000-quick-7f3a"
_DIGEST = "sha256:4f1e0c9a7b5d23e86f0a1b2c3d4e5f60718293a4b5c6d7e8f901a2b3c4d5e6f7"


def sample_report(variant: str, steady: tuple[Phase, ...], outage: tuple[Phase, ...], gone: Outage) -> GateReport:
    """The report of a run with a control and an outage; `variant` as in `write_sample`."""
    extra = {"healthy": (), "failed": _failures(), "unknown": _open_questions()}[variant]
    findings = (*(each for each in _held(gone) if each.check not in {one.check for one in extra}), *extra)
    verdict = Verdict.worst(finding.verdict for finding in findings)
    fault = FaultWindow(
        kind="stop", target="redis", asked_s=round(gone.from_s - 0.4, 3), confirmed_s=round(gone.from_s, 3),
        healed_s=round(gone.to_s + 0.4, 3), confirmed_healed_s=round(gone.to_s + 0.9, 3), evidence="faults.jsonl:2",
    )  # fmt: skip
    control = ScenarioResult(
        name="steady-state",
        hypothesis="With nothing broken, every signal is executed once, nothing fires, and every panel is fresh.",
        covers=("R-20", "R-32", "R-40"), verdict=Verdict.PASS, phases=steady, faults=(), findings=_held(None),
    )  # fmt: skip
    broken = ScenarioResult(
        name="redis-outage",
        hypothesis="With Redis gone, no acknowledged signal is lost or executed twice, SignalLoss reaches Slack and "
        "PagerDuty and resolves, and every panel that does not read Redis answers within 3 s.",
        covers=("R-42", "R-43", "R-51", "R-60"), verdict=verdict, phases=outage, faults=(fault,), findings=findings,
    )  # fmt: skip
    return GateReport(
        schema_version=1, verdict=verdict, run_id=RUN_ID, seed=20260314, profile="quick", time_scale=15.0,
        started_at="2026-03-14T02:00:00.000Z", duration_s=229.4,
        subject={"image": "trading-app:local", "digest": _DIGEST, "git_sha": "0f3c2a1", "known_bad": None},
        stack=_stack(), scenarios=(control, broken), requirements=_requirements(verdict),
    )  # fmt: skip


def known_bad(report: GateReport, variant: str = "no-fence") -> GateReport:
    """The report of the same run, of a subject that was wrong on purpose."""
    return replace(report, subject={**report.subject, "known_bad": variant})


def _finding(check: str, kind: FindingKind, verdict: Verdict, message: str, **more: Any) -> Finding:
    return Finding(check=check, kind=kind, verdict=verdict, message=message, **more)


def _held(gone: Outage | None) -> tuple[Finding, ...]:
    passed = Verdict.PASS
    both = (
        _finding("ExactlyOnce", FindingKind.SAFETY, passed, "Every acknowledged signal was executed once.",
                 lower=0.0, upper=0.0, observed=0.0, evidence="final.jsonl:1"),
        _finding("EpochsGrow", FindingKind.SAFETY, passed, "No effect was written under an old epoch."),
        _finding("NothingElseFires", FindingKind.ALERT, passed, "No alert fired that was not expected."),
        _finding("Panels", FindingKind.DASHBOARD, passed, "Every panel answered within 3 s, with fresh values.",
                 upper=3.0, observed=0.41, evidence="panels.jsonl:17", subject="Trade State"),
    )  # fmt: skip
    if gone is None:
        return both
    return (
        *both,
        _finding("Alert", FindingKind.ALERT, passed, "SignalLoss fired 12.0 s after the confirmed fault.",
                 lower=9.0, upper=15.0, observed=12.0, evidence="alerts.jsonl:2", subject="SignalLoss"),
        _finding("Recovered", FindingKind.LIVENESS, passed, "Signals were accepted again 2.6 s after the heal.",
                 upper=8.0, observed=2.6, evidence="client.jsonl:3012"),
    )  # fmt: skip


def _failures() -> tuple[Finding, ...]:
    return (
        _finding("ExactlyOnce", FindingKind.SAFETY, Verdict.FAIL,
                 "Signal sig-00431 was executed twice: by trading-2 under epoch 1 and by trading-1 under epoch 2.",
                 lower=0.0, upper=0.0, observed=1.0, evidence="final.jsonl:431"),
        _finding("Alert", FindingKind.ALERT, Verdict.FAIL,
                 "SignalLoss fired and PagerDuty was never told: nothing arrived within 30 s.",
                 lower=0.0, upper=30.0, observed="never", evidence="notifications.jsonl:1", subject="SignalLoss"),
        _finding("Panels", FindingKind.DASHBOARD, Verdict.FAIL,
                 "Slippage took up to 4.3 s while its data source was up.",
                 upper=3.0, observed=4.3, evidence="panels.jsonl:84", subject="Slippage"),
        _finding("NothingElseFires", FindingKind.ALERT, Verdict.FAIL,
                 "StaleHeartbeat fired for 4 s, and nothing in this scenario explains it.",
                 observed=4.0, upper=0.0, evidence="alerts.jsonl:3", subject="StaleHeartbeat"),
    )  # fmt: skip


def _open_questions() -> tuple[Finding, ...]:
    return (
        _finding("Panels", FindingKind.DASHBOARD, Verdict.UNKNOWN,
                 "panels.jsonl is missing: nobody saw what the boards showed.", evidence="panels.jsonl"),
        _finding("ExactlyOnce", FindingKind.SAFETY, Verdict.UNKNOWN,
                 "client.jsonl is cut in the middle of a line: what was acknowledged after it is not known.",
                 evidence="client.jsonl:1871"),
    )  # fmt: skip


def _stack() -> tuple[StackEntry, ...]:
    versions = {
        "redis": "8.0.2", "postgres": "17.6", "clickhouse": "18.16.1", "prometheus": "2.53.3",
        "alertmanager": "0.28.1", "toxiproxy": "2.12.0", "sink": "0.1.0",
    }  # fmt: skip
    built = [
        StackEntry(service=name, image=f"chaos/{name}:{version}", digest=_DIGEST, version=version, source="built")
        for name, version in versions.items()
    ]
    grafana = StackEntry(
        service="grafana", image="chaos/grafana-stand-in:0.1.0", digest=_DIGEST,
        version="10.4.0-stand-in", source="stand-in",
    )  # fmt: skip
    app = StackEntry(
        service="trading-1..3", image="trading-app:local", digest=_DIGEST, version="0.1.0", source="present"
    )
    return (*built, grafana, app)


def _requirements(verdict: Verdict) -> tuple[RequirementResult, ...]:
    def row(name: str, words: str, verdict: str = "not covered", by: tuple[str, ...] = ()) -> RequirementResult:
        return RequirementResult(id=name, row=words, verdict=verdict, covered_by=by)

    return (
        row(
            "R-20",
            "Trade State: Open Trades, Active Orders, Slippage, Failed Trades",
            "pass",
            ("steady-state",),
        ),
        row(
            "R-32",
            "Every panel query answers within 3 s, with 10 concurrent viewers",
            "pass",
            ("steady-state",),
        ),
        row("R-40", "Leader election over Redis with PostgreSQL as the record", "pass", ("steady-state",)),
        row(
            "R-42",
            "Fallback mode: Redis down, coordination through PostgreSQL only",
            verdict.word,
            ("redis-outage",),
        ),
        row(
            "R-43",
            "Zero duplicate signals executed, zero acknowledged missed",
            verdict.word,
            ("redis-outage",),
        ),
        row("R-51", "Signal-loss alert when Redis data goes stale", verdict.word, ("redis-outage",)),
        row("R-60", "Redis outage: stop, kill, pause, network cut, restart", verdict.word, ("redis-outage",)),
        row("R-61", "Split-brain: leader cut off from Redis, from PostgreSQL, from both"),
        row("R-62", "Leader flapping, at warning and at critical rate"),
        row("R-72", "TLS at the front door: handshake, valid certificate, old protocols refused"),
    )
