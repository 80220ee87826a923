"""A small Redis on loopback that says OK to everything, or what it is told to say."""

from __future__ import annotations

import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.harness.load.loopback import Loopback


@dataclass(slots=True, kw_only=True)
class Redis(Loopback):
    """The running server, and every command that reached it."""

    scheme = "redis"
    answers: dict[str, bytes]
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def said(self, *names: str) -> list[tuple[str, ...]]:
        """The commands of these names."""
        return [command for command in list(self.commands) if command[0] in names]

    def serve(self, connection: socket.socket, reader: BinaryIO) -> None:
        """Answer each command."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (command := _command(reader)) is not None:
            self.commands.append(command)
            usual = b"-ERR unknown command\r\n" if command[0] == "HELLO" else b"+OK\r\n"
            connection.sendall(self.answers.get(command[0], usual))


def redis_serving(answers: dict[str, bytes] | None = None) -> AbstractContextManager[Redis]:
    """Run it while the block runs; `answers` by command, in the protocol."""
    return Redis(answers=answers or {}).listening()


def _command(reader: BinaryIO) -> tuple[str, ...] | None:
    head = reader.readline()
    if not head:
        return None
    words = []
    for _ in range(int(head[1:])):
        length = int(reader.readline()[1:])
        words.append(reader.read(length + 2)[:-2].decode())
    return (words[0].upper(), *words[1:])
