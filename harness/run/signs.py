"""What was seen of alerts since an act's faults were asked for: what holds wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.probes.prometheus import active_since
from harness.run.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSince:
    """Signs for the holds of one act.

    Args:
        watch: the run's probes.
        asked_s: what was told before this wall time does not count.
        channels: those that have to be told, by alert.
    """

    watch: Watch
    asked_s: float
    channels: Mapping[str, tuple[str, ...]]

    def notified(self, alert: str) -> bool:
        """A firing notification of the alert was received on each of its channels."""
        return self.watch.was_told(alert, since_s=self.asked_s, channels=self.channels.get(alert, ()))

    def pending(self, alert: str) -> bool:
        """The alert stands pending or firing now, and has only since."""
        return any(since_s >= self.asked_s for since_s in active_since(self.watch.prometheus.rules(), alert))
