"""A server on loopback while a block runs: one thread takes connections, and each has one that serves it."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Self


@dataclass(slots=True, kw_only=True)
class Loopback(ABC):
    """What listens: under which URL, once it does, and how many connections it has taken."""

    scheme: ClassVar[str]
    url: str = ""
    connections: int = 0

    @abstractmethod
    def serve(self, connection: socket.socket, reader: BinaryIO) -> None:
        """Serve a connection to its end; it is closed afterwards, also where it breaks."""

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Listen while the block runs."""
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            self.url = f"{self.scheme}://127.0.0.1:{listener.getsockname()[1]}"
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield self
            finally:
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._served, args=(connection,), daemon=True).start()

    def _served(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as reader:
            self.serve(connection, reader)
