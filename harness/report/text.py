"""Text fit for a page: cut to length, freed of control characters, times and numbers as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Control characters, lone surrogates and the two non-characters: neither XML nor UTF-8 can carry them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with everything that XML or UTF-8 cannot carry replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def cut(text: str, longest: int) -> str:
    """The text, ended with an ellipsis where it is longer than `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def iso_ms(wall_s: float) -> str:
    """ISO-8601 in UTC with milliseconds, of s since the epoch."""
    moment = _EPOCH + timedelta(milliseconds=round(wall_s * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wall_s(iso: str) -> float:
    """Seconds since the epoch, of ISO-8601 with an offset.

    Raises:
        ValueError: it is no time, or has no offset.
    """
    moment = datetime.fromisoformat(iso)
    if moment.tzinfo is None:
        raise ValueError(f"{iso!r} names no time zone")
    return round((moment - _EPOCH) / timedelta(milliseconds=1)) / 1000


def clock(wall_s: float) -> str:
    """The time of day in UTC, for example 01:19:04.2, of s since the epoch."""
    try:
        moment = _EPOCH + timedelta(milliseconds=round(wall_s * 1000))
    except (OverflowError, ValueError):
        return "?"
    return moment.strftime("%H:%M:%S.") + str(moment.microsecond // 100_000)


def length(duration_s: float) -> str:
    """A duration as people say it: 0.4 s, 38 s, 5 min 12 s, 2 h 3 min."""
    if not 0 <= duration_s < 1e9:
        return "?"
    if duration_s < 10:
        return f"{duration_s:.1f} s"
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def number(value: float | str | None) -> str:
    """A figure with at most four significant digits; text as it is; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e15 else f"{value:.4g}"


def counted(amount: int, noun: str) -> str:
    """An amount with its noun: 1 finding, 3 findings."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def listed(words: tuple[str, ...]) -> str:
    """Words in a row: a, b and c."""
    return " and ".join(part for part in (", ".join(words[:-1]), "".join(words[-1:])) if part)
