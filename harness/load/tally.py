"""What became of the traffic, in numbers: counts, and histograms from the due time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.histogram import Durations
from harness.load.outcome import Kind, Outcome

COUNTS = ("scheduled", "sent", "completed", "dropped", *(kind.value for kind in Kind))
# More kinds of error than this are a sign of texts that differ each time.
_MOST_ERRORS = 50


class Tally:
    """Counts arrivals and how they ended.

    Latency counts from the due time and takes in acknowledged requests and those given up (which took at
    least so long). Refusals are kept apart: a quick no must not flatter the latency.
    """

    def __init__(self) -> None:
        self.start_s: float | None = None
        self.cpu_share = 0.0
        self.waited_share = 0.0
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.lateness = Durations()
        self.latency = Durations()
        self.refusal = Durations()
        self.parts: dict[str, Durations] = {}

    def began(self, start_s: float) -> None:
        """Note when the schedule began, s since the epoch: due times are counted from it."""
        self.start_s = start_s

    def scheduled(self) -> None:
        """Count an arrival whose time has come."""
        self.counts["scheduled"] += 1

    def dropped(self) -> None:
        """Count an arrival that could not be sent."""
        self.counts["dropped"] += 1
        self._error("dropped: no room in flight")

    def invoke(self, request_id: str, *, due_s: float, to: str, late_s: float) -> None:
        """Count a request that is about to leave.

        Args:
            request_id: its id.
            due_s: when it was due, s since the epoch.
            to: the instance it goes to.
            late_s: how much later than due it leaves; the generator's own fault.
        """
        del request_id, due_s, to
        self.counts["sent"] += 1
        self.lateness.add(late_s)

    def end(self, request_id: str, outcome: Outcome, *, after_s: float, part: str = "") -> None:
        """Count how a request ended, `after_s` seconds after it was due.

        Args:
            request_id: its id.
            outcome: what is known of it.
            after_s: s since it was due.
            part: which part of mixed traffic it belongs to; its latency is also counted apart.
        """
        del request_id
        counts, kind = self.counts, outcome.kind
        if outcome.own_limit:
            counts["sent"] -= 1
            counts["dropped"] += 1
            self._error(outcome.error)
            return
        counts[kind.value] += 1
        if outcome.completed:
            counts["completed"] += 1
        if outcome.error:
            self._error(outcome.error)
        (self.refusal if kind is Kind.FAIL else self.latency).add(after_s)
        if part and kind is not Kind.FAIL:
            self.parts.setdefault(part, Durations()).add(after_s)

    def summary(self) -> Mapping[str, Any]:
        """All of it, as it stands in the last line of the client's stream."""
        return {
            "start_s": self.start_s,
            "cpu_share": round(self.cpu_share, 3),
            "waited_share": round(self.waited_share, 3),
            **{name: self.counts[name] for name in COUNTS},
            "lateness_ms": self.lateness.percentiles_ms(50, 99),
            "latency_ms": self.latency.percentiles_ms(50, 90, 99, 99.9),
            "refusal_ms": self.refusal.percentiles_ms(50, 90, 99, 99.9),
            "histogram": self.latency.encoded(),
            "lateness_histogram": self.lateness.encoded(),
            "refusal_histogram": self.refusal.encoded(),
            "errors": dict(self.errors.most_common()),
            "parts": {
                name: {"count": part.total, "latency_ms": part.percentiles_ms(50, 90, 99, 99.9),
                       "histogram": part.encoded()}
                for name, part in sorted(self.parts.items())
            },
        }  # fmt: skip

    def worked(self, cpu_s: float, waited_s: float, elapsed_s: float) -> None:
        """Note what share of a core the sending took, and what share of the time it waited for one.

        Near 1 the first says that the generator itself is the limit; the second is the machine's doing.
        """
        elapsed_s = max(elapsed_s, 1.0)  # of a shorter time it says nothing
        self.cpu_share, self.waited_share = cpu_s / elapsed_s, waited_s / elapsed_s

    def close(self) -> None:
        """Nothing is kept open here."""

    def _error(self, text: str) -> None:
        known = text[:120]
        if known not in self.errors and len(self.errors) >= _MOST_ERRORS:
            known = "others"
        self.errors[known] += 1


def merged(summaries: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The summary of several generators that shared one schedule.

    Counts add up and histograms are added bucket by bucket: percentiles are never averaged.
    """
    whole = Tally()
    for one in summaries:
        whole.counts.update({name: int(one[name]) for name in COUNTS})
        whole.errors.update(one["errors"])
        for durations, name, encoded in (
            (whole.lateness, "lateness_ms", "lateness_histogram"),
            (whole.latency, "latency_ms", "histogram"),
            (whole.refusal, "refusal_ms", "refusal_histogram"),
        ):
            durations.merge(one[encoded], float(one[name].get("max", 0.0)) / 1e3)
        for name, part in one["parts"].items():
            longest_s = float(part["latency_ms"].get("max", 0.0)) / 1e3
            whole.parts.setdefault(name, Durations()).merge(part["histogram"], longest_s)
    starts = [float(one["start_s"]) for one in summaries if one["start_s"] is not None]
    whole.start_s = min(starts, default=None)
    whole.cpu_share = max((float(one["cpu_share"]) for one in summaries), default=0.0)
    whole.waited_share = max((float(one["waited_share"]) for one in summaries), default=0.0)
    return whole.summary()
