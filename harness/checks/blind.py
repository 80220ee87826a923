"""When nobody evaluated the rules, because that is what was broken: neither alarm nor silence says anything then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from harness.checks.reading import Reader, fault_of
from harness.errors import EvidenceError
from harness.model import Record
from harness.recorded import Stream

# From and until, s since the epoch, and the fault in words.
Blind = tuple[float, float, str]


def blind_windows(
    faults: Iterable[int], sees_within_s: float, record: Record, reader: Reader
) -> tuple[list[Blind], list[str]]:
    """From each fault's begin until every target is scraped again after its heal, and why that is in doubt.

    Args:
        faults: by number in the scenario.
        sees_within_s: the longest that it may take after the confirmed heal, real s.
        record: the run.
        reader: of its evidence.

    Raises:
        EvidenceError: the run has no such fault, or it was not seen to heal.
    """
    found: list[Blind] = []
    doubts: list[str] = []
    numbers = tuple(faults)
    scrapes = _scrapes(reader) if numbers else {}
    for number in numbers:
        fault = fault_of(number, "the silence", record)
        what = f"the {fault.kind} of {fault.target}"
        if fault.confirmed_healed_s is None:
            raise EvidenceError(f"{what} was not seen to heal: it cannot be told from when on somebody looked again")
        healed_s = fault.confirmed_healed_s
        firsts = [min((at for at in times if at >= healed_s), default=inf) for times in scrapes.values()]
        sees_s = max(firsts, default=inf)
        if sees_s - healed_s > sees_within_s:
            doubts.append(f"not every target was scraped within {sees_within_s:.2f} s after {what}: nobody looked")
            sees_s = healed_s
        found.append((fault.asked_s, sees_s, what))
    return found, doubts


def blind_s(from_s: float, until_s: float, blind: Sequence[Blind]) -> float:
    """How much of a stretch of time is blind, s; windows of faults that are on together count once."""
    total, reached_s = 0.0, from_s
    for begin_s, end_s, _ in sorted(blind):
        inside_s = min(end_s, until_s) - max(begin_s, reached_s)
        if inside_s > 0:
            total, reached_s = total + inside_s, end_s
    return total


def _scrapes(reader: Reader) -> dict[str, list[float]]:
    """When each target was scraped, whatever the scrape brought."""
    times: dict[str, list[float]] = {}
    for _, seen in reader.only(Stream.SERIES, "series"):
        labels = seen.data["labels"]
        if labels.get("__name__") == "up":
            target = f"{labels.get('job')}/{labels.get('instance')}"
            times.setdefault(target, []).extend(float(at) for at, _ in seen.data["samples"])
    return times
