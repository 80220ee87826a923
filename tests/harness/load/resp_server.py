"""A small Redis on loopback that says OK to everything, or what it is told to say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Redis:
    """The running server, and every command that reached it."""

    url: str
    answers: dict[str, bytes]
    commands: list[tuple[str, ...]] = field(default_factory=list)
    connections: int = 0

    def said(self, *names: str) -> list[tuple[str, ...]]:
        """The commands of these names."""
        return [command for command in list(self.commands) if command[0] in names]


@contextmanager
def redis_serving(answers: dict[str, bytes] | None = None) -> Iterator[Redis]:
    """Run it while the block runs; `answers` by command, in the protocol."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        server = Redis(f"redis://127.0.0.1:{listener.getsockname()[1]}", answers or {})
        threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, server: Redis) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            threading.Thread(target=_serve, args=(connection, server), daemon=True).start()


def _serve(connection: socket.socket, server: Redis) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError), connection, connection.makefile("rb") as reader:
        while (command := _command(reader)) is not None:
            server.commands.append(command)
            usual = b"-ERR unknown command\r\n" if command[0] == "HELLO" else b"+OK\r\n"
            connection.sendall(server.answers.get(command[0], usual))


def _command(reader: Any) -> tuple[str, ...] | None:
    head = reader.readline()
    if not head:
        return None
    words = []
    for _ in range(int(head[1:])):
        length = int(reader.readline()[1:])
        words.append(reader.read(length + 2)[:-2].decode())
    return (words[0].upper(), *words[1:])
