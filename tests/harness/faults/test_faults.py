"""Each fault takes effect on a real service, heals, and leaves nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from harness.containers.running import RunningStack
from harness.errors import InfrastructureError
from harness.evidence import FolderHistory, Recorder
from harness.faults.base import StackFault
from harness.faults.container import Kill, Pause, Restart, Stop
from harness.faults.inject import injected
from harness.faults.network import CutLink, CutOff, SlowLink
from harness.journal import Journal, left_open
from harness.poll import Seen, until
from harness.recorded import Stream
from tests.harness.faults.conftest import LINK

pytestmark = pytest.mark.containers

PATIENCE_S = 3.0


def ping(stack: RunningStack, service: str = "redis", port: int = 6379) -> float:
    """Seconds until Redis answered a PING, straight or through the link.

    Raises:
        Seen: it did not answer.
    """
    begun = time.monotonic()
    try:
        with socket.create_connection(stack.endpoint(service, port), timeout=PATIENCE_S) as connection:
            connection.sendall(b"PING\r\n")
            if not connection.recv(64).startswith(b"-NOAUTH"):
                raise Seen("no answer of Redis")
    except OSError as silence:
        raise Seen(f"no answer: {silence!r}") from silence
    return time.monotonic() - begun


def straight(stack: RunningStack) -> float:
    """Ping Redis itself."""
    return ping(stack)


def through_link(stack: RunningStack) -> float:
    """Ping Redis through its proxy."""
    return ping(stack, "toxiproxy", LINK.port)


DOWN: list[tuple[StackFault, Callable[[RunningStack], float]]] = [
    (Stop(target="redis"), straight),
    (Kill(target="redis"), straight),
    (Pause(target="redis"), straight),
    (CutOff(target="redis"), through_link),
    (CutLink(target=LINK.name), through_link),
]


@pytest.mark.parametrize(("fault", "reach"), DOWN, ids=[fault.kind for fault, _ in DOWN])
def test_takes_effect_and_heals(
    fault: StackFault,
    reach: Callable[[RunningStack], float],
    stack: RunningStack,
    journal: Journal,
    recorder: Recorder,
) -> None:
    """Traffic flows before, not during, and again after; the undo log ends empty and every step is recorded."""
    reach(stack)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        assert left_open(journal.path) == (f"{fault.kind} {fault.target}",)
        with pytest.raises(Seen):
            reach(stack)
    until("traffic again", lambda: reach(stack), within_s=30)
    assert left_open(journal.path) == ()
    steps = [seen.kind for seen in FolderHistory(folder=recorder.folder).read(Stream.FAULTS)]
    assert steps == ["asked", "confirmed", "healing", "healed", "confirmed_healed"]


def test_a_restart_ends_the_service_and_starts_it(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """After a restart another process answers."""
    before = stack.container("redis").attrs["State"]["Pid"]
    with injected(Restart(target="redis"), 0, stack=stack, journal=journal, recorder=recorder):
        assert stack.container("redis").attrs["State"]["Pid"] != before
    until("an answer", lambda: straight(stack), within_s=30)


def test_a_slow_link_delivers_its_dose(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """200 ms asked for are between 200 and 300 ms measured, and gone after healing.

    The quickest of five: the link delays each of them, and a busy machine some of them.
    """
    fault = SlowLink(target=LINK.name, latency_ms=200)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        assert 0.2 <= min(through_link(stack) for _ in range(5)) <= 0.3
    assert min(through_link(stack) for _ in range(5)) < 0.1


def test_is_mended_when_the_block_fails(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """Whatever goes wrong while a fault is in place, it is mended."""
    with (
        pytest.raises(ZeroDivisionError),
        injected(Pause(target="redis"), 0, stack=stack, journal=journal, recorder=recorder),
    ):
        raise ZeroDivisionError
    straight(stack)


def test_mending_what_is_whole_changes_nothing(stack: RunningStack) -> None:
    """Every undo may run without its fault, and twice."""
    for fault, _ in DOWN:
        fault.mend(stack)
        fault.mend(stack)
    straight(stack)
    through_link(stack)


def test_an_unknown_target_is_named(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """A fault on a service that is not there fails with the names that are."""
    with (
        pytest.raises(InfrastructureError, match="no service 'redsi' runs in this stack; there are redis, toxiproxy"),
        injected(Stop(target="redsi"), 0, stack=stack, journal=journal, recorder=recorder),
    ):
        pytest.fail("the fault was taken for injected")
