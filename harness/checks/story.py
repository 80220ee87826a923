"""The story of a few ids: every line of the history that speaks of them, and which fault was on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from harness.checks.reading import Reader, fault_at
from harness.model import Observation, Record, Stream

_LINES_AT_MOST = 40


def stories(record: Record, ids: Collection[str]) -> dict[str, list[str]]:
    """What the client and the databases say of each of these ids, in the order of the history.

    Args:
        record: the record.
        ids: few of them; their lines are kept. Without any the history is not read again.
    """
    wanted, reader = frozenset(ids), Reader(record.history)
    lines: dict[str, list[str]] = defaultdict(list)
    for stream in (Stream.CLIENT, Stream.FINAL) if wanted else ():
        for place, seen in reader.numbered(stream):
            one = seen.data.get("id")
            if one in wanted and len(lines[one]) < _LINES_AT_MOST:
                lines[one].append(f"{place}: {_line(record, seen)}")
    return lines


def _line(record: Record, seen: Observation) -> str:
    happened_s = seen.data.get("at_s", seen.wall_s if "to" in seen.data or "ms" in seen.data else None)
    fields = " ".join(f"{key}={value}" for key, value in seen.data.items() if key not in {"due_s", "at_s"})
    if happened_s is None:
        return f"{seen.kind} {fields}"
    return f"{seen.kind} {fields} at {float(happened_s):.3f}, with {fault_at(record, float(happened_s))} on"
