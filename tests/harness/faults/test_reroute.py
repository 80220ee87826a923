"""A link that leads to another server."""

from __future__ import annotations

import socket

import pytest

from harness.containers.running import RunningStack
from harness.evidence import Recorder
from harness.faults.inject import injected
from harness.faults.reroute import Reroute
from harness.journal import Journal
from tests.harness.faults.conftest import LINK

pytestmark = pytest.mark.containers


def heard(connection: socket.socket, say: bytes) -> bytes:
    """What the other end answers; nothing if it is closed."""
    try:
        connection.sendall(say)
        return connection.recv(64)
    except OSError:
        return b""


def test_it_leads_astray_and_home(stack: RunningStack, journal: Journal, recorder: Recorder) -> None:
    """Who was connected is cut off, who connects reaches the other server, and afterwards Redis again."""
    fault = Reroute(target=LINK.name, upstream="127.0.0.1:8474")  # Toxiproxy's own API, from inside its container
    address = stack.endpoint("toxiproxy", LINK.port)
    with socket.create_connection(address, timeout=2) as before:
        assert heard(before, b"PING\r\n").startswith(b"-NOAUTH")
        with injected(fault, 0, stack=stack, journal=journal, recorder=recorder):
            assert heard(before, b"PING\r\n") == b""
            with socket.create_connection(address, timeout=2) as astray:
                assert heard(astray, b"GET /version HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.")
    with socket.create_connection(address, timeout=2) as after:
        assert heard(after, b"PING\r\n").startswith(b"-NOAUTH")


def test_mending_leaves_other_connections_alone(stack: RunningStack) -> None:
    """A link that leads home keeps its connections when it is mended once more."""
    with socket.create_connection(stack.endpoint("toxiproxy", LINK.port), timeout=2) as connected:
        Reroute(target=LINK.name, upstream="127.0.0.1:8474").mend(stack)
        assert heard(connected, b"PING\r\n").startswith(b"-NOAUTH")
