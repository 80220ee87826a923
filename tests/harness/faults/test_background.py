"""What acts in the background while a fault is in place."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.faults import background
from harness.poll import until


class _Stack:
    """A stack that has a run id and nothing else."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id


def stack(run_id: str = "one") -> RunningStack:
    """A stack for the registry."""
    return cast("RunningStack", _Stack(run_id))


def test_it_acts_until_it_is_ended(request: pytest.FixtureRequest) -> None:
    """It acts again and again, and not once after its end; ending twice is harmless."""
    acted, fault = [0], request.node.name

    def act() -> None:
        acted[0] += 1

    background.begin(stack(), fault, act, every_s=0.001)
    until("three acts", lambda: background.check(stack(), fault) >= 3, within_s=30, every_s=0.01)
    background.end(stack(), fault)
    background.end(stack(), fault)
    count = acted[0]
    assert not threading.Event().wait(0.02)
    assert acted[0] == count == background.check(stack(), fault)


def test_an_error_ends_it_and_is_kept(request: pytest.FixtureRequest) -> None:
    """The first error is told whenever somebody asks, also after the end; what has to be closed is closed."""
    fault, closed = request.node.name, threading.Event()

    def fail() -> None:
        raise ValueError("the key is gone")

    background.begin(stack(), fault, fail, every_s=0.001, at_end=closed.set)
    assert closed.wait(2)
    for _ in range(2):
        with pytest.raises(
            InfrastructureError, match=rf"{fault} failed while it was in place: ValueError: the key is gone"
        ):
            background.check(stack(), fault)
        background.end(stack(), fault)


def test_one_that_does_not_end_is_told(request: pytest.FixtureRequest) -> None:
    """A step that hangs does not hang the harness: the end is bounded and says so."""
    fault, entered, release = request.node.name, threading.Event(), threading.Event()

    def hang() -> None:
        entered.set()
        release.wait(30)

    background.begin(stack(), fault, hang, every_s=0.001)
    assert entered.wait(30)
    with pytest.raises(InfrastructureError, match=r"still acting 0\.05 s after"):
        background.end(stack(), fault, within_s=0.05)
    release.set()
    background.end(stack(), fault)


def test_faults_and_stacks_are_kept_apart(request: pytest.FixtureRequest) -> None:
    """The same fault on two stacks acts twice; on one stack it may not act twice, but again after its end."""
    fault = request.node.name
    for name in ("one", "two"):
        background.begin(stack(name), fault, lambda: None, every_s=0.01)
    background.end(stack("two"), fault)
    with pytest.raises(InfrastructureError, match="in place already"):
        background.begin(stack("one"), fault, lambda: None, every_s=0.01)
    background.end(stack("one"), fault)
    background.begin(stack("one"), fault, lambda: None, every_s=0.01)
    background.end(stack("one"), fault)


def test_what_never_began_is_no_success(request: pytest.FixtureRequest) -> None:
    """Ending it is harmless; asking for it is an error."""
    background.end(stack(), request.node.name)
    with pytest.raises(InfrastructureError, match="never began to act"):
        background.check(stack(), request.node.name)
