"""Toxiproxy's HTTP API, as much of it as the harness uses (v2; CREATING and the README of Toxiproxy)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from harness import loopback
from harness.containers.running import RunningStack
from harness.errors import InfrastructureError

API_PORT = 8474
CALL_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxiproxy:
    """A client."""

    base_url: str

    def create(self, name: str, listen: str, upstream: str) -> None:
        """Make a proxy, enabled and without toxics."""
        self._call("POST", "/proxies", {"name": name, "listen": listen, "upstream": upstream, "enabled": True})

    def proxy(self, name: str) -> Mapping[str, Any]:
        """A proxy as it is now: `enabled`, `toxics`, `listen`, `upstream`."""
        found: Mapping[str, Any] = self._call("GET", f"/proxies/{name}")
        return found

    def enable(self, name: str, enabled: bool) -> None:
        """Let a proxy listen, or close its listener and its connections."""
        self._call("POST", f"/proxies/{name}", {"enabled": enabled})

    def reroute(self, name: str, upstream: str) -> None:
        """Lead a proxy to another server; its open connections are closed, so that nobody stays on the old one."""
        self._call("POST", f"/proxies/{name}", {"enabled": False})
        self._call("POST", f"/proxies/{name}", {"upstream": upstream, "enabled": True})

    def add_toxic(self, proxy: str, toxic: str, kind: str, stream: str, **attributes: int) -> None:
        """Add a toxic; `stream` is "upstream" or "downstream"."""
        body = {"name": toxic, "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes}
        self._call("POST", f"/proxies/{proxy}/toxics", body)

    def remove_toxic(self, proxy: str, toxic: str) -> None:
        """Remove a toxic; one that is gone already is fine."""
        self._call("DELETE", f"/proxies/{proxy}/toxics/{toxic}", missing_ok=True)

    def _call(self, method: str, path: str, body: Any = None, *, missing_ok: bool = False) -> Any:
        try:
            answer = loopback.request(method, self.base_url + path, json=body, timeout=CALL_S)
        except requests.RequestException as unreachable:
            raise InfrastructureError(f"Toxiproxy does not answer {method} {path}: {unreachable}") from unreachable
        if missing_ok and answer.status_code == 404:
            return None
        if not answer.ok:
            raise InfrastructureError(f"Toxiproxy refused {method} {path}: {answer.status_code} {answer.text.strip()}")
        return answer.json() if answer.content else None


def toxiproxy_of(stack: RunningStack) -> Toxiproxy:
    """The client of a stack's Toxiproxy, at the address where it is reached now."""
    return Toxiproxy(base_url=stack.url("toxiproxy", API_PORT))
