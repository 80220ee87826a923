"""Locks between processes of this machine, each a file; one held by a process that died is free again."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.poll import Seen, until


@contextmanager
def exclusive(path: Path, what: str, *, within_s: float) -> Iterator[None]:
    """Hold the lock while the block runs; other processes and threads wait for it.

    Args:
        path: the lock's file, made if absent and never removed.
        what: what is waited for, for the message.
        within_s: longest wait, s.

    Raises:
        TimedOutError: somebody else held it all the time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                raise Seen(f"{path} is held by another process") from held
            return True

        until(what, taken, within_s=within_s, every_s=0.1)
        yield  # closing the file frees the lock
