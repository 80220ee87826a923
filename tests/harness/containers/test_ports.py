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


def test_no_port_is_given_twice_while_nobody_listens_on_it_yet() -> None:
    """A stack chooses two dozen at a time and binds them later."""
    given = [ports.lasting_port() for _ in range(500)]
    assert len(set(given)) == 500


def test_where_everything_is_taken_the_error_says_what_was_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is bounded."""

    class Taken:
        def __enter__(self) -> Taken:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def bind(self, _: object) -> None:
            raise OSError("in use")

    monkeypatch.setattr("harness.containers.ports.socket.socket", Taken)
    with pytest.raises(InfrastructureError, match="no free port"):
        ports.lasting_port()
