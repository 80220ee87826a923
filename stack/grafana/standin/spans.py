"""Durations and rounding as Grafana's gtime package does them."""

import re

_UNIT_MS = {
    "ms": 1.0,
    "s": 1_000.0,
    "m": 60_000.0,
    "h": 3_600_000.0,
    "d": 86_400_000.0,
    "w": 604_800_000.0,
    "M": 2_629_746_000.0,
    "y": 31_556_952_000.0,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")

# Upper bound (exclusive) of a raw interval and what it is rounded to, both in milliseconds.
# Source: Grafana pkg/components/gtime RoundInterval, the same table as @grafana/data rangeutil.
_ROUNDING_MS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500),
    (1_500, 1_000), (3_500, 2_000), (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000),
    (45_000, 30_000), (90_000, 60_000), (210_000, 120_000), (450_000, 300_000), (750_000, 600_000),
    (1_050_000, 900_000), (1_500_000, 1_200_000), (2_700_000, 1_800_000), (5_400_000, 3_600_000),
    (9_000_000, 7_200_000), (16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000),
    (604_800_000, 86_400_000), (1_814_400_000, 604_800_000), (3_628_800_000, 2_592_000_000),
)  # fmt: skip
_YEAR_MS = 31_536_000_000


def parse_ms(text: str) -> int:
    """Milliseconds of a duration such as `15s`, `1h30m`, `1d`; a leading `<`, `>` or `-` is not allowed.

    Raises:
        ValueError: the text is no duration.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration such as 15s or 1h30m")
    return round(sum(float(number) * _UNIT_MS[unit] for number, unit in parts))


def round_ms(interval_ms: float) -> int:
    """The human-friendly interval that a raw one is rounded to."""
    return next((rounded for below, rounded in _ROUNDING_MS if interval_ms < below), _YEAR_MS)


def text(interval_ms: int) -> str:
    """An interval in its largest whole unit, the rest dropped: 90000 is `1m`."""
    for unit in ("y", "d", "h", "m", "s"):
        size_ms = _YEAR_MS if unit == "y" else _UNIT_MS[unit]
        if interval_ms >= size_ms:
            return f"{int(interval_ms // size_ms)}{unit}"
    return f"{max(1, interval_ms)}ms"


def go_text(interval_ms: int) -> str:
    """A duration as Go prints it: 60000 is `1m0s`, 3600000 is `1h0m0s`."""
    if interval_ms < 1_000:
        return f"{interval_ms}ms"
    seconds, rest_ms = divmod(interval_ms, 1_000)
    hours, minutes, seconds = seconds // 3_600, seconds // 60 % 60, seconds % 60
    tail = f"{seconds + rest_ms / 1_000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{tail}"
    return f"{minutes}m{tail}" if minutes else tail
