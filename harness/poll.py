"""Waiting: poll a condition with a deadline; a wait that runs out says what it saw last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from harness.errors import InfrastructureError, TimedOutError
from harness.interrupt import still_wanted

T = TypeVar("T")


class Seen(InfrastructureError):  # noqa: N818 - it carries what was seen instead of what was awaited
    """Raised by a condition that does not hold yet, with what it saw instead."""


def until(
    what: str,
    condition: Callable[[], T | None],
    *,
    within_s: float,
    every_s: float = 0.05,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> T:
    """Poll `condition` until it returns something true.

    Args:
        what: the awaited thing, for the message ("redis to answer PING").
        condition: returns a value, or None/False while it does not hold; may raise `Seen` or OSError
            with what it saw.
        within_s: deadline, s. The condition is tried at least once.
        every_s: pause between tries, s.
        stop: ends the wait early.
        clock: monotonic seconds.

    Raises:
        TimedOutError: the deadline passed or `stop` was set; the message says what was seen last.
        Interrupted: the work was given up elsewhere (`interrupt.give_up`).
    """
    gate = stop or threading.Event()
    deadline = clock() + within_s
    seen = "nothing yet"
    while True:
        still_wanted()
        try:
            value = condition()
            if value:
                return value
            seen = repr(value)
        except (Seen, OSError) as not_yet:
            seen = str(not_yet) or type(not_yet).__name__
        if clock() >= deadline or gate.is_set():
            cause = "stopped while waiting" if gate.is_set() else f"waited {within_s:g} s"
            raise TimedOutError(f"{cause} for {what}; last seen: {seen}")
        gate.wait(every_s)
