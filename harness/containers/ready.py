"""Readiness: one try of what a service's `Ready` value asks for."""

from __future__ import annotations

import socket
from typing import Protocol

import requests
from docker.models.containers import Container

from harness import loopback
from harness.containers.plan import ExecReady, HttpReady, SayReady, Service
from harness.poll import Seen

TRY_S = 2.0  # one try; a service that hangs is asked again


class Reach(Protocol):
    """How a service is reached; a running stack."""

    def url(self, service: str, port: int) -> str:
        """Address of an HTTP port now."""
        ...

    def endpoint(self, service: str, port: int) -> tuple[str, int]:
        """Host and port now."""
        ...

    def container(self, service: str) -> Container:
        """The service's container."""
        ...


def answers(stack: Reach, service: Service) -> str:
    """What a ready service answered.

    Raises:
        Seen: it is not ready; with what it said instead.
    """
    ready = service.ready
    if isinstance(ready, HttpReady):
        return _http(stack.url(service.name, ready.port) + ready.path, ready.status)
    if isinstance(ready, SayReady):
        return _say(stack.endpoint(service.name, ready.port), ready)
    return _exec(stack, service.name, ready)


def _http(url: str, status: int) -> str:
    try:
        answer = loopback.get(url, timeout=TRY_S, allow_redirects=False)
    except requests.RequestException as refused:
        raise Seen(f"{type(refused).__name__} from {url}") from refused
    if answer.status_code != status:
        raise Seen(f"HTTP {answer.status_code} {answer.text[:120]!r}")
    return f"HTTP {status}"


def _say(address: tuple[str, int], ready: SayReady) -> str:
    with socket.create_connection(address, timeout=TRY_S) as connection:
        connection.sendall(ready.say)
        heard = connection.recv(256)
    if not heard.startswith(ready.hear):
        raise Seen(f"it answered {heard[:60]!r}")
    said = heard.decode(errors="replace")
    return "".join(sign if sign.isprintable() else " " for sign in said).strip()


def _exec(stack: Reach, service: str, ready: ExecReady) -> str:
    code, output = stack.container(service).exec_run(list(ready.command))
    said = b"".join([output] if isinstance(output, bytes) else output)[-160:].decode(errors="replace").strip()
    if code != 0:
        raise Seen(f"exit code {code}: {said}")
    return said or "exit code 0"
