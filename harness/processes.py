"""What the system tells of its processes: who is whose child, since when, and how long each has computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process.

    Source: /proc/PID/stat, fields 1 to 4, 14 to 17 and 22 of proc(5).

    Args:
        pid: its number.
        parent: its parent's.
        name: of its program, 15 characters at most.
        state: one letter; Z has ended and nobody has asked for its exit code yet.
        own_ticks: what it has computed itself, ticks of a processor.
        children_ticks: what those of its children have that ended and were waited for, and theirs.
        started_ticks: since the system's start.
    """

    pid: int
    parent: int
    name: str
    state: str
    own_ticks: int
    children_ticks: int
    started_ticks: int


def process(pid: int, proc: Path = PROC) -> Process | None:
    """A process by its number; None where there is none, or where its line is not of the known shape."""
    try:
        # The name comes in brackets and may itself hold brackets and blanks.
        before, _, after = (proc / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")
        fields = after.split()
        used = [int(ticks) for ticks in fields[11:15]]
        return Process(
            pid=pid,
            parent=int(fields[1]),
            name=before.partition("(")[2],
            state=fields[0],
            own_ticks=sum(used[:2]),
            children_ticks=sum(used[2:]),
            started_ticks=int(fields[19]),
        )
    except (OSError, ValueError, IndexError):
        return None


def processes(proc: Path = PROC) -> Iterator[Process]:
    """All that can be seen; none where the system does not tell."""
    try:
        numbers = [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()]
    except OSError:
        return
    for number in numbers:
        if found := process(number, proc):
            yield found
