"""Links whose answers are spoiled, measured by what a client receives."""

from __future__ import annotations

import socket
import time

import pytest

from harness.containers.running import RunningStack
from harness.evidence import Recorder
from harness.faults.base import StackFault
from harness.faults.inject import injected
from harness.faults.toxic import HalfOpenLink, TricklingLink
from harness.journal import Journal
from tests.harness.faults.conftest import LINK

pytestmark = pytest.mark.containers

SILENT_FOR_S, ANSWERS_WITHIN_S = 0.5, 30.0
SAID = b"-NOAUTH Authentication required.\r\n"


def connected(stack: RunningStack) -> socket.socket:
    """A connection through the link."""
    return socket.create_connection(stack.endpoint("toxiproxy", LINK.port), timeout=ANSWERS_WITHIN_S)


def answer(connection: socket.socket) -> bytes:
    """What Redis says to a PING without a login, up to the end of the line; less if it takes too long or ends."""
    connection.sendall(b"PING\r\n")
    heard = b""
    try:
        while not heard.endswith(b"\n") and (more := connection.recv(64)):
            heard += more
    except OSError:
        pass
    return heard


def test_a_half_open_link_accepts_and_never_answers(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """Old and new connections stay open and hear nothing; mended, a new one is answered."""
    with connected(stack) as before:
        assert answer(before).startswith(b"-NOAUTH")
        with injected(HalfOpenLink(target=LINK.name), 0, stack=stack, journal=journal, recorder=recorder):
            for connection in (before, during := connected(stack)):
                connection.sendall(b"PING\r\n")
                connection.settimeout(SILENT_FOR_S)
                with pytest.raises(TimeoutError):
                    connection.recv(64)
                connection.settimeout(ANSWERS_WITHIN_S)
        assert during.recv(64) == b"", "who was swallowed is told, and does not wait for ever"
        during.close()
    with connected(stack) as after:
        assert answer(after).startswith(b"-NOAUTH")


def test_a_trickling_link_delivers_its_dose(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """35 bytes at 50 a second take 0.7 s and arrive one by one; mended, they come at once.

    The quickest of three: the link delays each of them, and a busy machine some of them.
    """
    length = len(SAID)
    fault = TricklingLink(target=LINK.name, bytes_per_s=50)
    with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
        took_s = min(answered_in_s(stack) for _ in range(3))
        assert length / 50 <= took_s + 1 / 50 <= 1.3 * length / 50 + 0.2
    assert min(answered_in_s(stack) for _ in range(3)) < 0.1


def answered_in_s(stack: RunningStack) -> float:
    """Seconds until the whole answer was there."""
    with connected(stack) as connection:
        begun = time.monotonic()
        assert answer(connection) == SAID
        return time.monotonic() - begun


@pytest.mark.parametrize("fault", [HalfOpenLink(target=LINK.name), TricklingLink(target=LINK.name, bytes_per_s=1)])
def test_mending_what_is_whole_changes_nothing(fault: StackFault, stack: RunningStack) -> None:
    """Every undo may run without its fault, and leaves open connections alone."""
    with connected(stack) as open_one:
        fault.mend(stack)
        fault.mend(stack)
        assert answer(open_one).startswith(b"-NOAUTH")
