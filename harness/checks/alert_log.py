"""When alerts stood and who was told: the evidence of the alert chain, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isfinite

from harness.checks.reading import Reader
from harness.recorded import Observation, Stream

LONGEST_DEAF_S = 3.0  # three times the interval in which a reader of the sink says that it has read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert in one notification; wall clock s."""

    channel: str
    status: str
    alert: str
    labels: Mapping[str, str]
    received_s: float
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The evaluations at which one series of an alert stood pending or firing; wall clock s."""

    alert: str
    state: str
    labels: Mapping[str, str]
    times_s: tuple[float, ...]
    place: str


@dataclass(slots=True)
class AlertLog:
    """Everything known of alerts.

    Args:
        standing: the series, from Prometheus' own record.
        notices: in the order of their arrival.
        covered: from when to when the series were read; None where the read did not finish.
        told_until_s: until when the notifications are known: the last time that the sink was read; None where
            some were lost.
        heard_s: each time that the sink was read.
        damage: what could not be read.
    """

    standing: list[Standing] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    covered: tuple[float, float] | None = None
    told_until_s: float | None = None
    heard_s: list[float] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def times(self, alert: str, state: str, labels: Mapping[str, str]) -> list[float]:
        """When any series of the alert with these labels stood in this state, sorted, each time once."""
        return sorted({moment for one in self.series(alert, state, labels) for moment in one.times_s})

    def series(self, alert: str, state: str, labels: Mapping[str, str]) -> list[Standing]:
        """The series of the alert with these labels in this state."""
        return [one for one in self.standing if (one.alert, one.state) == (alert, state) and has(one.labels, labels)]

    def deaf(self, from_s: float, until_s: float) -> float:
        """The longest time within these bounds for which nobody is known to have read the sink, s; 0 where none
        was longer than listening allows."""
        inside = [moment for moment in self.heard_s if from_s < moment < until_s]
        before = max((moment for moment in self.heard_s if moment <= from_s), default=from_s)
        after = min((moment for moment in self.heard_s if moment >= until_s), default=until_s)
        longest_s = max(later - earlier for earlier, later in pairwise((before, *inside, after)))
        return longest_s if longest_s > LONGEST_DEAF_S else 0.0

    def since(self, moment_s: float) -> AlertLog:
        """What came after a moment: a stack that starts may fire before the scenario has begun."""
        later = [replace(one, times_s=tuple(at for at in one.times_s if at >= moment_s)) for one in self.standing]
        return replace(
            self,
            standing=[one for one in later if one.times_s],
            notices=[one for one in self.notices if one.received_s >= moment_s],
        )

    def notices_of(self, alert: str, labels: Mapping[str, str]) -> list[Notice]:
        """The notices of an alert with these labels."""
        return [one for one in self.notices if one.alert == alert and has(one.labels, labels)]


def has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """True when all the wanted labels are there."""
    return wanted.items() <= labels.items()


def runs(times_s: list[float], interval_s: float) -> list[tuple[float, float]]:
    """Evaluations without a hole between them, as first and last time."""
    found: list[tuple[float, float]] = []
    if times_s:
        first = times_s[0]
        for before, after in pairwise(times_s):
            if after - before > 1.5 * interval_s:
                found.append((first, before))
                first = after
        found.append((first, times_s[-1]))
    return found


def read_alerts(reader: Reader) -> AlertLog:
    """Read the series and the notices."""
    log = AlertLog()
    _read_series(reader, log)
    _read_notices(reader, log)
    if log.covered is None:
        reader.damage.append("alerts.jsonl has no end: the record of the alerts is incomplete")
    log.damage = list(reader.damage)
    return log


def _read_series(reader: Reader, log: AlertLog) -> None:
    for place, seen in reader.numbered(Stream.ALERTS):
        if seen.kind == "series":
            log.standing.append(
                Standing(
                    alert=seen.data["alert"],
                    state=seen.data["state"],
                    labels=seen.data["labels"],
                    times_s=tuple(seen.data["times_s"]),
                    place=place,
                )
            )
        elif seen.kind == "end":
            log.covered = (float(seen.data["from_s"]), float(seen.data["to_s"]))


def _read_notices(reader: Reader, log: AlertLog) -> None:
    lost, ended = False, False
    for place, seen in reader.numbered(Stream.NOTIFICATIONS):
        if seen.kind == "notification":
            log.notices.append(_notice(seen, place))
            log.heard_s.append(seen.wall_s)
            if not isfinite(log.notices[-1].received_s):
                reader.damage.append(f"{place}: a notice without a time: the evidence is damaged")
                lost = True
        elif seen.kind in {"read", "end"}:
            log.heard_s.append(seen.wall_s)
            ended = seen.kind == "end"
            if int(seen.data["count"]) != len(log.notices):
                reader.damage.append(f"{place}: {seen.data['count']} notices were read, {len(log.notices)} are here")
                lost = True
        elif seen.kind in {"unparsed", "forgot"}:
            lost = True  # a notice that seems to be missing may be this one
            reader.damage.append(f"{place}: the sink could not read or keep what it was sent")
    if not ended:
        reader.damage.append("notifications.jsonl has no end: the record of the notifications is incomplete")
    log.heard_s.sort()
    log.told_until_s = log.heard_s[-1] if log.heard_s and not lost else None


def _notice(seen: Observation, place: str) -> Notice:
    return Notice(
        channel=seen.data["channel"],
        status=seen.data["status"],
        alert=seen.data["alert"],
        labels=seen.data["labels"],
        received_s=float(seen.data["received_s"]),
        place=place,
    )
