"""What the acts of a scenario do to the boards: whose panels break, and from when until when; wall clock s."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import inf

from harness.checks.panel_log import PanelLoad
from harness.errors import EvidenceError
from harness.model import Record

PROMETHEUS = "prometheus"
# A rate needs two samples: after a gap that is a scrape more than what the heal of Prometheus has waited for.
SAMPLES_OF_A_RATE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """What the faults of an act do to panels; an act without one leaves every panel sound.

    Args:
        act: which act, from 1.
        by: data sources that are broken, by a part of their type ("redis"): panels on them have to say so.
        hangs: these take questions and never answer. Each query waits out the source's timeout, the next of the same
            panel comes after it, and whatever else is on the board waits behind them in the browser's queue: what a
            load waited there is not counted.
        old: data sources, likewise, that get nothing new meanwhile: the newest there is may be as old as the act.
        empty: titles of panels that rightly have nothing to show meanwhile.
    """

    act: int = 1
    by: tuple[str, ...] = ()
    hangs: bool = False
    old: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    def breaks(self, sources: Collection[str]) -> bool:
        """Whether one of these data sources is broken."""
        return any(name in source for name in self.by for source in sources)

    def ages(self, source: str) -> bool:
        """Whether a data source gets nothing new."""
        return any(name in source for name in self.old)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActWindow:
    """When the faults of one act were on, for the panels of one board.

    Args:
        of: " of act 2", or empty where there is one act only.
        asked_s, confirmed_s, healing_s, healed_s: the first that was asked for, the last to take effect, the first to
            be healed, the last to be seen healed.
        back_s: when broken panels have to be sound again.
        next_s: when the next act is struck.
        breaks: what it does to panels.
    """

    of: str
    asked_s: float
    confirmed_s: float
    healing_s: float
    healed_s: float
    back_s: float
    next_s: float
    breaks: Breaks

    def touches(self, load: PanelLoad) -> bool:
        """True while its faults were on, or what they broke need not be back."""
        return load.ended_s >= self.asked_s and load.began_s < self.back_s

    def during(self, load: PanelLoad) -> bool:
        """True when the whole load lay between the confirmed effect and the heal."""
        return self.confirmed_s <= load.began_s and load.ended_s <= self.healing_s

    def after(self, load: PanelLoad) -> bool:
        """True when the whole load lay between the heal and the next act."""
        return self.healed_s <= load.began_s and load.ended_s < self.next_s


def act_windows(
    record: Record, breaks: Iterable[Breaks], back_within_s: float, scrape_s: float
) -> tuple[ActWindow, ...]:
    """The acts of a run in their order.

    Args:
        record: the run.
        breaks: what its acts do to panels.
        back_within_s: how soon after the heal broken panels have to be sound.
        scrape_s: Prometheus' scrape interval.

    Raises:
        EvidenceError: the run has none of the acts, or a fault was not seen to take effect and heal.
    """
    numbers = sorted({fault.act for fault in record.faults})
    known = {one.act: one for one in breaks}
    if numbers and (missing := sorted(known.keys() - set(numbers))):
        raise EvidenceError(f"the panels are judged by act {missing[0]}, and the run has none")
    starts = {act: min(fault.asked_s for fault in record.faults if fault.act == act) for act in numbers}
    found = []
    for act in numbers:
        faults = [fault for fault in record.faults if fault.act == act]
        does = known.get(act, Breaks(act=act))
        healed_s = max(_seen(fault.confirmed_healed_s) for fault in faults)
        rates_s = SAMPLES_OF_A_RATE * scrape_s if does.breaks((PROMETHEUS,)) else 0.0
        found.append(
            ActWindow(
                of=f" of act {act}" if len(numbers) > 1 else "",
                asked_s=starts[act],
                confirmed_s=max(_seen(fault.confirmed_s) for fault in faults),
                healing_s=min(_seen(fault.healed_s) for fault in faults),
                healed_s=healed_s,
                back_s=healed_s + back_within_s + rates_s,
                next_s=min((at_s for other, at_s in starts.items() if other > act), default=inf),
                breaks=does,
            )
        )
    return tuple(found)


def _seen(moment_s: float | None) -> float:
    if moment_s is None:
        raise EvidenceError("a fault was not seen to take effect and heal: the panels cannot be told apart")
    return moment_s
