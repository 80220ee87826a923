"""What goes on acting while a fault is in place: one thread a fault, whose errors are kept until somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError

ENDS_WITHIN_S = 10.0


@dataclass(slots=True)
class _Actor:
    """A thread that acts again and again until it is told to end or fails."""

    name: str
    act: Callable[[], None]
    every_s: float
    at_end: Callable[[], None]
    problem: str = ""
    acted: int = 0
    end: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # A daemon: a harness that is on its way out must not wait for a fault.
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def _run(self) -> None:
        try:
            while not self.end.is_set():
                self.act()
                self.acted += 1
                self.end.wait(self.every_s)
        except Exception as failed:  # whatever it is, the fault is not what it says any more: it is told
            self.problem = f"{type(failed).__name__}: {failed}"
        finally:
            self.at_end()


_ACTORS: dict[tuple[str, Hashable], _Actor] = {}
_LOCK = threading.Lock()


def begin(
    stack: RunningStack,
    fault: Hashable,
    act: Callable[[], None],
    *,
    every_s: float,
    at_end: Callable[[], None] = lambda: None,
) -> None:
    """Let `act` run now and `every_s` seconds after each time, until `end`. Its first error ends it for good.

    Args:
        stack: where it acts.
        fault: what it belongs to.
        act: one step, bounded in time by itself.
        every_s: real seconds between the steps.
        at_end: called when it ends, whatever the reason, as to close a connection.

    Raises:
        InfrastructureError: the same fault is acting already.
    """
    actor = _Actor(name=f"{type(fault).__name__} {stack.run_id}", act=act, every_s=every_s, at_end=at_end)
    with _LOCK:
        before = _ACTORS.get((stack.run_id, fault))
        if before is not None and before.thread.is_alive():
            raise InfrastructureError(f"{fault} is in place already")
        _ACTORS[stack.run_id, fault] = actor
    actor.thread.start()


def end(stack: RunningStack, fault: Hashable, *, within_s: float = ENDS_WITHIN_S) -> None:
    """Let it act no more; nothing happens if it never did or has ended.

    Raises:
        InfrastructureError: it is still busy after `within_s` seconds.
    """
    actor = _ACTORS.get((stack.run_id, fault))
    if actor is None:
        return
    actor.end.set()
    actor.thread.join(within_s)
    if actor.thread.is_alive():
        raise InfrastructureError(f"{fault} is still acting {within_s:g} s after it was told to end")


def check(stack: RunningStack, fault: Hashable) -> int:
    """How often it has acted; it may have ended, but not failed.

    Raises:
        InfrastructureError: it failed or never began; with the error.
    """
    actor = _ACTORS.get((stack.run_id, fault))
    if actor is None:
        raise InfrastructureError(f"{fault} never began to act")
    if actor.problem:
        raise InfrastructureError(f"{fault} failed while it was in place: {actor.problem}")
    return actor.acted
