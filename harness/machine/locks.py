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
    with _held(path, what, fcntl.LOCK_EX, within_s):
        yield


@contextmanager
def shared(path: Path, what: str, *, within_s: float) -> Iterator[None]:
    """The same, together with others that share it: only one who wants it for himself is kept out.

    Args:
        path: the lock's file, made if absent and never removed.
        what: what is waited for, for the message.
        within_s: longest wait, s.

    Raises:
        TimedOutError: somebody else held it for himself all the time.
    """
    with _held(path, what, fcntl.LOCK_SH, within_s):
        yield


@contextmanager
def _held(path: Path, what: str, kind: int, within_s: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError as held:
                raise Seen(f"{path} is held by another process") from held
            return True

        until(what, taken, within_s=within_s, every_s=0.1)
        yield  # closing the file frees the lock
