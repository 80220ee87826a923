"""Work in a thread that does not keep the process alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_background(work: Callable[[], T]) -> Future[T]:
    """Start `work` in a thread of its own; an interrupted program may end without waiting for it.

    The standard thread pool is joined when the interpreter ends, however long its work still takes.

    Args:
        work: what to do.

    Returns:
        its result, or what it raised, in time.
    """
    promised: Future[T] = Future()

    def run() -> None:
        try:
            promised.set_result(work())
        except BaseException as error:
            promised.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return promised
