"""Two timelines of the same run side by side: which alerts fired when, and what differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.checks.alert_log import Standing, runs

Span = tuple[float, float]
_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One series of an alert.

    Args:
        alert, labels: which.
        before, after: its firings in either timeline, first and last evaluation; s after the origin.
        difference: what differs, in words; empty where nothing does.
    """

    alert: str
    labels: Mapping[str, str]
    before: tuple[Span, ...]
    after: tuple[Span, ...]
    difference: str


def compared(
    before: Iterable[Standing],
    after: Iterable[Standing],
    *,
    intervals_s: Mapping[str, float],
    between: Span,
    origin_s: float,
    tolerance: float,
) -> tuple[Row, ...]:
    """A row for each series that fired in either timeline; all times are production s on one clock.

    Args:
        before: the one timeline.
        after: the other.
        intervals_s: how often each alert is evaluated.
        between: what lies outside is left out.
        origin_s: what the rows' times count from.
        tolerance: by how many evaluations a time may be off and count as the same.
    """
    first, second = (_firings(one, intervals_s, between, origin_s) for one in (before, after))
    return tuple(
        _row(key, first.get(key, ()), second.get(key, ()), tolerance * intervals_s.get(key[0], 0.0))
        for key in sorted(first.keys() | second.keys())
    )


def _row(key: _Key, before: tuple[Span, ...], after: tuple[Span, ...], tolerance_s: float) -> Row:
    alert, labels = key
    difference = _difference(before, after, tolerance_s)
    return Row(alert=alert, labels=dict(labels), before=before, after=after, difference=difference)


def _firings(
    standing: Iterable[Standing], intervals_s: Mapping[str, float], between: Span, origin_s: float
) -> dict[_Key, tuple[Span, ...]]:
    times: dict[_Key, set[float]] = defaultdict(set)
    for one in standing:
        if one.state == "firing":
            inside = (at - origin_s for at in one.times_s if between[0] <= at <= between[1])
            times[one.alert, tuple(sorted(one.labels.items()))] |= set(inside)
    found = {key: tuple(runs(sorted(at), intervals_s.get(key[0], 0.0))) for key, at in times.items()}
    return {key: spans for key, spans in found.items() if spans}


def _difference(before: Sequence[Span], after: Sequence[Span], tolerance_s: float) -> str:
    if not after:
        return "does not fire any more"
    if not before:
        return "did not fire before"
    if len(before) != len(after):
        return f"fires {len(after)} times, not {len(before)}"
    words = []
    for (from_s, to_s), (now_from_s, now_to_s) in zip(before, after, strict=True):
        words += _moved("fires", now_from_s - from_s, tolerance_s)
        words += _moved("ends", now_to_s - to_s, tolerance_s)
    return ", ".join(words)


def _moved(what: str, by_s: float, tolerance_s: float) -> list[str]:
    if abs(by_s) <= tolerance_s:
        return []
    return [f"{what} {abs(by_s):.0f} s {'later' if by_s > 0 else 'earlier'}"]
