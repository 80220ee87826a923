"""The compressed run and its replay at production timing have to say the same of every alert.

The replay is the run's own series, stretched to production timing, through the production rules. Each alert is held
to the bounds that those rules give it, at production timing; where a run says yes and its replay no, or the other
way round, the compression has changed what was judged, and neither proves anything about production.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.checks.alert import Alert
from harness.checks.alert_log import AlertLog, read_alerts, runs
from harness.checks.blind import blind_windows
from harness.checks.production_life import Life
from harness.checks.reading import Reader, Speaker, act_window, fault_of, watched
from harness.checks.replay_log import ReplayLog, read_replay
from harness.checks.silence import NothingElseFires
from harness.checks.silent import Silent
from harness.errors import EvidenceError
from harness.model import Check, Finding, FindingKind, Record, Verdict
from harness.recorded import RuleTiming
from harness.timing import MEASURED, Allowance, held_s
from harness.timing.stretch import GRID_S

CHECK = "SameAtProduction"
LEFT_OUT_S = 2.0  # real s of the record that the replay may lack at either end
_Labels = tuple[tuple[str, str], ...]


def same_at_production(checks: Iterable[Check], record: Record) -> Iterable[Finding]:
    """Judge the replay of a run, and compare it with the run.

    Args:
        checks: the scenario's; its alerts and silences are judged at production timing.
        record: the run, with its replay among the evidence.
    """
    try:
        replay = read_replay(Reader(record.history))
        _fits(replay, record)
    except EvidenceError as damage:
        return [_speaker("").says(Verdict.UNKNOWN, f"Nothing is proven at production timing: {damage}.")]
    live = Reader(record.history).once(read_alerts)
    return judge_replay(checks, record, replay, live)


def judge_replay(checks: Iterable[Check], record: Record, replay: ReplayLog, live: AlertLog) -> list[Finding]:
    """What `same_at_production` says of a replay that was read, or made with other rules.

    Args:
        checks: the scenario's.
        record: the run.
        replay: its replay; the rules in it are what is promised.
        live: the run's own alerts.
    """
    checks = tuple(checks)
    findings = [_one(check, record, replay, live) for check in checks if isinstance(check, Alert | Silent)]
    return [*findings, *_missing(checks, record, replay), *_same_set(checks, record, replay, live)]


def _missing(checks: Iterable[Check], record: Record, replay: ReplayLog) -> Iterator[Finding]:
    """Rules that the run had and production has not: also those that only have to be silent."""
    judged = {check.name for check in checks if isinstance(check, Alert)}
    for alert in sorted({rule.alert for rule in record.rules} - {rule.alert for rule in replay.rules} - judged):
        message = f"The production rules have no {alert}, which the run had loaded: its silence means nothing."
        yield _speaker(alert).says(Verdict.FAIL, message, evidence="replay.jsonl", timed=False)


def stretched_allowance(k: float) -> Allowance:
    """What a busy machine added to the run, as it shows in the replay; a sample lies up to a step of the grid late."""
    return Allowance(
        clock_s=MEASURED.clock_s * k,
        scrape_s=MEASURED.scrape_s * k + GRID_S,
        evaluation_s=MEASURED.evaluation_s * k,
        delivery_s=MEASURED.delivery_s * k,
    )


def _fits(replay: ReplayLog, record: Record) -> None:
    """The replay is one of this run, and of all of it."""
    if abs(replay.k - record.time_scale) > 1e-9:
        raise EvidenceError(
            f"the replay stretches by {replay.k:g}, and the run was compressed by {record.time_scale:g}"
        )
    from_s, until_s = watched(record)
    if replay.from_s > from_s + LEFT_OUT_S or replay.to_s < until_s - LEFT_OUT_S or replay.t0_s > replay.from_s:
        raise EvidenceError("the replay does not cover the whole run")


def _one(check: Alert | Silent, record: Record, replay: ReplayLog, live: AlertLog) -> Finding:
    try:
        if isinstance(check, Alert):
            return _alert(check, record, replay, live)
        return _silent(check, record, replay, live)
    except EvidenceError as damage:
        return _speaker(check.name).says(Verdict.UNKNOWN, str(damage))


def _alert(check: Alert, record: Record, replay: ReplayLog, live: AlertLog) -> Finding:
    """One finding: the life at production timing, and whether the run's own was judged alike."""
    stretched = replay.at_production(record)
    then = _life(check, stretched, replay.log, stretched_allowance(replay.k), afterwards=True)
    now = _life(check, record, live, MEASURED, afterwards=False)
    if then is None or now is None:
        which = "production rules" if then is None else "rules of the run"
        return _speaker(check.name).says(
            Verdict.FAIL, f"The {which} have no {check.name}: it can never fire.", timed=False
        )
    steps = [*then.judge(with_end=True), *then.waited()]
    lived = [*now.judge(with_end=check.ends_in_run)]
    verdict, own = (Verdict.worst(one.verdict for one in judged) for judged in (steps, lived))
    timelines = f"at production timing {then.told()}; in the run, times {replay.k:g}, {now.told(replay.k)}"
    if verdict is Verdict.PASS and own is not Verdict.FAIL:
        message = f"{check.name} keeps its bounds at production timing as it did in the run: {timelines}."
    elif Verdict.UNKNOWN not in {verdict, own} and verdict is not own:
        verdict = Verdict.FAIL
        broken = " ".join(one.message for one in [*steps, *lived] if one.verdict is Verdict.FAIL)
        message = f"The run and its replay disagree about {check.name}: {broken} Seen: {timelines}."
    else:
        broken = " ".join(one.message for one in steps if one.verdict.rank) or "in the run it broke its bounds."
        message = f"At production timing: {broken} Seen: {timelines}."
    return _speaker(check.name).says(verdict, message, evidence="replay.jsonl, alerts.jsonl")


