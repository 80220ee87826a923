"""Ctrl-C and SIGTERM break off the work, never the undoing."""

from __future__ import annotations

import os
import signal

import pytest

from harness.errors import Interrupted
from harness.interrupt import interruptible, shielded


def signalled(number: signal.Signals) -> None:
    """Work during which a signal comes."""
    with interruptible():
        os.kill(os.getpid(), number)
        pytest.fail("the work went on")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_work_is_broken_off(number: signal.Signals) -> None:
    """The first signal raises in the main thread and names itself."""
    with pytest.raises(Interrupted, match=number.name):
        signalled(number)


def signalled_while_undoing(done: list[str]) -> None:
    """A signal comes in the middle of work that is shielded twice over."""
    with interruptible():
        with shielded():
            os.kill(os.getpid(), signal.SIGTERM)
            with shielded():
                done.append("inner")
            done.append("outer")
        done.append("never")


def test_the_undoing_runs_to_its_end() -> None:
    """A signal during the undoing waits for its end, and is told then."""
    done: list[str] = []
    with pytest.raises(Interrupted):
        signalled_while_undoing(done)
    assert done == ["inner", "outer"]


def signalled_again_and_again(done: list[str]) -> None:
    """Further signals come while the first one is being dealt with."""
    with interruptible():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("undone")


def test_impatience_does_not_stop_the_undoing() -> None:
    """Further signals while the first one is being dealt with are ignored."""
    done: list[str] = []
    with pytest.raises(Interrupted):
        signalled_again_and_again(done)
    assert done == ["undone"]


def test_handlers_are_put_back() -> None:
    """Outside the block the former handlers are in force again."""
    before = signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
