"""Every alert against one scenario: was it to fire or to be silent, and did it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import inf

from harness.checks.alert import Alert
from harness.checks.alert_log import AlertLog, read_alerts
from harness.checks.nearness import shares
from harness.checks.reading import Reader, watched
from harness.checks.silence import NothingElseFires
from harness.checks.silent import Silent
from harness.errors import EvidenceError
from harness.model import Check, Finding, FindingKind, Record, Verdict
from harness.recorded import RuleTiming, Stream
from harness.results import AlertCell

FIRES, SILENT, EITHER = "fires", "silent", "either"


def alert_cells(record: Record, checks: Iterable[Check], findings: Iterable[Finding]) -> tuple[AlertCell, ...]:
    """A cell for each loaded rule.

    Args:
        record: the run.
        checks: those of its scenario; they say what is due.
        findings: what they found; the worst about an alert is its cell's verdict.
    """
    checks = tuple(checks)
    told: dict[str, list[Verdict]] = defaultdict(list)
    for finding in findings:
        if finding.kind is FindingKind.ALERT and finding.subject:
            told[finding.subject].append(finding.verdict)
    reader = Reader(record.history)
    log = reader.once(read_alerts)
    nearest = _nearest(Reader(record.history))
    rules = {rule.alert: rule for rule in record.rules}
    return tuple(_cell(rule, checks, _fired(rule.alert, log, record), told, nearest) for rule in rules.values())


def _cell(
    rule: RuleTiming,
    checks: tuple[Check, ...],
    fired: bool | None,
    told: Mapping[str, list[Verdict]],
    nearest: Mapping[str, float],
) -> AlertCell:
    due = _due(rule.alert, checks)
    as_due = due == EITHER or fired is (due == FIRES)
    own = Verdict.UNKNOWN if fired is None else Verdict.PASS if as_due else Verdict.FAIL
    return AlertCell(
        alert=rule.alert,
        severity=rule.labels.get("severity", ""),
        due=due,
        fired=fired,
        verdict=Verdict.worst([own, *told.get(rule.alert, ())]),
        below=any(isinstance(check, Silent) and check.name == rule.alert for check in checks),
        nearest=None if fired else nearest.get(rule.alert),
    )


def _due(alert: str, checks: tuple[Check, ...]) -> str:
    if any(isinstance(check, Alert) and check.name == alert for check in checks):
        return FIRES
    listed = [check for check in checks if isinstance(check, NothingElseFires)]
    return EITHER if any(alert in (*check.allowed, *check.possible) for check in listed) else SILENT


def _fired(alert: str, log: AlertLog, record: Record) -> bool | None:
    """Whether it fired from the baseline on; a silence counts only where the whole run is known."""
    try:
        from_s, until_s = watched(record)
    except EvidenceError:
        return None
    if any(at >= from_s for at in log.times(alert, "firing", {})):
        return True
    known = log.covered is not None and log.covered[0] <= from_s and log.covered[1] >= until_s - 1.0
    return False if known and not log.damage else None


def _nearest(reader: Reader) -> dict[str, float]:
    """The greatest share of its threshold that each alert's value reached, where it fires above a positive one."""
    found: dict[str, float] = {}
    for _, seen in reader.only(Stream.VALUES, "value"):
        above = seen.data["operator"] in {">", ">="}
        share = max(shares(seen.data, 0.0, inf), default=-1.0) if above else -1.0
        if share >= found.get(seen.data["alert"], 0.0):
            found[seen.data["alert"]] = share
    return found
