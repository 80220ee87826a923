"""How much of its processors the machine had: a virtual one does without them while its host serves others."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from harness.evidence import Recorder
from harness.recorded import Stream

STAT = Path("/proc/stat")
EVERY_S = 1.0
_USED, _IDLE, _STOLEN = (0, 1, 2, 5, 6), (3, 4), 7  # user, nice, system, irq, softirq; idle, iowait; steal


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What became of the time of all processors together since the system's start, s of one processor.

    Args:
        used_s: programs and the system computed.
        idle_s: nobody wanted it.
        stolen_s: the machine's host gave it to others.
    """

    used_s: float
    idle_s: float
    stolen_s: float

    @property
    def all_s(self) -> float:
        """All of it."""
        return self.used_s + self.idle_s + self.stolen_s


def spent(stat: Path = STAT) -> Spent | None:
    """Until now; None where the system does not tell.

    Source: the line `cpu` of /proc/stat, proc(5), in ticks since the start.
    """
    try:
        name, *ticks = stat.read_text(encoding="ascii").partition("\n")[0].split()
        per_s = os.sysconf("SC_CLK_TCK")
        told = Spent(
            used_s=sum(int(ticks[at]) for at in _USED) / per_s,
            idle_s=sum(int(ticks[at]) for at in _IDLE) / per_s,
            stolen_s=int(ticks[_STOLEN]) / per_s,
        )
    except (OSError, ValueError, IndexError):
        return None
    return told if name == "cpu" else None


@dataclass(slots=True, kw_only=True)
class ProcessorsProbe:
    """Samples what all processors together did and what the host took; nothing where the system does not tell."""

    stat: Path = STAT
    every_s: float = EVERY_S
    name: str = field(default="processors")
    _last: Spent | None = None

    def sample(self, recorder: Recorder) -> None:
        """Record both since the sample before, s of one processor."""
        now, last = spent(self.stat), self._last
        if now and last:
            used_s, stolen_s = now.used_s - last.used_s, now.stolen_s - last.stolen_s
            recorder.write(Stream.COST, "processors", used_s=round(used_s, 3), stolen_s=round(stolen_s, 3))
        self._last = now
