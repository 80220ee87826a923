"""One HTTP request, sent once: pooled connections without the retries that client libraries hide.

A retry below the record would be a duplicate that the evidence knows nothing of. Here every request is handed
to the socket by one call, on a connection that was alive just before, and never again.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import gevent.socket
from gevent import monkey
from geventhttpclient.response import HTTPParseError, HTTPResponse

from harness.errors import UsageError
from harness.load.attempt import Attempt
from harness.load.outcome import Outcome, of_answer

_poll = monkey.get_original("select", "poll")
# A FIN makes an idle connection readable; so would an answer that nobody asked for.
_SPENT = select.POLLIN | select.POLLHUP | select.POLLERR
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes


class Endpoint:
    """Connections to one server, each used by one request at a time.

    Args:
        base_url: http://host:port of the server.
        path: what is asked for, or where requests are posted.
        method: GET, POST and so on.
        headers: sent with each request beside Host and the length.
    """

    def __init__(
        self, base_url: str, path: str, *, method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> None:
        parts = urlsplit(base_url)
        self._address = _resolved(parts.hostname or "", parts.port or 80)
        self._method = method
        lines = {"Host": parts.netloc.rpartition("@")[2], **(_JSON if headers is None else headers)}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._head = head.encode("latin-1")
        self._idle: list[tuple[gevent.socket.socket, select.poll]] = []

    def post(self, body: bytes, timeout_s: float) -> Outcome:
        """Send one request and wait for its whole answer.

        Args:
            body: for example JSON; empty for a request without one.
            timeout_s: for connecting, sending and the whole answer together.
        """
        outcome = self.ask(body, timeout_s)
        if isinstance(outcome, Outcome):
            return outcome
        text = "" if 200 <= outcome.status <= 299 else outcome.body[:200].decode("utf-8", "replace")
        return of_answer(outcome.status, text)

    def ask(self, body: bytes, timeout_s: float) -> Answer | Outcome:
        """As `post`, for callers who read the answer themselves; an outcome where there is none."""
        connection: tuple[gevent.socket.socket, select.poll] | None = None
        kept = False
        try:
            with Attempt(timeout_s, HTTPParseError) as made:
                connection = self._connection()
                made.left = True
                connection[0].sendall(self._request(body))
                response = _read(connection[0], self._method)
                kept = not response.should_close()
                return Answer(response.status_code, response.body)
            return made.outcome
        finally:
            if connection is not None:
                if kept:
                    self._idle.append(connection)
                else:
                    connection[0].close()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[0].close()

    def _request(self, body: bytes) -> bytes:
        if body or self._method == "POST":
            return b"%bContent-Length: %d\r\n\r\n%b" % (self._head, len(body), body)
        return self._head + b"\r\n"

    def _connection(self) -> tuple[gevent.socket.socket, select.poll]:
        while self._idle:
            connection = self._idle.pop()
            if not connection[1].poll(0):
                return connection
            connection[0].close()
        family, address = self._address
        opened = gevent.socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.connect(address)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            opened.close()
            raise
        watch = _poll()
        watch.register(opened.fileno(), _SPENT)
        return opened, watch


def _resolved(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Family and address, looked up once: a look-up for each connection would be measured with it."""
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as unknown:
        raise UsageError(f"the host {host!r} is not known: {unknown}") from unknown
    return family, address


class _Response(HTTPResponse):
    """A parsed answer; headers are left to the parser, which needs none of them kept to find the end."""

    @property
    def body(self) -> bytes:
        return bytes(self._body_buffer)

    def _on_header_field(self, _text: str) -> None:
        pass

    def _on_header_value(self, _text: str) -> None:
        pass


def _read(connection: gevent.socket.socket, method: str) -> _Response:
    response = _Response(method)
    while not (response.message_complete and response.status_code >= 200):
        data = connection.recv(65536)
        response.feed(data)
        if not data and not response.message_complete:
            raise ConnectionResetError("closed before the whole answer")
    return response
