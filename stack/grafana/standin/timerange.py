"""The time range of a query request: epoch milliseconds, date math, or a bare duration, always as text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import spans

_STEP = re.compile(r"([+-])(\d+)([smhdwMy])|/([smhdwMy])")
_FIXED = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Two instants in epoch milliseconds, UTC."""

    from_ms: int
    to_ms: int

    @property
    def span_ms(self) -> int:
        """Length of the range."""
        return self.to_ms - self.from_ms


def parse(from_text: str, to_text: str, now: datetime) -> TimeRange:
    """Read both ends. Text that cannot be read becomes 1970-01-01, silently, as in Grafana."""
    return TimeRange(from_ms=_instant(from_text, now, up=False), to_ms=_instant(to_text, now, up=True))


def _instant(text: str, now: datetime, *, up: bool) -> int:
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    try:
        moment = _date_math(text[3:], now, up=up) if text.startswith("now") else _ago(text, now)
    except (ValueError, OverflowError):
        return 0
    return round(moment.timestamp() * 1_000)


def _ago(text: str, now: datetime) -> datetime:
    return now - timedelta(milliseconds=spans.parse_ms(text))


def _date_math(text: str, now: datetime, *, up: bool) -> datetime:
    moment, at = now, 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(f"{text!r} is not date math")
        sign, count, unit, rounding = step.groups()
        moment = _floor(moment, rounding, up=up) if rounding else _shift(moment, int(sign + count), unit)
        at = step.end()
    return moment


def _shift(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _FIXED:
        return moment + timedelta(**{_FIXED[unit]: count})
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "y" else 1)
    day = min(moment.day, 28)  # no month is shorter; a panel that needs the 29th of a shifted month does not exist
    return moment.replace(year=months // 12, month=months % 12 + 1, day=day)


_FLOORS: dict[str, Callable[[datetime], datetime]] = {
    "s": lambda at: at.replace(microsecond=0),
    "m": lambda at: at.replace(second=0, microsecond=0),
    "h": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "d": lambda at: datetime(at.year, at.month, at.day, tzinfo=UTC),
    "w": lambda at: datetime(at.year, at.month, at.day, tzinfo=UTC) - timedelta(days=at.weekday()),
    "M": lambda at: datetime(at.year, at.month, 1, tzinfo=UTC),
    "y": lambda at: datetime(at.year, 1, 1, tzinfo=UTC),
}


def _floor(moment: datetime, unit: str, *, up: bool) -> datetime:
    floor = _FLOORS[unit](moment)
    return _shift(floor, 1, unit) - timedelta(milliseconds=1) if up else floor
