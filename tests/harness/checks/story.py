"""Short literal histories for the checks' tests: a run in memory, built line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from harness.errors import EvidenceError
from harness.model import Check, Expected, ExpectedPanel, Finding, LoadProfile, Record, Verdict
from harness.recorded import FaultWindow, Observation, Phase, RuleTiming, Stream, act_phase

# Times in the stories are seconds after this moment, at which the baseline begins.
BEGIN_S = 1_000_000.0
END_S = 600.0
TRAFFIC_UNTIL_S = 590.0

SIGNAL_LOSS = RuleTiming(
    alert="SignalLoss",
    expr="age > 30",
    for_s=60.0,
    interval_s=15.0,
    scrape_s=15.0,
    scrape_timeout_s=10.0,
    window_s=0.0,
    labels={"severity": "critical"},
    annotations={},
    group_wait_s=10.0,
    group_interval_s=10.0,
    receivers=("pagerduty", "slack"),
)
REDIS_STOPPED = FaultWindow(
    kind="stop",
    target="redis",
    asked_s=BEGIN_S + 100.0,
    confirmed_s=BEGIN_S + 100.5,
    healed_s=BEGIN_S + 300.0,
    confirmed_healed_s=BEGIN_S + 300.5,
)


@dataclass(slots=True)
class Story:
    """The streams of a run; a stream without a line is a file that is missing."""

    streams: dict[Stream, list[Observation]] = field(default_factory=dict)
    cut: set[Stream] = field(default_factory=set)

    def read(self, stream: Stream) -> Iterator[Observation]:
        """The lines, and the error of a damaged file after those that can still be read."""
        if stream not in self.streams:
            raise EvidenceError(f"{stream.value}.jsonl is missing")
        yield from self.streams[stream]
        if stream in self.cut:
            raise EvidenceError(f"{stream.value}.jsonl: the line is cut")

    def line(self, stream: Stream, kind: str, at_s: float, data: Mapping[str, Any]) -> None:
        """Append one line, written `at_s` seconds after the beginning."""
        seen = Observation(kind=kind, wall_s=BEGIN_S + at_s, mono_s=at_s, data=dict(data))
        self.streams.setdefault(stream, []).append(seen)

    def without(self, stream: Stream) -> Story:
        """The same story with one file missing."""
        return Story(streams={name: lines for name, lines in self.streams.items() if name is not stream})

    def damaged(self, stream: Stream) -> Story:
        """The same story with a file that is cut after its last line but one."""
        lines = {**self.streams, stream: self.streams[stream][:-1]}
        return Story(streams=lines, cut={stream})


OPEN_TRADES = ExpectedPanel(board="trade-state", panel=1, title="Open Trades", refs=("A",))


def phases(faults: Iterable[FaultWindow]) -> tuple[Phase, ...]:
    """The phases of a run of ten minutes; with faults those of breaking and healing around their times."""
    faults = tuple(faults)
    ends = [("preflight", -60.0), ("baseline", 0.0)]
    healed_s = TRAFFIC_UNTIL_S
    for act in sorted({one.act for one in faults}):
        together = [one for one in faults if one.act == act]
        asked_s = min(one.asked_s for one in together) - BEGIN_S
        confirmed_s = max((one.confirmed_s or one.asked_s) for one in together) - BEGIN_S
        healing_s = min((one.healed_s or BEGIN_S + 300) for one in together) - BEGIN_S
        ends += [("calm", healed_s)] if act > 1 else []
        healed_s = max((one.confirmed_healed_s or BEGIN_S + 301) for one in together) - BEGIN_S
        ends += [
            (act_phase(name, act), at_s)
            for name, at_s in (("inject", asked_s), ("hold", confirmed_s), ("heal", healing_s))
        ]
    ends += [("recover", healed_s)]
    ends += [("quiesce", TRAFFIC_UNTIL_S), ("", END_S)]
    return tuple(
        Phase(name=name, started_s=BEGIN_S + from_s, duration_s=until_s - from_s)
        for (name, from_s), (_, until_s) in pairwise(ends)
    )


def record(
    story: Story,
    *,
    faults: Iterable[FaultWindow] = (),
    rules: Iterable[RuleTiming] = (SIGNAL_LOSS,),
    time_scale: float = 1.0,
    refresh_s: float = 10.0,
    expected: Expected | None = None,
) -> Record:
    """A run of ten minutes that tells this story; without `expected` it owes what the stories are about."""
    faults = tuple(faults)
    owed = Expected(
        load=LoadProfile(signals_per_s=1.0, arrivals="constant"),
        services=("trading-1",),
        panels=(OPEN_TRADES,),
        rules=("SignalLoss",),
        finals=("accepted", "effect", "event", "outbox", "shipped", "epoch"),
        faults=len(faults),
    )
    return Record(
        scenario="story",
        time_scale=time_scale,
        rules=tuple(rules),
        phases=phases(faults),
        faults=faults,
        settings={"panel_refresh_s": refresh_s, "health_every_s": 1.0},
        history=story,
        expected=expected or owed,
    )


def moved(fault: FaultWindow, **times_s: float | None) -> FaultWindow:
    """The fault with some of its times changed; s after the beginning."""
    changed: Any = {name: None if at is None else BEGIN_S + at for name, at in times_s.items()}
    return replace(fault, **changed)


def verdict(check: Check, of: Record) -> Verdict:
    """The worst that the check says; UNKNOWN where it cannot read the evidence, as the judge has it."""
    try:
        return Verdict.worst(finding.verdict for finding in check.judge(of))
    except EvidenceError:
        return Verdict.UNKNOWN


def worst(check: Check, of: Record) -> Finding:
    """The finding that decides."""
    return max(check.judge(of), key=lambda finding: finding.verdict.rank)
