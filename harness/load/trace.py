"""Due times that were recorded: a list of seconds, or the client's stream of a run."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path

from harness.errors import UsageError

_MOST_LINES = 5_000_000


@functools.lru_cache(maxsize=4)
def trace_times(path: Path) -> tuple[float, ...]:
    """Due times, s after the first one, growing.

    Args:
        path: one number of seconds a line (since the epoch or any other moment), or the `client.jsonl` of a run.
            Empty lines and those that begin with # say nothing.

    Raises:
        UsageError: it cannot be read, holds no time, or one that is no number; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"the trace {path} cannot be read: {problem}") from problem
    if len(lines) > _MOST_LINES:
        raise UsageError(f"the trace {path} has {len(lines)} lines; at most {_MOST_LINES} are read")
    times_s = sorted(at_s for number, line in enumerate(lines, start=1) for at_s in _times(path, number, line.strip()))
    if not times_s:
        raise UsageError(f"the trace {path} holds no due time")
    return tuple(at_s - times_s[0] for at_s in times_s)


def _times(path: Path, number: int, line: str) -> tuple[float, ...]:
    """None or one."""
    if not line or line.startswith("#"):
        return ()
    try:
        if line.startswith("{"):
            seen = json.loads(line)
            if seen["kind"] != "invoke":
                return ()
            at_s = float(seen["due_s"])
        else:
            at_s = float(line)
        if not math.isfinite(at_s):
            raise ValueError("a time is finite")
    except (ValueError, KeyError, TypeError) as wrong:
        raise UsageError(f"the trace {path}, line {number}, holds no due time: {line[:80]!r}") from wrong
    return (at_s,)
