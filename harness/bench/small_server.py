"""A small HTTP server of known behaviour: each answer takes so long, and now and then it freezes.

Started as a process of its own, so that it does not share an interpreter with what measures it. It says its port on
stdout and ends with its stdin.
"""

from __future__ import annotations

import argparse
import heapq
import select
import socket
import sys
import time

from harness.load.priority import go_first

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--service-s", type=float, default=0.0, help="from a request to its answer")
    parser.add_argument("--freeze-s", type=float, default=0.0, help="how long it freezes ...")
    parser.add_argument("--every-s", type=float, default=20.0, help="... and how often")
    options = parser.parse_args()
    go_first()  # its latency is only known while it is on time itself
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        _Server(listener, options.service_s, options.freeze_s, options.every_s).serve()


class _Server:
    """One thread that waits for everything; an answer is due when the service time is over.

    A request that comes in during a freeze is taken up at its end. The freezes are those of the monotonic clock:
    the first `freeze_s` of every `every_s`.
    """

    def __init__(self, listener: socket.socket, service_s: float, freeze_s: float, every_s: float) -> None:
        listener.setblocking(False)
        self._listener, self._service_s = listener, service_s
        self._freeze_s, self._every_s = freeze_s, every_s
        self._open: dict[int, socket.socket] = {}
        self._owed: list[tuple[float, int, int]] = []
        self._number = 0
        self._poll = select.epoll()
        for number in (listener.fileno(), sys.stdin.fileno()):
            self._poll.register(number, select.EPOLLIN)

    def serve(self) -> None:
        """Until stdin ends."""
        while True:
            wait_s = max(0.0, self._owed[0][0] - time.monotonic()) if self._owed else -1
            for number, _event in self._poll.poll(wait_s):
                if number == sys.stdin.fileno():
                    return
                if number == self._listener.fileno():
                    self._accept()
                else:
                    self._take(number)
            now_s = time.monotonic()
            while self._owed and self._owed[0][0] <= now_s:
                self._answer(heapq.heappop(self._owed)[2])

    def _accept(self) -> None:
        try:
            while True:
                connection, _address = self._listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open[connection.fileno()] = connection
                self._poll.register(connection.fileno(), select.EPOLLIN)
        except BlockingIOError:
            return

    def _take(self, number: int) -> None:
        try:
            data = self._open[number].recv(65536)
        except OSError:
            data = b""
        if not data:
            self._poll.unregister(number)
            self._open.pop(number).close()
        elif not self._service_s and not self._freeze_s:
            self._answer(number)
        else:
            now_s = time.monotonic()
            into_s = now_s % self._every_s
            taken_s = now_s + max(0.0, self._freeze_s - into_s)
            self._number += 1
            heapq.heappush(self._owed, (taken_s + self._service_s, self._number, number))

    def _answer(self, number: int) -> None:
        if number in self._open:
            try:
                self._open[number].send(_ANSWER)
            except OSError:
                self._poll.unregister(number)
                self._open.pop(number).close()


if __name__ == "__main__":
    main()
