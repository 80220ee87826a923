"""A process that has to be on time goes first, where it may, and knows how long it had to wait all the same."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_NICE = -10


def go_first() -> None:
    """Raise the priority of this process and, on Linux, of its session.

    On cores shared with the whole stack a schedule would slip whenever the stack is busy, most of all under a fault. It
    uses little time, so going first costs the others next to nothing. Where it is not allowed, lateness says what it
    costs.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
        # Linux may schedule by session first, by process second; this is the session's own.
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def waited_s() -> float:
    """How long this process was ready to run and waited for a processor, s; 0 where the system does not tell.

    Source: /proc/PID/schedstat, second figure, ns (Documentation/scheduler/sched-stats.rst of Linux); of the main
    thread, on which a generator sends.
    """
    try:
        return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
