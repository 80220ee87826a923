"""Ends a child process with its parent, however the parent dies, and at the latest after a bound."""

from __future__ import annotations

import os
import time

from gevent import monkey

# A thread of the operating system, which runs however busy or stuck the event loop is. It must not be started
# before gevent patches the process: the patch would then wait for a lock that is never given back.
_start_thread = monkey.get_original("_thread", "start_new_thread")
_select = monkey.get_original("select", "select")


def hold(pipe: int, parent: int, longest_s: float) -> None:
    """Watch the pipe from the parent on a thread of its own.

    The process ends at once when the pipe is closed at its other end, when it is left to another parent, or
    when `longest_s` seconds have passed.

    Args:
        pipe: read end; nothing more is expected on it.
        parent: process id of the parent.
        longest_s: bound of the process's life, s.
    """
    _start_thread(_watch, (pipe, parent, time.monotonic() + longest_s))


def _watch(pipe: int, parent: int, deadline: float) -> None:
    while time.monotonic() < deadline:
        readable, _, _ = _select([pipe], [], [], 0.5)
        if (readable and not os.read(pipe, 4096)) or os.getppid() != parent:
            _end("the harness is gone")
    _end("the bound of its life is reached")


def _end(why: str) -> None:
    os.write(2, f"the load generator ends itself: {why}\n".encode())
    os._exit(4)
