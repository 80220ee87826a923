"""Nothing fires that the scenario did not list, and the silence was really listened to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import ClassVar

from harness.checks.alert_log import AlertLog, read_alerts
from harness.checks.blind import Blind, blind_s, blind_windows
from harness.checks.reading import Reader, Speaker, fault_at, watched
from harness.model import Finding, FindingKind, Record, Verdict
from harness.recorded import Stream

LATE_S = 0.25  # an evaluation's own time and the clock of who sees it may differ by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingElseFires:
    """From the baseline to the end no alert but the allowed ones fires or is told to anybody.

    Args:
        allowed: the alerts that the scenario expects.
        possible: alerts that may follow from what it breaks, and need not: whether they do hangs on chance.
        gap_allowance_s: how much longer than two intervals the watch on the rules may be interrupted, real s.
        blind: the faults, by number, that take the eyes away: while one is on, and until targets are scraped again,
            nobody can say what would have fired. It is told how long that was. What fired all the same still counts.
        sees_within_s: targets have to be scraped again so soon after such a fault's confirmed heal, production s.
    """

    allowed: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    gap_allowance_s: float = 1.0
    blind: tuple[int, ...] = ()
    sees_within_s: float = 150.0
    kind: ClassVar[FindingKind] = FindingKind.ALERT

    def judge(self, record: Record) -> Iterable[Finding]:
        """A FAIL for each alert that was not expected; UNKNOWN where nobody was listening."""
        speaker = Speaker(check="NothingElseFires", kind=self.kind)
        reader = Reader(record.history)
        log, live = reader.once(read_alerts), reader.once(_read_live)
        window = watched(record)
        findings = [
            *_unloaded(record, speaker),
            *_unexpected(log, live, window, record, (*self.allowed, *self.possible), speaker),
        ]
        blind, blinded = blind_windows(self.blind, self.sees_within_s / record.time_scale, record, reader)
        doubts = [*reader.damage, *blinded, *self._deaf(log, live, window, blind, record)]
        findings += speaker.doubts(doubts)
        silent = f"Nothing but {' and '.join(self.allowed)} fired" if self.allowed else "Nothing fired"
        but = "".join(f"; for {until - since:.2f} s, with {fault} on, nobody looked" for since, until, fault in blind)
        return findings or [speaker.says(Verdict.PASS, f"{silent}{but}.", evidence="alerts.jsonl, notifications.jsonl")]

    def _deaf(
        self, log: AlertLog, live: _Live, window: tuple[float, float], blind: Sequence[Blind], record: Record
    ) -> Iterator[str]:
        """Why silence proves nothing."""
        if not record.rules:
            yield "no alerting rule was loaded: silence proves nothing"
        if not record.expected.rules:
            yield "the plan names no alerting rule that has to be loaded: silence proves nothing"
        if log.told_until_s is None:
            yield "notifications were lost: that nobody was told cannot be shown"
        if deaf_s := log.deaf(*window):
            yield f"the sink was not read for {deaf_s:.2f} s: that nobody was told meanwhile cannot be shown"
        interval_s = max((rule.interval_s for rule in record.rules), default=0.0)
        longest_s = 2 * interval_s + self.gap_allowance_s
        if log.covered and (log.covered[0] > window[0] + longest_s or log.covered[1] < window[1] - longest_s):
            yield "alerts.jsonl does not cover the whole run"
        for what, times in (("samples of the rules", live.sampled), *live.evaluated.items()):
            gap_s = _longest_gap(times, window, blind)
            if gap_s > longest_s:
                yield f"{what}: nothing for {gap_s:.2f} s, while every {longest_s:.2f} s is needed to rely on silence"
        yield from _contradicted(log, live, window, longest_s)
        for rule, place in sorted(live.unhealthy.items()):
            yield f"Prometheus could not evaluate {rule} ({place}): its silence proves nothing"


@dataclass(slots=True)
class _Live:
    """What was seen of the rules while the run went on."""

    sampled: list[float] = field(default_factory=list)
    evaluated: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    firing: list[tuple[str, float, str]] = field(default_factory=list)
    labels: list[Mapping[str, str]] = field(default_factory=list)  # of what was seen firing, in the same order
    unhealthy: dict[str, str] = field(default_factory=dict)


def _unloaded(record: Record, speaker: Speaker) -> Iterator[Finding]:
    """A rule that is not loaded can never fire."""
    loaded = {rule.alert for rule in record.rules}
    for alert in record.expected.rules:
        if alert not in loaded:
            message = f"The rule of {alert} was not loaded: it can never fire."
            yield speaker.says(Verdict.FAIL, message, evidence="loaded.json", subject=alert, timed=False)


def _unexpected(
    log: AlertLog,
    live: _Live,
    window: tuple[float, float],
    record: Record,
    expected: tuple[str, ...],
    speaker: Speaker,
) -> Iterator[Finding]:
    firsts: dict[str, tuple[float, str]] = {}
    for alert, moment_s, place in (*_fired(log), *live.firing):
        known = firsts.get(alert)
        if alert not in expected and window[0] <= moment_s and (known is None or moment_s < known[0]):
            firsts[alert] = (moment_s, place)
    for alert, (moment_s, place) in sorted(firsts.items()):
        after_s, on = moment_s - window[0], fault_at(record, moment_s)
        yield speaker.says(
            Verdict.FAIL,
            f"{alert} fired {after_s:.2f} s after the baseline began, with {on} on; the scenario does not expect it.",
            observed=round(after_s, 3),
            evidence=place,
            subject=alert,
        )


def _contradicted(log: AlertLog, live: _Live, window: tuple[float, float], longest_s: float) -> Iterator[str]:
    """What was seen or told to be firing, and is not in Prometheus' own record: the record is not to be relied on."""
    seen = [(*one, labels) for one, labels in zip(live.firing, live.labels, strict=True)]
    told = [(one.alert, one.received_s, one.place, _own(one.labels)) for one in log.notices if one.status == "firing"]
    for what, sightings, back_s in (("seen", seen, longest_s), ("told", told, inf)):
        for alert, moment_s, place, labels in sightings:
            times = [at for at in log.times(alert, "firing", labels) if moment_s - back_s <= at <= moment_s + LATE_S]
            if window[0] + longest_s <= moment_s < window[1] and not times:
                yield f"{alert} was {what} to be firing ({place}), and alerts.jsonl does not have it"
                break


