"""A small HTTP server on loopback that behaves as told, and remembers every request that reached it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from tests.harness.load.loopback import Loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server does with a request.

    Args:
        status: of the answer; 0 for none at all.
        body: of the answer.
        promised_bytes: length that the answer's head promises; None for the true one.
        then: "keep" the connection, "close" it without a word in the head, or "reset" it.
    """

    status: int = 200
    body: str = '{"status": "accepted"}'
    promised_bytes: int | None = None
    then: str = "keep"

    def encoded(self) -> bytes:
        """The answer on the wire."""
        if not self.status:
            return b""
        length = len(self.body) if self.promised_bytes is None else self.promised_bytes
        head = f"HTTP/1.1 {self.status} Told\r\nLocation: /elsewhere\r\nContent-Length: {length}\r\n\r\n"
        return (head + self.body).encode()


Behaviour = Callable[[dict[str, Any]], Reply]


@dataclass(slots=True, kw_only=True)
class Server(Loopback):
    """The running server."""

    scheme = "http"
    behaviour: Behaviour
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def ids(self) -> list[str]:
        """Ids of all requests that arrived, in order of arrival."""
        return [str(body.get("id", body.get("signal_id"))) for body in list(self.received)]

    def serve(self, connection: socket.socket, reader: BinaryIO) -> None:
        """Answer each request as told."""
        while (body := _request(reader, self)) is not None:
            self.received.append(body)
            reply = self.behaviour(body)
            # Held back until the end of the stream goes with it: in between, a client could not know that it comes.
            connection.sendall(reply.encoded(), socket.MSG_MORE if reply.then == "close" else 0)
            if reply.then == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if reply.then != "keep":
                connection.shutdown(socket.SHUT_RDWR) if reply.then == "close" else connection.close()
                return


def serving(behaviour: Behaviour = lambda _body: Reply()) -> AbstractContextManager[Server]:
    """Run a server while the block runs."""
    return Server(behaviour=behaviour).listening()


def _request(reader: BinaryIO, server: Server) -> dict[str, Any] | None:
    first = reader.readline()
    if not first:
        return None
    server.paths.add(first.split()[1].decode())
    length = 0
    while (line := reader.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body: dict[str, Any] = json.loads(reader.read(length) or b"{}")
    return body
