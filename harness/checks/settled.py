"""Before anything else is broken, and in the end, all is as before: no alert fires, and every service is well.

A run waits for that, and goes on when it has waited for long enough. What has not ended by then may be cured by the
next fault, or be taken for a part of it; so it is judged at these moments and not from the last heal on alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.checks.alert_log import read_alerts, runs
from harness.checks.reading import Reader, Speaker, counted, traffic_until, watched
from harness.checks.recovered import Recovered, health_by_service
from harness.checks.silence import LATE_S, NothingElseFires
from harness.model import Check, Finding, FindingKind, Record, Verdict
from harness.recorded import act_phase

CHECK = "Settled"


def unsettled(checks: Iterable[Check], record: Record) -> Iterator[Finding]:
    """A FAIL for each alert that fires where all was to be as before, and for each service that is not well.

    Alerts are judged where the scenario judges silence, services where it judges recovery. What a scenario lists as
    lingering outlasts the run.

    Args:
        checks: the scenario's.
        record: the run.

    Raises:
        EvidenceError: the run's times, alerts or health cannot be read.
    """
    checks = tuple(checks)
    watched(record)
    moments = _moments(record)
    silent = any(isinstance(check, NothingElseFires) for check in checks)
    recovers = any(isinstance(check, Recovered) for check in checks)
    speaker = Speaker(check=CHECK, kind=FindingKind.ALERT)
    reader = Reader(record.history)
    found = [
        *(_standing(moments, record, reader, speaker) if silent else ()),
        *(_ill(moments[:-1], record, reader, speaker) if recovers else ()),
        *speaker.doubts(reader.damage),
    ]
    yield from found
    if silent and not found:
        before = f"before each of {counted(len(moments) - 1, 'further act')} and " if len(moments) > 1 else ""
        message = f"Nothing fired any more {before}in the end."
        yield speaker.says(Verdict.PASS, message, evidence="alerts.jsonl, health.jsonl")


def _moments(record: Record) -> list[tuple[float, str]]:
    """When all was to be as before, wall clock s, with words for it."""
    acts = sorted({fault.act for fault in record.faults})[1:]
    begun = [(record.phase(act_phase("inject", act)), f"when act {act} began") for act in acts]
    return [*((phase.started_s, words) for phase, words in begun if phase), (traffic_until(record), "in the end")]


def _standing(
    moments: Sequence[tuple[float, str]], record: Record, reader: Reader, speaker: Speaker
) -> Iterator[Finding]:
    log = reader.once(read_alerts)
    intervals = {rule.alert: rule.interval_s for rule in record.rules}
    told: set[tuple[str, str]] = set()
    for one in log.standing:
        if one.state != "firing" or one.alert in record.expected.lingering or one.alert not in intervals:
            continue
        interval_s = intervals[one.alert]
        for first_s, last_s in runs(sorted(one.times_s), interval_s):
            for at_s, words in moments:
                # Evaluated once more since, it would have been found ended.
                if first_s > at_s or last_s <= at_s - interval_s + LATE_S or (one.alert, words) in told:
                    continue
                told.add((one.alert, words))
                message = f"{one.alert} was still firing {words}, {at_s - first_s:.2f} s after it began."
                yield speaker.says(Verdict.FAIL, message, evidence=one.place, subject=one.alert)


def _ill(moments: Sequence[tuple[float, str]], record: Record, reader: Reader, speaker: Speaker) -> Iterator[Finding]:
    for service, samples in health_by_service(reader).items():
        for at_s, words in moments:
            last = max((one for one in samples if one.wall_s < at_s), key=lambda one: one.wall_s, default=None)
            if last is not None and not last.data.get("ok"):
                message = f"{service} was not well {words}, by its last answer {at_s - last.wall_s:.2f} s before."
                yield speaker.says(Verdict.FAIL, message, evidence="health.jsonl", subject=service)
