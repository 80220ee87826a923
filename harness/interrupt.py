"""Ctrl-C and SIGTERM: the work in hand is broken off, the undoing never is.

Python tells only the main thread of signals. Work in other threads is asked to give up, and notices where it waits.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Shield:
    """How deep the main thread is in work that must not be broken off, and a signal that came meanwhile."""

    depth = 0
    pending: int | None = None


class _Depth(threading.local):
    """The same for every other thread."""

    depth = 0


_own = _Depth()
_given_up = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside the block, the first SIGINT or SIGTERM raises `Interrupted` in the main thread; later ones wait.

    Elsewhere than in the main thread it changes nothing, as Python handles signals only there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _on_signal) for number in SIGNALS}
    _Shield.pending = None
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """Inside the block nothing breaks off this thread; a signal that came is raised at the block's end."""
    if threading.current_thread() is not threading.main_thread():
        _own.depth += 1
        try:
            yield
        finally:
            _own.depth -= 1
        return
    _Shield.depth += 1
    try:
        yield
    finally:
        _Shield.depth -= 1
    _raise_pending()


@contextmanager
def giving_up_together() -> Iterator[None]:
    """Other threads that work for this block can be told to give up with `give_up`; afterwards all is forgotten."""
    try:
        yield
    finally:
        _given_up.clear()


def give_up() -> None:
    """Ask the work in all other threads to break off; their undoing still runs to its end."""
    _given_up.set()


def still_wanted() -> None:
    """Called where a thread waits.

    Raises:
        Interrupted: the work was given up, this is not the main thread, and nothing shields it.
    """
    if _given_up.is_set() and threading.current_thread() is not threading.main_thread() and _own.depth == 0:
        raise Interrupted("given up, as another part of the run was broken off")


def _on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    for later in SIGNALS:
        signal.signal(later, signal.SIG_IGN)  # one request is enough; impatience must not stop the undoing
    _Shield.pending = number
    if _Shield.depth == 0:
        _raise_pending()


def _raise_pending() -> None:
    if _Shield.depth == 0 and _Shield.pending is not None:
        number, _Shield.pending = _Shield.pending, None
        raise Interrupted(f"interrupted by {signal.Signals(number).name}; everything was undone, evidence is kept")
