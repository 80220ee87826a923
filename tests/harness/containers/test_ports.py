"""Ports that stay with a container."""

from __future__ import annotations

import socket

import pytest

from harness.containers import ports
from harness.errors import InfrastructureError


def test_a_lasting_port_is_free_and_never_given_to_outgoing_connections() -> None:
    """It lies below the range from which the kernel takes ports, and can be bound."""
    port = ports.lasting_port()
    assert 1024 <= port < int(ports.RANGE_FILE.read_text(encoding="ascii").split()[0])
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", port))


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the only port of the range taken the error says which range was searched."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr("harness.containers.ports.random.randint", lambda low, high: port)
        with pytest.raises(InfrastructureError, match="no free port"):
            ports.lasting_port()
