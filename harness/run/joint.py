"""One run folder that several processes work for: each joins it, one of them ends it with one report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from harness.containers.sweep import sweep
from harness.errors import HarnessError, InfrastructureError
from harness.evidence import RUN_FILE, read_json, write_json
from harness.machine.engine import client
from harness.machine.locks import exclusive, shared
from harness.results import GateReport
from harness.run.campaign import JOINING, concluded

ROOM_WITHIN_S = 600.0  # scenarios with viewers, one after another, before it is this one's turn
TURN, ROOM = "turn.lock", "room.lock"


@contextmanager
def room(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait until a scenario may run beside those that run now.

    Scenarios with viewers or heavy load run alone, as what is measured beside another stack says nothing of them
    (docs/decisions/lanes.md). Whoever waits keeps the turn, so that later ones cannot overtake for ever.

    Args:
        folder: of the run.
        alone: nobody else may run meanwhile.

    Raises:
        TimedOutError: the others took too long.
    """
    with ExitStack() as held:
        with exclusive(folder / TURN, "this scenario's turn", within_s=ROOM_WITHIN_S):
            lock = exclusive if alone else shared
            held.enter_context(lock(folder / ROOM, "the scenarios beside it to end", within_s=ROOM_WITHIN_S))
        yield


def finish(folder: Path, *, lost: bool) -> GateReport | None:
    """Judge and report what all processes left; None where none of them came so far as to make the run.

    A scenario whose process died has no seal, and one that nobody came to has no folder: both are UNKNOWN.

    Args:
        folder: of the run.
        lost: a process died; what it left on the engine is removed.

    Raises:
        EvidenceError: `run.json` is damaged.
        InfrastructureError: the report cannot be written.
    """
    if lost:
        with suppress(HarnessError):
            sweep(client())
    for name in (JOINING, TURN, ROOM):
        (folder / name).unlink(missing_ok=True)
    if not (folder / RUN_FILE).is_file():
        return None
    run = read_json(folder / RUN_FILE)
    try:
        begun_s = datetime.fromisoformat(run["started_at"]).timestamp()
        write_json(folder / RUN_FILE, {**run, "duration_s": round(time.time() - begun_s, 3)})
    except OSError as problem:
        raise InfrastructureError(f"{folder / RUN_FILE} cannot be written: {problem}") from problem
    return concluded(folder)
