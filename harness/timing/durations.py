"""Prometheus durations ("1h30m", "133ms") to seconds and back, exact to the millisecond."""

from __future__ import annotations

import re

from harness.errors import UsageError

# Years have 365 days and weeks 7, as in Prometheus' own model.Duration.
_UNITS_MS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
_WHOLE = re.compile(DURATION)
_PART = re.compile(r"(\d+)(ms|[smhdwy])")


def looks_like_duration(text: object) -> bool:
    """True for a text such as "15s" that Prometheus would read as a duration."""
    return isinstance(text, str) and _WHOLE.fullmatch(text) is not None


def to_seconds(text: str) -> float:
    """The duration in seconds; "0" is one too.

    Raises:
        UsageError: the text is no Prometheus duration.
    """
    if text == "0":
        return 0.0
    if not looks_like_duration(text):
        raise UsageError(f"{text!r} is no duration such as 15s, 1h30m or 250ms")
    return sum(int(count) * _UNITS_MS[unit] for count, unit in _PART.findall(text)) / 1000


def from_seconds(seconds: float) -> str:
    """The shortest usual text of a duration, rounded to whole milliseconds."""
    left = round(seconds * 1000)
    if left == 0:
        return "0s"
    text = ""
    for unit in ("h", "m", "s", "ms"):
        count, left = divmod(left, _UNITS_MS[unit])
        text += f"{count}{unit}" if count else ""
    return text
