"""What a load measured, as a value for scripts and in words for people; and whether it measured anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.errors import ExitCode

LATENESS: Final = ("p50", "p99", "max")
LATENCY: Final = ("p50", "p90", "p99", "p999", "max")
MEASURED, UNKNOWN = "MEASURED", "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One load and what came of it.

    Args:
        summary: what the generator wrote.
        asked: what was asked for: profile, target, schedule, seed and so on.
        most_late_ms: the latest that the 99th percentile may leave after it was due.
        interrupted: True when it was ended early.
    """

    summary: Mapping[str, Any]
    asked: Mapping[str, Any]
    most_late_ms: float
    interrupted: bool = False

    @property
    def late_p99_ms(self) -> float | None:
        """How late the 99th percentile left; None when nothing did."""
        value = self.summary["lateness_ms"].get("p99")
        return None if value is None else float(value)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why nothing may be concluded from the figures; none for a sound measurement."""
        return tuple(self._doubts())

    @property
    def exit_code(self) -> ExitCode:
        """0 measured, 3 unknown, 130 interrupted."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.UNKNOWN if self.doubts else ExitCode.PASS

    def as_json(self) -> Mapping[str, Any]:
        """For scripts; the percentiles are there even when nothing was counted, as null."""
        summary = self.summary
        return {
            "verdict": UNKNOWN if self.doubts else MEASURED,
            "why": list(self.doubts),
            "interrupted": self.interrupted,
            **{name: summary[name] for name in ("scheduled", "sent", "completed", "dropped", "ok", "fail", "info")},
            "lateness_ms": {name: summary["lateness_ms"].get(name) for name in LATENESS},
            "latency_ms": {name: summary["latency_ms"].get(name) for name in LATENCY},
            "refusal_ms": {name: summary["refusal_ms"].get(name) for name in LATENCY},
            "errors": summary["errors"],
            "parts": summary["parts"],
            "cpu_share": summary["cpu_share"],
            "waited_share": summary["waited_share"],
            "most_late_ms": self.most_late_ms,
            "start_s": summary["start_s"],
            "asked": dict(self.asked),
            "histogram": summary["histogram"],
            "lateness_histogram": summary["lateness_histogram"],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        one = self.summary
        counts = ", ".join(f"{name} {one[name]}" for name in ("scheduled", "sent", "completed", "dropped"))
        yield (f"{counts}; accepted {one['ok']}, refused {one['fail']}, unknown {one['info']}")
        yield f"latency from the due time, ms:  {_percentiles(one['latency_ms'], LATENCY)}"
        for name, part in one["parts"].items():
            yield f"  {name} ({part['count']}):  {_percentiles(part['latency_ms'], LATENCY)}"
        if one["refusal_ms"]:
            yield f"refusals, kept apart, ms:  {_percentiles(one['refusal_ms'], LATENCY)}"
        late = _percentiles(one["lateness_ms"], LATENESS)
        used = f"{one['cpu_share']:.0%} of a core, waited for one {one['waited_share']:.0%} of the time"
        yield f"lateness of the generator, ms:  {late}; {used}"
        for error, count in list(one["errors"].items())[:10]:
            yield f"  {count} x {error}"
        if self.interrupted:
            yield "interrupted: these are the figures until then"
        yield f"{UNKNOWN}: {'; '.join(self.doubts)}" if self.doubts else MEASURED

    def _doubts(self) -> Iterator[str]:
        one, late_ms = self.summary, self.late_p99_ms
        if late_ms is not None and late_ms > self.most_late_ms:
            yield (
                f"the generator could not keep up: the 99th percentile left {late_ms:g} ms after it was due, "
                f"{self.most_late_ms:g} ms are allowed"
            )
        if one["dropped"]:
            yield f"the generator dropped {one['dropped']} requests of its own accord"
        if one["scheduled"] != one["sent"] + one["dropped"]:
            yield f"of {one['scheduled']} requests that were due only {one['sent'] + one['dropped']} are accounted for"
        if not one["completed"]:
            yield "not one request was answered, so there is no latency"


def _percentiles(values: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {values[name]:.4g}" for name in names if values.get(name) is not None) or "none"
