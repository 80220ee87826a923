"""How long a fault stays: for a time, until somebody was told, or until an alert waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Signs(Protocol):
    """What has been seen since the faults were struck."""

    def notified(self, alert: str) -> bool:
        """A firing notification of the alert was received on each of its channels."""
        ...

    def pending(self, alert: str) -> bool:
        """The alert stands pending or firing now, and has only since."""
        ...


class Hold(Protocol):
    """Decides when a fault has been in place for long enough."""

    def at_most_s(self, time_scale: float) -> float:
        """Upper bound of the hold, real s."""
        ...

    def over(self, held_s: float, time_scale: float, signs: Signs) -> bool:
        """True once the fault may be healed.

        Args:
            held_s: real seconds since its effect was confirmed.
            time_scale: k.
            signs: what has been seen since.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class For:
    """For a number of production seconds."""

    production_s: float

    def at_most_s(self, time_scale: float) -> float:
        """Upper bound of the hold, real s."""
        return self.production_s / time_scale

    def over(self, held_s: float, time_scale: float, signs: Signs) -> bool:
        """True once the time is up."""
        del signs
        return held_s >= self.at_most_s(time_scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNotified:
    """Until firing notifications of `alert` and of those in `also` were received, within bounds of production s."""

    alert: str
    also: tuple[str, ...] = ()
    at_least_production_s: float = 0.0
    at_most_production_s: float = 900.0

    def at_most_s(self, time_scale: float) -> float:
        """Upper bound of the hold, real s."""
        return self.at_most_production_s / time_scale

    def over(self, held_s: float, time_scale: float, signs: Signs) -> bool:
        """True once the notifications came or the bound passed (the alert's check then says so)."""
        told = all(signs.notified(alert) for alert in (self.alert, *self.also))
        return (told and held_s >= self.at_least_production_s / time_scale) or held_s >= self.at_most_s(time_scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilPending:
    """Until the alert is seen to wait, the shortest dose that surely is one, within bounds of production seconds.

    What else is judged of the time with the fault may need more of it than the condition needs to show.
    """

    alert: str
    at_least_production_s: float = 0.0
    at_most_production_s: float = 300.0

    def at_most_s(self, time_scale: float) -> float:
        """Upper bound of the hold, real s."""
        return self.at_most_production_s / time_scale

    def over(self, held_s: float, time_scale: float, signs: Signs) -> bool:
        """True once it is pending, or the bound passed (the silence's check then says so)."""
        long_enough = held_s >= self.at_least_production_s / time_scale
        return (long_enough and signs.pending(self.alert)) or held_s >= self.at_most_s(time_scale)
