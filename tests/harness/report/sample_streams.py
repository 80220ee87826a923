"""The evidence of a made-up run, line by line: what happened, and when each recorder would have seen it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.recorded import Phase, Stream
from tests.harness.report.sample_frames import frame_lines

START_S = 1_773_453_600.0  # 2026-03-14 02:00:00 UTC
_PANELS = ("Open Trades", "Active Orders", "Slippage", "Failed Trades")
_REDIS_PANELS = ("Open Trades", "Active Orders")
_SERVICES = ("redis", "postgres", "clickhouse", "trading-1", "trading-2", "trading-3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """When Redis was gone in a sample, s since the epoch."""

    from_s: float
    to_s: float

    def holds(self, at_s: float, slack_s: float = 0.0) -> bool:
        """True while Redis is gone."""
        return self.from_s <= at_s < self.to_s + slack_s


Line = tuple[float, str, dict[str, Any]]


def stream_lines(phases: tuple[Phase, ...], gone: Outage | None, variant: str) -> dict[Stream, Iterator[Line]]:
    """Every stream of a scenario, the same at each call."""
    dice = random.Random(7)  # noqa: S311 - a sample, not a secret
    return {
        Stream.PHASES: _phase_lines(phases),
        Stream.FAULTS: _fault_lines(gone),
        Stream.CLIENT: _client_lines(phases, gone, dice),
        Stream.RULES: _rule_lines(phases, gone),
        Stream.ALERTS: _alert_lines(phases, gone, variant),
        Stream.NOTIFICATIONS: _notification_lines(gone, variant),
        Stream.PANELS: _panel_lines(phases, gone, dice, variant),
        Stream.FRAMES: frame_lines(phases, None if gone is None else gone.from_s),
        Stream.HEALTH: _health_lines(phases, gone, dice),
        Stream.FINAL: _final_lines(phases, gone),
    }


def _span(phases: tuple[Phase, ...]) -> tuple[float, float]:
    return phases[0].started_s, phases[-1].ended_s


def _every(phases: tuple[Phase, ...], step_s: float) -> Iterator[float]:
    from_s, to_s = _span(phases)
    for index in range(int((to_s - from_s) / step_s)):
        yield from_s + index * step_s


def _phase_lines(phases: tuple[Phase, ...]) -> Iterator[Line]:
    for phase in phases:
        yield phase.started_s, "start", {"name": phase.name}
        yield phase.ended_s, "end", {"name": phase.name}


def _fault_lines(gone: Outage | None) -> Iterator[Line]:
    fault = {"fault": 1, "fault_kind": "stop", "target": "redis", "detail": ""}
    for kind, at_s in (
        ()
        if gone is None
        else (
            ("asked", gone.from_s - 0.4),
            ("confirmed", gone.from_s),
            ("healing", gone.to_s),
            ("healed", gone.to_s + 0.4),
            ("confirmed_healed", gone.to_s + 0.9),
        )
    ):
        yield at_s, kind, fault


def _client_lines(phases: tuple[Phase, ...], gone: Outage | None, dice: random.Random) -> Iterator[Line]:
    due_s, to_s = phases[0].started_s, phases[-1].started_s  # no traffic while the run drains
    number = 0
    while (due_s := due_s + dice.expovariate(20)) < to_s:
        number += 1
        name = f"sig-{number:05}"
        yield due_s, "invoke", {"id": name, "due_s": due_s, "to": f"trading-{1 + number % 3}"}
        fresh = gone is not None and gone.from_s <= due_s < gone.from_s + 2.5
        slow_ms = 700 * dice.random() if fresh else (14.0 if gone and gone.holds(due_s) else 6.0)
        took_ms = slow_ms + dice.lognormvariate(0.6, 0.7)
        done = {"id": name, "ms": round(took_ms, 2)}
        if fresh and number % 5 == 0:
            yield due_s + took_ms / 1000, "fail", {**done, "status": 503, "error": "no leader yet"}
        elif fresh and number % 17 == 0:
            yield due_s + 2.0, "info", {"id": name, "ms": 2000.0, "error": "timed out"}
        else:
            yield due_s + took_ms / 1000, "ok", {**done, "status": 201}
    yield to_s, "summary", {"scheduled": number, "sent": number, "completed": number, "dropped": 0}


def _rule_lines(phases: tuple[Phase, ...], gone: Outage | None) -> Iterator[Line]:
    for at_s in _every(phases, 1.0):
        firing = gone is not None and gone.from_s + 12 <= at_s < gone.to_s + 4
        alerts = [{"alert": "SignalLoss", "state": "firing", "labels": {}, "active_s": at_s, "value": 9.0}]
        yield at_s, "sample", {"ms": 3.1, "alerts": alerts if firing else []}


def _alert_lines(phases: tuple[Phase, ...], gone: Outage | None, variant: str) -> Iterator[Line]:
    from_s, to_s = _span(phases)
    if gone is not None:
        stands = {
            "SignalLoss": (gone.from_s + 6, gone.from_s + 12, gone.to_s + 4),
            "StaleHeartbeat": (
                gone.from_s + 5,
                gone.from_s + (18 if variant == "failed" else 99),
                gone.from_s + 22,
            ),
        }
        for alert, (pending_s, firing_s, over_s) in stands.items():
            for state, first_s, end_s in (
                ("pending", pending_s, min(firing_s, over_s)),
                ("firing", firing_s, over_s),
            ):
                times_s = [at_s for at_s in _every(phases, 1.0) if first_s <= at_s < end_s]
                if times_s:
                    labels = {"severity": "critical"}
                    yield (
                        to_s,
                        "series",
                        {"alert": alert, "state": state, "labels": labels, "times_s": times_s},
                    )
    yield to_s, "end", {"from_s": from_s, "to_s": to_s}


def _notification_lines(gone: Outage | None, variant: str) -> Iterator[Line]:
    told = 0
    if gone is not None:
        for channel in ("slack",) if variant == "failed" else ("pagerduty", "slack"):
            for status, at_s in (("firing", gone.from_s + 14.2), ("resolved", gone.to_s + 6.4)):
                told += 1
                notice = {"channel": channel, "status": status, "alert": "SignalLoss"}
                times = {"received_s": at_s, "starts_s": gone.from_s + 12}
                yield at_s, "notification", {**notice, **times, "labels": {}}
    yield START_S + 200, "end", {"count": told}


def _panel_lines(phases: tuple[Phase, ...], gone: Outage | None, dice: random.Random, variant: str) -> Iterator[Line]:
    load = 0
    for load, begun_s in enumerate(_every(phases, 2.0), start=1):
        for number, title in enumerate(_PANELS, start=1):
            broken = gone is not None and title in _REDIS_PANELS and gone.holds(begun_s, 2.0)
            late = variant == "failed" and gone is not None and title == "Slippage" and gone.holds(begun_s)
            took_ms = 1100 + 200 * dice.random() if broken else 18 * dice.lognormvariate(0.4, 0.6)
            took_ms = 3400 + 900 * dice.random() if late and load % 3 else took_ms
            target = {
                "ref": "A",
                "source": "redis-datasource" if title in _REDIS_PANELS else "prometheus",
                "error": "connection refused" if broken else "",
                "rows": 0 if broken else 1,
                "non_null": 0 if broken else 1,
                "newest_s": begun_s,
                "values": [] if broken else [3.0],
            }
            seen = {
                "board": "trade-state",
                "panel": number,
                "title": title,
                "load": load,
                "ms": round(took_ms, 1),
            }
            yield begun_s + took_ms / 1000, "panel", {**seen, "http": 200, "error": "", "targets": [target]}
    yield phases[-1].ended_s, "end", {"loads": load}


def _health_lines(phases: tuple[Phase, ...], gone: Outage | None, dice: random.Random) -> Iterator[Line]:
    for at_s in _every(phases, 1.0):
        for service in _SERVICES:
            ok = not (service == "redis" and gone is not None and gone.holds(at_s))
            sample = {
                "service": service,
                "ok": ok,
                "ms": round(2 + 3 * dice.random(), 1),
                "http": 200 if ok else 0,
            }
            yield at_s, "sample", {**sample, "body": {}}


def _final_lines(phases: tuple[Phase, ...], gone: Outage | None) -> Iterator[Line]:
    from_s, to_s = _span(phases)
    terms = [(1, "trading-2", from_s - 30)] + ([(2, "trading-1", gone.from_s + 2.4)] if gone else [])
    for epoch, leader, granted_s in terms:
        yield to_s, "epoch", {"epoch": epoch, "leader": leader, "from_s": granted_s}
    yield to_s, "end", {"counts": {"epoch": len(terms)}}
