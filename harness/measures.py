"""What checks measure, by name: the unit, whether the compressed clock divides it, and which way is worse.

A name stands here once, so that a slip in a check, or in the file of objectives, is an error and no silent gap.
"""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """What the observed value of a finding is; the name ends with its unit.

    Times of alerts, services and leaders are real seconds of the compressed run; `follows_clock` tells which: times
    the time scale they are production seconds.
    """

    PANEL_SLOWEST_S = "panel_slowest_s"  # the slowest load of a panel whose source is up
    PANEL_ERROR_S = "panel_error_s"  # the longest that a panel took to say that its source is down
    PANEL_BACK_S = "panel_back_s"  # from the confirmed heal until a panel is sound again
    TIME_TO_DETECT_S = "time_to_detect_s"  # from the confirmed fault until the alert fires
    TIME_TO_TELL_S = "time_to_tell_s"  # from the confirmed fault until a channel is told
    TIME_TO_RESOLVE_S = "time_to_resolve_s"  # from the confirmed heal until the alert is resolved
    TIME_TO_RECOVER_S = "time_to_recover_s"  # from the last confirmed heal until a service is well for good
    TIME_TO_LEAD_S = "time_to_lead_s"  # from the confirmed fault until another one leads
    LATENESS_P99_MS = "lateness_p99_ms"  # how late requests left the load generator
    LATENCY_P50_MS = "latency_p50_ms"  # answers, counted from when the request was due
    LATENCY_P99_MS = "latency_p99_ms"
    CAPACITY_PER_S = "capacity_per_s"  # the highest rate at which the promises were kept
    MUTATION_SCORE = "mutation_score"  # share of the rule mutants that the unit tests find

    @property
    def follows_clock(self) -> bool:
        """Whether the compressed clock divides it, so that people think of it times the time scale."""
        return self in _COMPRESSED

    @property
    def less_is_worse(self) -> bool:
        """True for what should be high."""
        return self in {Measure.CAPACITY_PER_S, Measure.MUTATION_SCORE}

    @property
    def of_generator(self) -> bool:
        """True for what the load generator says of itself: too much of it doubts the run and not the subject."""
        return self is Measure.LATENESS_P99_MS

    @property
    def unit(self) -> str:
        """The unit, for people; empty for a share."""
        return {"s": "/s" if self.endswith("_per_s") else "s", "ms": "ms"}.get(self.rpartition("_")[2], "")


_COMPRESSED = frozenset(
    {
        Measure.TIME_TO_DETECT_S,
        Measure.TIME_TO_TELL_S,
        Measure.TIME_TO_RESOLVE_S,
        Measure.TIME_TO_RECOVER_S,
        Measure.TIME_TO_LEAD_S,
    }
)