def _silent(check: Silent, record: Record, replay: ReplayLog, live: AlertLog) -> Finding:
    """A dose below the threshold stays below it at production timing."""
    stretched = replay.at_production(record)
    fault = fault_of(check.fault, check.name, stretched)
    until_s = act_window(fault, stretched)[1]
    for state in ("firing",) if check.waits else ("firing", "pending"):
        times = [at for at in replay.log.times(check.name, state, check.labels) if fault.asked_s <= at < until_s]
        if times:
            message = f"{check.name} is {state} at production timing {times[0] - fault.asked_s:.2f} s after a "
            message += f"{fault.kind} of {fault.target}, which must not set it off."
            return _speaker(check.name).says(Verdict.FAIL, message, evidence="replay.jsonl")
    if check.waits:
        waited = [at for at in replay.log.times(check.name, "pending", check.labels) if fault.asked_s <= at < until_s]
        own = record.faults[check.fault]
        live_s = [at for at in live.times(check.name, "pending", check.labels) if at >= own.asked_s]
        if not waited and len([at for at in live_s if at < act_window(own, record)[1]]) > 1:
            message = f"{check.name} never waits at production timing: there was no dose to stay below."
            return _speaker(check.name).says(Verdict.UNKNOWN, message, evidence="replay.jsonl")
    message = f"{check.name} is silent at production timing as well."
    return _speaker(check.name).says(Verdict.PASS, message, evidence="replay.jsonl")


def _same_set(checks: tuple[Check, ...], record: Record, replay: ReplayLog, live: AlertLog) -> Iterator[Finding]:
    """What fired in the run fired in the replay, and the other way round, with the same labels."""
    from_s, until_s = watched(record)[0], replay.to_s
    if live.covered is None:
        yield _speaker("").says(Verdict.UNKNOWN, "The record of the alerts is incomplete: there is nothing to compare.")
        return
    blind = _blind(checks, record)
    own = _fired(live, (from_s, until_s), 1.0, 0.0, blind)
    recorded = (replay.production_s(from_s), replay.recorded_until_s)
    then = _fired(replay.log, recorded, replay.k, replay.t0_s, blind)
    judged_alone = {check.name for check in checks if isinstance(check, Alert)}
    rules = {rule.alert: rule for rule in replay.rules}
    differ = sorted(own.keys() ^ then.keys())
    for alert, labels in differ:
        first_s = (own | then)[alert, labels]
        yield _difference(alert, labels, first_s, rules.get(alert), record, replay, live, judged_alone)
    if not differ:
        fired = f"the same {len(own)} alerts" if own else "nothing"
        message = f"In the run and in its replay at production timing {fired} fired."
        yield _speaker("").says(Verdict.PASS, message, evidence="replay.jsonl, alerts.jsonl")


