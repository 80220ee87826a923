"""A small world for the checks of truth: one signal a second, done a moment later, scraped each 15 s, loads each 10 s.

`trading-1` does everything; `trading-2` only answers. What a right panel shows is reckoned here another way than there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.model import Expected, LoadProfile, Record
from harness.recorded import FaultWindow, Stream
from tests.harness.checks.story import BEGIN_S, Story, record

SERVICES = ("trading-1", "trading-2")
SCRAPE_S, TOOK_S = 15.0, 0.1
SCRAPES = tuple(-60.0 + SCRAPE_S * number for number in range(44))
DONE_AFTER_S, COMMITTED_AFTER_S, SHIPPED_AFTER_S = 0.02, 0.05, 0.5
SETTINGS = {"panel_refresh_s": 10.0, "health_every_s": 1.0, "scrape_interval_s": SCRAPE_S, "written_each_s": 5.0}
BOARD, PANEL = "board", "Panel"
LOADS = tuple(float(at) for at in range(5, 585, 10))

Values = list[dict[str, Any]]


def done_at(number: int) -> float:
    """When signal `number` was executed, s after the beginning."""
    return number + 0.5 + DONE_AFTER_S


@dataclass(slots=True)
class Shop:
    """Builds the streams; what is to be odd about them is set before `record`."""

    story: Story = field(default_factory=Story)
    counts: Counter[str] = field(default_factory=Counter)
    signals: int = 585

    def __post_init__(self) -> None:
        for number in range(self.signals):
            self._signal(number)
        self.story.line(Stream.CLIENT, "summary", 590, dict.fromkeys(("sent", "completed", "ok"), self.signals) | {
            "fail": 0, "info": 0
        })  # fmt: skip
        for number in range(self.signals):
            self.row("accepted", id=f"s{number}", by="trading-1")
        for number in range(self.signals):
            at_s = BEGIN_S + done_at(number)
            self.row(
                "event",
                id=f"s{number}",
                by="trading-1",
                at_s=at_s,
                committed_s=at_s + COMMITTED_AFTER_S,
                shipped_s=at_s + SHIPPED_AFTER_S,
                status="filled" if number % 10 else "rejected",
                asset="odd" if number % 2 else "even",
                price=float(number % 7),
                moved=1.0 if number % 4 < 2 else -1.0,
                latency=0.02 if number % 10 else 0.2,
            )
        for service in SERVICES:
            self.samples("up", service, dict.fromkeys(SCRAPES, 1.0))
            self.samples("scrape_duration_seconds", service, dict.fromkeys(SCRAPES, TOOK_S))
            self.samples("weight", service, {at: at + (service == "trading-2") for at in SCRAPES})
            for second in range(-5, 600):
                self.says(service, second, leader=service == "trading-1")

    def _signal(self, number: int) -> None:
        sent_s = number + 0.5
        self.story.line(
            Stream.CLIENT, "invoke", sent_s, {"id": f"s{number}", "due_s": BEGIN_S + sent_s, "to": "trading-1"}
        )
        self.story.line(Stream.CLIENT, "ok", sent_s + 0.01, {"id": f"s{number}", "ms": 10.0, "status": 201})

    def row(self, kind: str, **fields: Any) -> None:
        """A row of the last read."""
        self.counts[kind] += 1
        self.story.line(Stream.FINAL, kind, 595, fields)

    def samples(self, metric: str, service: str, told: Mapping[float, float]) -> None:
        """What Prometheus recorded of a metric."""
        labels = {"__name__": metric, "instance": service}
        samples = [[BEGIN_S + at, str(value)] for at, value in told.items()]
        self.story.line(Stream.SERIES, "shown", 596, {"labels": labels, "samples": samples})

    def says(self, service: str, at_s: float, **body: Any) -> None:
        """What a service says of its health."""
        said = {"service": service, "ok": True, "http": 200, "ms": 10.0, "body": body}
        self.story.line(Stream.HEALTH, "sample", at_s, said)

    def term(self, number: int, holder: str, from_s: float) -> None:
        """A term of a leader."""
        self.row("epoch", epoch=number, leader=holder, from_s=BEGIN_S + from_s)

    def shows(
        self, values: Callable[[float], Values], *, loads: Iterable[float] = LOADS, step_s: float = 0.0, **target: Any
    ) -> Record:
        """The record of a run in which the panel showed, at each load, what `values` makes of its time.

        Args:
            values: the series, from s after the beginning.
            loads: when, s after the beginning.
            step_s: the points of the panel lie on multiples of it; 0 for the time of the load.
            target: more fields of the query's answer.
        """
        loads = tuple(loads)
        for number, at_s in enumerate(loads, start=1):
            point_s = at_s if not step_s else (BEGIN_S + at_s) // step_s * step_s - BEGIN_S
            told = [{"labels": {}, "at_s": BEGIN_S + point_s, "name": "", **one} for one in values(point_s)]
            answer = {"ref": "A", "source": "prometheus", "error": "", "non_null": 1, "values": told, **target}
            fields = {"board": BOARD, "panel": 1, "title": PANEL, "load": number, "viewer": 1, "ms": 100.0}
            span = {"from_s": BEGIN_S + at_s - 60, "to_s": BEGIN_S + at_s, "interval_s": step_s or 1.0}
            line = {**fields, **span, "http": 200, "error": "", "targets": [answer]}
            self.story.line(Stream.PANELS, "panel", at_s + 0.1, line)
        self.story.line(Stream.PANELS, "end", 590, {"board": BOARD, "viewer": 1, "loads": len(loads)})
        return self.record()

    def record(self, faults: Iterable[FaultWindow] = ()) -> Record:
        """The run as it stands."""
        if self.counts:
            self.story.line(Stream.FINAL, "end", 595, {"counts": dict(self.counts)})
            self.counts = Counter()
            self.story.line(Stream.SERIES, "end", 596, {"from_s": BEGIN_S, "to_s": BEGIN_S + 590})
        owed = Expected(load=LoadProfile(signals_per_s=1.0), services=SERVICES)
        return replace(record(self.story, faults=faults, expected=owed), settings=SETTINGS)


def scraped_at(at_s: float) -> float:
    """The newest scrape by a time."""
    return max(one for one in SCRAPES if one <= at_s)
