"""What a gate judges beside its scenarios, from the files that it sealed: objectives, offline checks, baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.compare import Baseline, Measured, measured
from harness.compare.history import read_baseline
from harness.errors import EvidenceError, UsageError
from harness.evidence import OBJECTIVES_FILE, shown
from harness.judge import compared, limits, offline
from harness.judge.changes import since
from harness.judge.stored import Run
from harness.model import Finding, FindingKind, Verdict
from harness.objectives import Objectives, Profile, objectives_of
from harness.results import NOTHING, PartResult, ScenarioResult, Since

NO_GATE = "rules and boards by themselves, the objectives, and earlier runs: this was no `harness gate`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts, what was not looked at, and what is new since the last run that passed."""

    parts: tuple[PartResult, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    since: Since = NOTHING


def judge_parts(folder: Path, run: Run, scenarios: Sequence[ScenarioResult], doubts: Sequence[str]) -> Parts:
    """Judge what a run owes beside its scenarios.

    Args:
        folder: reports/<run id>.
        run: its order.
        scenarios: its scenarios, judged.
        doubts: what stands against the run as a whole; told here where no scenario can tell it.
    """
    if not run.gate:
        return Parts(not_looked_at=(NO_GATE,))
    told = () if scenarios else tuple(_unknown("Evidence", doubt) for doubt in doubts)
    try:
        objectives, profile = _objectives(folder, run.profile)
    except EvidenceError as damage:
        return Parts(parts=_parts((limits.NAME, (*told, _unknown("Limit", str(damage))))))
    before, unseen = offline.judge_offline(folder, profile)
    stopped = [f"the scenario {name}: an offline check stood against starting anything" for name in run.not_run]
    if not scenarios:
        lost = "the objectives, and earlier runs: no scenario was run"
        return Parts(parts=_parts((offline.NAME, (*told, *before))), not_looked_at=(*unseen, *stopped, lost))
    measures = {"": _of_offline(before), **{scenario.name: measured((scenario,)) for scenario in scenarios}}
    certain = {**measures, **{scenario.name: measured((scenario,), beyond_doubt=True) for scenario in scenarios}}
    held, unlimited = limits.judge_limits(
        objectives.limits,
        measures,
        run.time_scale,
        profile.offline,
        certain=certain,
        still={scenario.name: scenario.stood_still for scenario in scenarios},
        is_shard=bool(run.shard),
    )
    baseline, damaged = _baseline(folder)
    shifted, uncompared, shifts = compared.judge_comparison(
        baseline, measured(scenarios, beyond_doubt=True), objectives.comparison
    )
    return Parts(
        parts=_parts((offline.NAME, before), (limits.NAME, held), (compared.NAME, (*damaged, *shifted))),
        not_looked_at=(*unseen, *stopped, *unlimited, *uncompared),
        since=since(baseline.last, run, scenarios, shifts),
    )


def _parts(*parts: tuple[str, Iterable[Finding]]) -> tuple[PartResult, ...]:
    """Those in which anything was judged; of the others it is told that they were not looked at."""
    made = (PartResult(name=name, findings=tuple(findings)) for name, findings in parts)
    return tuple(part for part in made if part.findings)


def _objectives(folder: Path, profile: str) -> tuple[Objectives, Profile]:
    path = folder / OBJECTIVES_FILE
    try:
        read = objectives_of(path.read_text(encoding="utf-8"), shown(path))
        return read, read.profiles[profile]
    except FileNotFoundError:
        raise EvidenceError(f"{shown(path)} is missing: what was to be kept is not known") from None
    except (OSError, UnicodeDecodeError) as damage:
        raise EvidenceError(f"{shown(path)} cannot be read: {damage}") from damage
    except UsageError as damage:
        raise EvidenceError(str(damage)) from damage
    except KeyError:
        raise EvidenceError(f"{shown(path)} has no profile '{profile}', as which the run was started") from None


def _baseline(folder: Path) -> tuple[Baseline, tuple[Finding, ...]]:
    try:
        return read_baseline(folder), ()
    except EvidenceError as damage:
        return Baseline(), (_unknown("Compared", str(damage)),)


def _of_offline(findings: Iterable[Finding]) -> Measured:
    return {
        one.measure: {offline.NAME: one.observed}
        for one in findings
        if one.measure is not None and isinstance(one.observed, float)
    }


def _unknown(check: str, message: str) -> Finding:
    return Finding(check=check, kind=FindingKind.SAFETY, verdict=Verdict.UNKNOWN, message=message)
