"""Faults on connections: a container cut off from the network, a link cut or slowed by Toxiproxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from harness.containers.running import RunningStack
from harness.containers.toxiproxy import toxiproxy_of
from harness.faults.hold import For, Hold
from harness.faults.toxic import Toxic
from harness.poll import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """The container loses the network and runs on: nobody reaches it, it reaches nobody."""

    kind: ClassVar[str] = "cut-off"
    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Disconnect the container from the stack's network."""
        stack.network.disconnect(stack.container(self.target), force=True)

    def effect(self, stack: RunningStack) -> str:
        """The container is in none of the stack's networks."""
        if stack.network_name in self._networks(stack):
            raise Seen(f"{self.target} is still connected")
        return f"{self.target} is disconnected from {stack.network_name}"

    def mend(self, stack: RunningStack) -> None:
        """Connect it again under its name; nothing happens while it is connected."""
        if stack.network_name not in self._networks(stack):
            stack.network.connect(stack.container(self.target), aliases=[self.target])

    def healed(self, stack: RunningStack) -> str:
        """The container has an address in the stack's network again."""
        address = self._networks(stack).get(stack.network_name, {}).get("IPAddress")
        if not address:
            raise Seen(f"{self.target} is not connected yet")
        return f"{self.target} is connected as {address}"

    def _networks(self, stack: RunningStack) -> dict[str, Any]:
        networks: dict[str, Any] = stack.container(self.target).attrs["NetworkSettings"]["Networks"]
        return networks


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLink:
    """One instance is cut off from one service: connections are closed and refused."""

    kind: ClassVar[str] = "cut-link"
    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Disable the link's proxy."""
        toxiproxy_of(stack).enable(self.target, False)

    def effect(self, stack: RunningStack) -> str:
        """The proxy does not listen."""
        if toxiproxy_of(stack).proxy(self.target)["enabled"]:
            raise Seen(f"the proxy {self.target} still listens")
        return f"the proxy {self.target} is closed"

    def mend(self, stack: RunningStack) -> None:
        """Enable the proxy; nothing happens while it is."""
        toxiproxy_of(stack).enable(self.target, True)

    def healed(self, stack: RunningStack) -> str:
        """The proxy listens."""
        if not toxiproxy_of(stack).proxy(self.target)["enabled"]:
            raise Seen(f"the proxy {self.target} is closed")
        return f"the proxy {self.target} listens"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowLink(Toxic):
    """Answers on one link come late by `latency_ms`, give or take `jitter_ms` (real, never compressed)."""

    kind: ClassVar[str] = "slow-link"
    toxic: ClassVar[str] = "latency"
    latency_ms: int
    jitter_ms: int = 0

    @property
    def attributes(self) -> Mapping[str, int]:
        """Both in ms."""
        return {"latency": self.latency_ms, "jitter": self.jitter_ms}

    @property
    def does(self) -> str:
        """In words."""
        return f"delays answers by {self.latency_ms} ms"