def _own(labels: Mapping[str, str]) -> dict[str, str]:
    """A notice's labels as the series has them."""
    return {name: value for name, value in labels.items() if name != "alertname"}


def _read_live(reader: Reader) -> _Live:
    live = _Live()
    for place, seen in reader.numbered(Stream.RULES):
        if seen.kind != "sample":
            continue
        live.sampled.append(seen.wall_s)
        for group, evaluated_s in seen.data.get("evaluated_s", {}).items():
            live.evaluated[f"evaluations of group {group}"].append(float(evaluated_s))
        for alert in seen.data["alerts"]:
            if alert["state"] == "firing":
                live.firing.append((alert["alert"], seen.wall_s, place))
                live.labels.append(alert["labels"])
        for rule in seen.data.get("unhealthy", ()):
            live.unhealthy.setdefault(rule, place)
    return live


def _fired(log: AlertLog) -> Iterator[tuple[str, float, str]]:
    for series in log.standing:
        if series.state == "firing":
            for moment_s in series.times_s:
                yield series.alert, moment_s, series.place
    for notice in log.notices:
        if notice.status == "firing":
            yield notice.alert, notice.received_s, notice.place


def _longest_gap(times_s: list[float], window: tuple[float, float], blind: Sequence[Blind]) -> float:
    """The longest stretch of the window without any of the times, s; what is known to be blind does not count."""
    inside = sorted({moment for moment in times_s if window[0] <= moment <= window[1]})
    return max(
        after - before - blind_s(before, after, blind) for before, after in pairwise((window[0], *inside, window[1]))
    )
