"""Ctrl-C and SIGTERM break off the work, never the undoing."""

from __future__ import annotations

import os
import signal

import pytest

from harness.errors import Interrupted
from harness.interrupt import interruptible, shielded


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_work_is_broken_off(number: signal.Signals) -> None:
    """The first signal raises in the main thread and names itself."""
    with pytest.raises(Interrupted, match=number.name), interruptible():
        os.kill(os.getpid(), number)
        pytest.fail("the work went on")


def test_the_undoing_runs_to_its_end() -> None:
    """A signal during the undoing waits for its end, and is told then."""
    done = []
    with pytest.raises(Interrupted), interruptible():
        with shielded():
            os.kill(os.getpid(), signal.SIGTERM)
            with shielded():
                done.append("inner")
            done.append("outer")
        done.append("never")
    assert done == ["inner", "outer"]


def test_impatience_does_not_stop_the_undoing() -> None:
    """Further signals while the first one is being dealt with are ignored."""
    done = []
    with pytest.raises(Interrupted), interruptible():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("undone")
    assert done == ["undone"]


def test_handlers_are_put_back() -> None:
    """Outside the block the former handlers are in force again."""
    before = signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
