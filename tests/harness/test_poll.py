"""Waiting tells what it saw."""

from __future__ import annotations

import threading

import pytest

from harness.errors import TimedOutError
from harness.poll import Seen, until


def test_returns_the_first_true_value() -> None:
    """A condition that comes true ends the wait with its value."""
    answers = iter(["", "", "ready"])
    assert until("an answer", lambda: next(answers), within_s=5, every_s=0.001) == "ready"


def test_says_what_was_seen_last() -> None:
    """A wait that runs out names what was awaited, for how long, and what was seen instead."""

    def never() -> bool:
        raise Seen("HTTP 503")

    with pytest.raises(TimedOutError, match=r"waited 0.01 s for redis to answer; last seen: HTTP 503"):
        until("redis to answer", never, within_s=0.01, every_s=0.001)


def test_tries_at_least_once() -> None:
    """A deadline of nothing still looks once."""
    assert until("now", lambda: 1, within_s=0) == 1


def test_an_event_ends_the_wait() -> None:
    """A set stop event ends the wait long before its deadline."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(TimedOutError, match="stopped while waiting"):
        until("nothing", lambda: False, within_s=60, stop=stop)


def test_other_errors_are_not_swallowed() -> None:
    """A condition that is broken, not merely false, is told at once."""
    with pytest.raises(ZeroDivisionError):
        until("a number", lambda: 1 // 0, within_s=60)
