"""The bracket around every fault: written down, struck, seen, held, mended, seen to be healed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import docker.errors

from harness.containers.running import RunningStack
from harness.errors import HarnessError, InfrastructureError
from harness.evidence import Recorder
from harness.faults.base import StackFault
from harness.interrupt import shielded
from harness.journal import Journal
from harness.poll import until
from harness.recorded import Stream

EFFECT_WITHIN_S = 15.0
HEALED_WITHIN_S = 30.0

T = TypeVar("T")


@contextmanager
def injected(
    fault: StackFault, number: int, *, stack: RunningStack, journal: Journal, recorder: Recorder
) -> Iterator[None]:
    """The fault is in place inside the block and is mended when the block ends, whatever happens.

    Args:
        fault: what breaks.
        number: its number in the scenario, for the evidence.
        stack: where it breaks.
        journal: where its undo is written down first.
        recorder: where its steps are recorded.

    Raises:
        InfrastructureError: it could not be struck, or showed no effect or no healing in time.
    """
    note = Note(fault, number, recorder)
    entry = journal.about_to(
        f"{fault.kind} {fault.target}", lambda: fault.mend(stack), fault_kind=fault.kind, target=fault.target
    )
    try:
        note("asked", f"{fault.kind} {fault.target}")
        step(note, "failed", lambda: fault.strike(stack))
        seen = step(
            note,
            "failed",
            lambda: until(
                f"{fault.kind} of {fault.target} to take effect",
                lambda: fault.effect(stack),
                within_s=EFFECT_WITHIN_S,
                every_s=0.02,
            ),
        )
        note("confirmed", seen)
        yield
    finally:
        with shielded():
            mend(fault, entry, note, journal)
            see_healed(fault, note, stack)


def mend(fault: StackFault, entry: int, note: Note, journal: Journal) -> None:
    """Mend a fault by its entry in the undo log.

    Raises:
        InfrastructureError: it could not be mended.
    """
    with suppress(OSError):  # a full disk must not keep a fault in place
        note("healing", f"{fault.kind} {fault.target}")
    step(note, "undo_failed", lambda: journal.undo(entry))
    note("healed", f"{fault.kind} {fault.target}")


def see_healed(fault: StackFault, note: Note, stack: RunningStack) -> None:
    """Wait until what was mended works again.

    Raises:
        InfrastructureError: it was not seen to in time.
    """
    wait = lambda: until(  # noqa: E731 - one step of three
        f"{fault.target} to heal", lambda: fault.healed(stack), within_s=HEALED_WITHIN_S, every_s=0.02
    )
    note("confirmed_healed", step(note, "undo_failed", wait))


class Note:
    """Writes the steps of one fault to the evidence."""

    def __init__(self, fault: StackFault, number: int, recorder: Recorder) -> None:
        self._facts = {"fault": number, "fault_kind": fault.kind, "target": fault.target}
        self._recorder = recorder

    def __call__(self, kind: str, detail: str) -> None:
        """Write that the fault came to this step."""
        self._recorder.write(Stream.FAULTS, kind, **self._facts, detail=detail)


def step(note: Note, on_error: str, act: Callable[[], T]) -> T:
    """One step of a fault; its error becomes evidence.

    Raises:
        InfrastructureError: it did not work.
    """
    try:
        return act()
    except (HarnessError, docker.errors.DockerException, OSError) as problem:
        note(on_error, str(problem))
        raise InfrastructureError(str(problem)) from problem
