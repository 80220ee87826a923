"""How much of its processors the machine had: a virtual one does without them while its host serves others."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from harness.evidence import Recorder
from harness.recorded import Stream

STAT = Path("/proc/stat")
EVERY_S = 1.0
_USED, _STOLEN = (0, 1, 2, 5, 6), 7  # user, nice, system, irq, softirq; steal


@dataclass(slots=True, kw_only=True)
class ProcessorsProbe:
    """Samples what all processors together did and what the host took; nothing where the system does not tell.

    Source: the line `cpu` of /proc/stat, proc(5), in ticks since the start.
    """

    stat: Path = STAT
    every_s: float = EVERY_S
    name: str = field(default="processors")
    _last: tuple[float, float] | None = None

    def sample(self, recorder: Recorder) -> None:
        """Record both since the sample before, s of one processor."""
        now = self._read()
        if now and self._last:
            used_s, stolen_s = (round(after - before, 3) for before, after in zip(self._last, now, strict=True))
            recorder.write(Stream.COST, "processors", used_s=used_s, stolen_s=stolen_s)
        self._last = now

    def _read(self) -> tuple[float, float] | None:
        try:
            name, *ticks = self.stat.read_text(encoding="ascii").partition("\n")[0].split()
            per_s = os.sysconf("SC_CLK_TCK")
            used_s, stolen_s = sum(int(ticks[at]) for at in _USED) / per_s, int(ticks[_STOLEN]) / per_s
        except (OSError, ValueError, IndexError):
            return None
        return (used_s, stolen_s) if name == "cpu" else None
