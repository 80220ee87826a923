"""Time ranges and intervals, rounded as Grafana's browser side rounds them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import UsageError

_UNIT_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "M": 2_629_746_000,
    "y": 31_556_952_000,
}
_YEAR_MS = 31_536_000_000
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")

# Raw interval below this (ms) -> rounded to that (ms). Source: rangeutil of @grafana/data 10.4.0.
_ROUNDING_MS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500),
    (1_500, 1_000), (3_500, 2_000), (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000),
    (45_000, 30_000), (90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000),
    (1_050_000, 900_000), (1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000),
    (9_000_000, 7_200_000), (16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000),
    (604_800_000, 86_400_000), (1_814_400_000, 604_800_000), (3_628_800_000, 2_592_000_000),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time range in milliseconds since the epoch.

    Args:
        from_ms: its start.
        to_ms: its end.
        relative: whether it was said relative to now; only then a panel's own `timeFrom` counts.
    """

    from_ms: int
    to_ms: int
    relative: bool = True

    @property
    def length_ms(self) -> int:
        """How long it is."""
        return self.to_ms - self.from_ms

    def moved_back(self, by_ms: int) -> Span:
        """Both ends earlier by so many milliseconds."""
        return Span(from_ms=self.from_ms - by_ms, to_ms=self.to_ms - by_ms, relative=self.relative)


def parse_duration_ms(text: str) -> int:
    """Milliseconds of `15s`, `1h30m`, `7d`.

    Raises:
        UsageError: the text is no duration.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"{text!r} is not a duration such as 15s or 1h30m.")
    return round(sum(float(number) * _UNIT_MS[unit] for number, unit in parts))


def round_interval_ms(raw_ms: float) -> int:
    """The step of Grafana's ladder that a raw interval is rounded to."""
    return next((rounded for below, rounded in _ROUNDING_MS if raw_ms < below), _YEAR_MS)


def interval_text(interval_ms: int) -> str:
    """An interval in its largest whole unit, the rest dropped: 90000 is `1m`."""
    ladder = (("y", _YEAR_MS), *((unit, _UNIT_MS[unit]) for unit in ("d", "h", "m", "s")))
    for unit, size_ms in ladder:
        if interval_ms >= size_ms:
            return f"{interval_ms // size_ms}{unit}"
    return f"{max(1, interval_ms)}ms"
