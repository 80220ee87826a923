"""Every firing of an alert that a scenario waits for is one that it waits for: of that series, in that act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.checks.alert import Alert
from harness.checks.alert_log import Standing, has, read_alerts, runs
from harness.checks.inhibited import Inhibited
from harness.checks.reading import Reader, Speaker, act_window, fault_at, fault_of, watched
from harness.checks.silence import NothingElseFires
from harness.model import Check, Finding, FindingKind, Record, Verdict


def unaccounted(checks: Iterable[Check], record: Record) -> Iterator[Finding]:
    """A FAIL for each firing of an expected alert that no check of the scenario expects.

    A scenario that allows an alert to fire allows it by name, for the whole run. Where it also says by an `Alert` of
    which series, and for which fault, any other firing of it is a false alarm: of another instance, or in another act.
    What may come and need not is listed as possible.

    Args:
        checks: the scenario's.
        record: the run.

    Raises:
        EvidenceError: the run's times or alerts cannot be read.
    """
    checks = tuple(checks)
    silences = [check for check in checks if isinstance(check, NothingElseFires)]
    if not silences:
        return
    possible = {alert for check in silences for alert in check.possible}
    claims = [_Claim.of(check, record) for check in checks if isinstance(check, Alert | Inhibited)]
    judged = {check.name for check in checks if isinstance(check, Alert)} - possible
    told: set[tuple[str, str]] = set()
    for one, first_s in _firings(record, judged):
        key = (one.alert, one.labels.get("instance", ""))
        if key not in told and not any(claim.holds(one, first_s) for claim in claims):
            told.add(key)
            yield _stranger(one, first_s, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What one check expects, and when; wall clock s."""

    check: Alert | Inhibited
    window: tuple[float, float]

    @classmethod
    def of(cls, check: Alert | Inhibited, record: Record) -> _Claim:
        if isinstance(check, Inhibited):
            return cls(check=check, window=watched(record))
        return cls(check=check, window=act_window(fault_of(check.fault, check.name, record), record))

    def holds(self, one: Standing, first_s: float) -> bool:
        """True when the check waits for a firing of this series that begins at this moment."""
        mine = one.alert == self.check.name and has(one.labels, self.check.labels)
        return mine and self.window[0] <= first_s < self.window[1]


def _firings(record: Record, alerts: set[str]) -> Iterator[tuple[Standing, float]]:
    """Each firing of these alerts that began in the run, with when it began."""
    from_s, log = watched(record)[0], Reader(record.history).once(read_alerts)
    longest_s = max((rule.interval_s for rule in record.rules), default=0.0)
    intervals: dict[str, float] = {rule.alert: rule.interval_s for rule in record.rules}
    for one in log.standing:
        if one.alert in alerts and one.state == "firing":
            for first_s, _ in runs(sorted(one.times_s), intervals.get(one.alert, longest_s)):
                if first_s >= from_s:
                    yield one, first_s


def _stranger(one: Standing, first_s: float, record: Record) -> Finding:
    speaker = Speaker(check="NothingElseFires", kind=FindingKind.ALERT, subject=one.alert)
    after_s, of = first_s - watched(record)[0], _of(sorted(one.labels.items()))
    message = f"{one.alert}{of} fired {after_s:.2f} s after the baseline began, with {fault_at(record, first_s)} on; "
    message += "the scenario waits for it elsewhere or at another time."
    return speaker.says(Verdict.FAIL, message, observed=round(after_s, 3), evidence=one.place)


def _of(labels: Sequence[tuple[str, str]]) -> str:
    instance = dict(labels).get("instance", "")
    return f" of {instance}" if instance else ""