def _difference(
    alert: str,
    labels: _Labels,
    first_s: float,
    rule: RuleTiming | None,
    record: Record,
    replay: ReplayLog,
    live: AlertLog,
    judged_alone: set[str],
) -> Finding:
    inside = replay.k * (replay.to_s - first_s) > (rule.scrape_s + rule.interval_s if rule else 0.0)
    in_replay = bool(replay.log.times(alert, "firing", dict(labels)))
    near = alert not in judged_alone and rule is not None and _nearly(rule, labels, record, replay, live)
    whose = f"{alert} {{{', '.join(f'{key}={value}' for key, value in labels)}}}"
    where = "in the replay at production timing and not in the run" if in_replay else "in the run and not in its replay"
    message = f"{whose} fired {where}: {_both(alert, labels, record, replay, live)}."
    if near:
        return _speaker(alert).says(Verdict.PASS, f"By one evaluation, {message}", evidence="replay.jsonl")
    if not inside:
        message = f"{message} It was so near to the end of the record that nothing follows."
    return _speaker(alert).says(Verdict.FAIL if inside else Verdict.UNKNOWN, message, evidence="replay.jsonl")


def _nearly(rule: RuleTiming, labels: _Labels, record: Record, replay: ReplayLog, live: AlertLog) -> bool:
    """Whether the one that did not fire waited to the last evaluations; for alerts that nobody waits for."""
    due_s, step_s = held_s(rule), rule.interval_s
    longest = [
        max(
            (last - first for first, last in runs(log.times(rule.alert, "pending", dict(labels)), step_s / k)),
            default=0,
        )
        * k
        for log, k in ((live, record.time_scale), (replay.log, 1.0))
    ]
    return due_s > 2 * step_s and min(longest) >= due_s - 2 * step_s


def _both(alert: str, labels: _Labels, record: Record, replay: ReplayLog, live: AlertLog) -> str:
    """Both timelines, production s after the baseline began."""
    begun_s = replay.production_s(watched(record)[0])
    told = []
    for name, log, k, t0_s in (("the run", live, replay.k, replay.t0_s), ("the replay", replay.log, 1.0, 0.0)):
        moved = {
            state: [(at - t0_s) * k - begun_s for at in log.times(alert, state, dict(labels))]
            for state in ("pending", "firing")
        }
        spans = {state: [at for at in times if at >= 0] for state, times in moved.items()}
        words = [f"{state} {times[0]:.0f} to {times[-1]:.0f} s" for state, times in spans.items() if times]
        told.append(f"{name}: {', '.join(words) or 'nothing'}")
    return f"{'; '.join(told)} (production time after the baseline began)"


def _blind(checks: Iterable[Check], record: Record) -> list[tuple[float, float]]:
    """When nobody evaluated the run's rules, wall clock s: the replay has no such holes, but what they swallowed."""
    step_s = max((rule.scrape_s + rule.interval_s for rule in record.rules), default=0.0)
    found: list[tuple[float, float]] = []
    for check in checks:
        if isinstance(check, NothingElseFires):
            sees_within_s = check.sees_within_s / record.time_scale
            windows, _ = blind_windows(check.blind, sees_within_s, record, Reader(record.history))
            found += [(from_s, until_s + step_s) for from_s, until_s, _ in windows]
    return found


def _fired(
    log: AlertLog, span_s: tuple[float, float], k: float, t0_s: float, blind: Sequence[tuple[float, float]]
) -> dict[tuple[str, _Labels], float]:
    """The first firing of each series in a span of the log's time that is not blind, as wall clock s of the run."""
    found: dict[tuple[str, _Labels], float] = {}
    for one in log.standing:
        times = [at / k + t0_s for at in one.times_s if span_s[0] <= at <= span_s[1]]
        seen = [at for at in times if not any(from_s <= at < until_s for from_s, until_s in blind)]
        if one.state == "firing" and seen:
            key = (one.alert, tuple(sorted(one.labels.items())))
            found[key] = min(found.get(key, seen[0]), seen[0])
    return found


def _life(check: Alert, record: Record, log: AlertLog, allowance: Allowance, *, afterwards: bool) -> Life | None:
    if check.fault >= len(record.faults):
        raise EvidenceError(f"{check.name} waits for fault {check.fault}, and the run has {len(record.faults)}")
    fault = record.faults[check.fault]
    if fault.confirmed_s is None or fault.confirmed_healed_s is None:
        raise EvidenceError(
            f"the {fault.kind} of {fault.target} was not seen to begin and end: nothing follows from it"
        )
    rule = next((rule for rule in record.rules if rule.alert == check.name), None)
    if rule is None:
        return None
    return Life(
        record=record,
        log=log,
        rule=rule,
        fault=fault,
        check=check,
        allowance=allowance,
        afterwards=afterwards,
        speaker=_speaker(check.name),
    )


def _speaker(subject: str) -> Speaker:
    return Speaker(check=CHECK, kind=FindingKind.ALERT, subject=subject)
