"""The limits of `gate.toml` against everything that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.compare import BETWEEN, Measured
from harness.evidence import OBJECTIVES_FILE
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.objectives import Limit, Offline

NAME = "objectives"
_CHECK = "Limit"
_LEFT_TO_OTHERS = "nothing in this shard measures it"
_MOST_TOLD = 3


def judge_limits(
    limits: Iterable[Limit],
    measures: Mapping[str, Measured],
    time_scale: float,
    offline: Sequence[Offline],
    *,
    certain: Mapping[str, Measured],
    still: Mapping[str, str],
    is_shard: bool = False,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """One finding a limit, and what was not looked at.

    Args:
        limits: of the objectives.
        measures: what was measured, by scenario; "" for what no scenario measured.
        time_scale: k.
        offline: which offline checks the profile has: what they measure is owed only then.
        certain: those of the figures that are beyond doubt: only they fail a limit.
        still: why the figures of a scenario prove nothing, by its name; empty where they do.
        is_shard: only a part of the scenarios was to run, so not everything need be measured.
    """
    findings: list[Finding] = []
    unseen: list[str] = []
    for limit in limits:
        if reason := _unasked(limit, measures, offline, is_shard):
            unseen.append(f"the limit of {_named(limit)}: {reason}")
        else:
            findings.append(_judged(limit, measures, time_scale, certain, still))
    return tuple(findings), tuple(unseen)


def _unasked(limit: Limit, measures: Mapping[str, Measured], offline: Sequence[Offline], is_shard: bool) -> str:
    """Why a limit cannot be held against anything that this run was to do; empty where it can."""
    if limit.measure is Measure.MUTATION_SCORE and Offline.MUTANTS not in offline:
        return "no mutant was tried"
    if limit.scenarios and not any(name in measures for name in limit.scenarios):
        return "no such scenario was run"
    if is_shard and not any(each.get(limit.measure) for each in measures.values()):
        return _LEFT_TO_OTHERS
    return ""


def is_left_to_others(unseen: str) -> bool:
    """Whether this sentence of a shard says that a limit is for other shards to judge."""
    return unseen.endswith(_LEFT_TO_OTHERS)


def measured_by_nobody(unseen: str) -> Finding:
    """What is to be said of a limit that each shard left to the others."""
    which = unseen.removesuffix(_LEFT_TO_OTHERS)
    message = f"{which[:1].upper()}{which[1:]}no shard measured it, so it says nothing."
    return Finding(check=_CHECK, kind=FindingKind.LOAD, verdict=Verdict.UNKNOWN, message=message)


def _figures(limit: Limit, measures: Mapping[str, Measured], time_scale: float) -> dict[str, float]:
    """What a limit is about, by place; production s where the compressed clock divides it."""
    scale = time_scale if limit.measure.follows_clock else 1.0
    return {
        place: value * scale
        for name, each in measures.items()
        if not limit.scenarios or name in limit.scenarios
        for place, value in each.get(limit.measure, {}).items()
    }


def _judged(
    limit: Limit,
    measures: Mapping[str, Measured],
    time_scale: float,
    certain: Mapping[str, Measured],
    still: Mapping[str, str],
) -> Finding:
    figures = _figures(limit, measures, time_scale)
    bound = limit.at_least if limit.at_most is None else limit.at_most
    if bound is None or not figures:
        return _finding(limit, Verdict.UNKNOWN, f"Nothing measured {_named(limit)}, so its limit says nothing.")
    lower = limit.at_most is None
    ranked = sorted(figures.items(), key=lambda item: item[1], reverse=not lower)
    beyond = [(place, value) for place, value in ranked if (value < bound if lower else value > bound)]
    unit = f" {limit.measure.unit}" if limit.measure.unit else ""
    words = (
        f"{'at least' if lower else 'at most'} {bound:g}{unit}{' of production' if limit.measure.follows_clock else ''}"
    )
    if not beyond:
        place, value = ranked[0]
        message = f"{_named(limit)}: the worst of {len(figures)} is {value:.4g}{unit} ({place}); due is {words}."
        return _finding(limit, Verdict.PASS, message, value)
    told = ", ".join(f"{value:.4g}{unit} ({place})" for place, value in beyond[:_MOST_TOLD])
    more = f" and {len(beyond) - _MOST_TOLD} more" if len(beyond) > _MOST_TOLD else ""
    seen = f"{len(beyond)} of {len(figures)} are beyond {words}: {told}{more}"
    message = f"{_named(limit)}: {seen}. Why it matters: {limit.why}."
    verdict = Verdict.UNKNOWN if limit.measure.of_generator else Verdict.FAIL
    if verdict is Verdict.FAIL and not any(place in _figures(limit, certain, time_scale) for place, _ in beyond):
        verdict = Verdict.UNKNOWN
        message = f"{message} It proves nothing, as {_doubt(beyond[0][0], still)}."
    return _finding(limit, verdict, message, beyond[0][1])


def _doubt(place: str, still: Mapping[str, str]) -> str:
    """Why a figure proves nothing."""
    scenario = place.partition(BETWEEN)[0]
    return still.get(scenario) or f"the check that measured it is UNKNOWN itself ({scenario})"


def _named(limit: Limit) -> str:
    return limit.measure.value + "".join(_where(limit.scenarios))


def _where(scenarios: Sequence[str]) -> Iterator[str]:
    if scenarios:
        yield f" in {', '.join(scenarios)}"


def _finding(limit: Limit, verdict: Verdict, message: str, observed: float | None = None) -> Finding:
    return Finding(
        check=_CHECK,
        kind=FindingKind.LOAD,
        verdict=verdict,
        message=message,
        lower=limit.at_least,
        upper=limit.at_most,
        observed=None if observed is None else round(observed, 4),
        evidence=OBJECTIVES_FILE,
        subject=_named(limit),
    )
