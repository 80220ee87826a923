"""What a run records, as values: its streams, what stands in them, when phases and faults were, and its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, final

import msgspec


class Stream(StrEnum):
    """The evidence files of a scenario; each is one append-only file of JSON lines."""

    PHASES = "phases"
    FAULTS = "faults"
    CLIENT = "client"
    RULES = "rules"
    ALERTS = "alerts"
    SERIES = "series"
    VALUES = "values"
    REPLAY = "replay"
    NOTIFICATIONS = "notifications"
    PANELS = "panels"
    FRAMES = "frames"
    ACCESS = "access"
    HEALTH = "health"
    FINAL = "final"
    COST = "cost"


@final
class Observation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something a client, probe or service recorded.

    No dataclass: a judgement makes one for each line, and a frozen dataclass takes ten times as long to make.

    Args:
        kind: what it is, within its stream (for example "ok" in the client's stream).
        wall_s: seconds since the epoch by this machine's clock.
        mono_s: seconds of the harness's monotonic clock; 0 where another process recorded it.
        data: everything else on the line.
    """

    kind: str
    wall_s: float
    mono_s: float
    data: Mapping[str, Any]


class History(Protocol):
    """Recorded evidence of one scenario, read one observation at a time."""

    def read(self, stream: Stream) -> Iterator[Observation]:
        """The observations of a stream, in the order in which they were written.

        Raises:
            EvidenceError: the file is missing, empty, or a line cannot be read; names file and line.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of a run: its name, start (wall clock, s since the epoch) and length (s)."""

    name: str
    started_s: float
    duration_s: float

    @property
    def ended_s(self) -> float:
        """When the phase ended, s since the epoch."""
        return self.started_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultWindow:
    """When a fault was asked for, seen to have taken effect, when healing began, and was seen to be done.

    All times are wall clock, s since the epoch; None where it was not seen to happen. `act` is the number of the
    scenario's act that it belongs to, from 1. One that is `timed` came and went at times of its own.
    """

    kind: str
    target: str
    asked_s: float
    confirmed_s: float | None = None
    healed_s: float | None = None
    confirmed_healed_s: float | None = None
    evidence: str = ""
    act: int = 1
    timed: bool = False


def act_phase(name: str, act: int) -> str:
    """What a phase of a scenario's act is called: "hold" in the first, "hold 2" in the second."""
    return name if act == 1 else f"{name} {act}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTiming:
    """One alerting rule as Prometheus loaded it, with the intervals that bound its behaviour (real s).

    Args:
        alert: the rule's name.
        expr: the loaded PromQL text.
        for_s: the rule's `for`.
        interval_s: evaluation interval of its group (E).
        scrape_s: scrape interval of the targets it reads (S).
        scrape_timeout_s: scrape timeout (T).
        window_s: the longest range window in the expression (W), 0 without one.
        keep_firing_s: the rule's `keep_firing_for`.
        labels, annotations: as loaded.
        group_wait_s, group_interval_s: of the Alertmanager route that takes it.
        receivers: channels that must be told, for example ("pagerduty", "slack").
    """

    alert: str
    expr: str
    for_s: float
    interval_s: float
    scrape_s: float
    scrape_timeout_s: float
    window_s: float
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    group_wait_s: float
    group_interval_s: float
    receivers: tuple[str, ...]
    keep_firing_s: float = 0.0
