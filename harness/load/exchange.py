"""One HTTP request, sent once: pooled connections without the retries that client libraries hide.

A retry below the record would be a duplicate that the evidence knows nothing of. Here every request is handed
to the socket by one call, on a connection that was alive just before, and never again.
"""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import gevent
import gevent.socket
from gevent import monkey
from geventhttpclient.response import HTTPParseError, HTTPResponse

from harness.load.outcome import Outcome, of_answer, of_silence

_poll = monkey.get_original("select", "poll")
# A FIN makes an idle connection readable; so would an answer that nobody asked for.
_SPENT = select.POLLIN | select.POLLHUP | select.POLLERR


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: str
    keep: bool


class Endpoint:
    """Connections to one instance, each used by one request at a time.

    Args:
        base_url: http://host:port of the instance.
        path: where requests are posted.
    """

    def __init__(self, base_url: str, path: str) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode("ascii")
        self._idle: list[gevent.socket.socket] = []

    def post(self, body: bytes, timeout_s: float) -> Outcome:
        """Send one request and wait for its whole answer.

        Args:
            body: JSON.
            timeout_s: for connecting, sending and the whole answer together.
        """
        connection: gevent.socket.socket | None = None
        left = kept = False
        timeout = gevent.Timeout.start_new(timeout_s)
        try:
            connection = self._connection()
            left = True
            connection.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            answer = _read(connection)
            kept = answer.keep
            return of_answer(answer.status, answer.body)
        except gevent.Timeout as expired:
            if expired is not timeout:
                raise
            return of_silence(f"no answer within {timeout_s:g} s", left=left)
        except (OSError, HTTPParseError) as problem:
            return of_silence(f"{type(problem).__name__}: {problem}", left=left)
        finally:
            timeout.close()
            self._give_back(connection, keep=kept)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> gevent.socket.socket:
        while self._idle:
            connection = self._idle.pop()
            if _alive(connection):
                return connection
            connection.close()
        connection = gevent.socket.create_connection(self._address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _give_back(self, connection: gevent.socket.socket | None, *, keep: bool) -> None:
        if connection is None:
            return
        if keep:
            self._idle.append(connection)
        else:
            connection.close()


def _alive(connection: gevent.socket.socket) -> bool:
    poll = _poll()
    poll.register(connection.fileno(), _SPENT)
    return not poll.poll(0)


class _Response(HTTPResponse):
    @property
    def body(self) -> bytes:
        return bytes(self._body_buffer)


def _read(connection: gevent.socket.socket) -> _Answer:
    response = _Response("POST")
    while not (response.message_complete and response.status_code >= 200):
        data = connection.recv(65536)
        response.feed(data)
        if not data and not response.message_complete:
            raise ConnectionResetError("closed before the whole answer")
    text = response.body[:200].decode("utf-8", "replace")
    return _Answer(response.status_code, text, not response.should_close())
