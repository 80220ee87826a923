"""The story of a few ids: every line of the history that speaks of them, and which fault was on."""

from __future__ import annotations

from collections.abc import Collection

from harness.checks.reading import Reader, fault_at
from harness.model import Observation, Record, Stream

_LINES_AT_MOST = 40


def stories(record: Record, ids: Collection[str]) -> str:
    """What the client and the databases say of these ids, in the order of the history.

    Args:
        record: the record.
        ids: few of them; each line costs a line of text.
    """
    wanted = set(ids)
    reader = Reader(record.history)
    lines: list[str] = []
    for stream in (Stream.CLIENT, Stream.FINAL):
        for place, seen in reader.numbered(stream):
            speaks_of = wanted & {str(seen.data.get("id")), str(seen.data.get("effect_id"))}
            if speaks_of and len(lines) < _LINES_AT_MOST:
                lines.append(f"{place}: {_line(record, seen)}")
    return "\n".join(lines)


def _line(record: Record, seen: Observation) -> str:
    happened_s = seen.data.get("at_s", seen.wall_s if "to" in seen.data or "ms" in seen.data else None)
    fields = " ".join(f"{key}={value}" for key, value in seen.data.items() if key not in {"due_s", "at_s"})
    if happened_s is None:
        return f"{seen.kind} {fields}"
    return f"{seen.kind} {fields} at {float(happened_s):.3f}, with {fault_at(record, float(happened_s))} on"
