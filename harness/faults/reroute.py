"""A connection that leads to another server than it should."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.containers.toxiproxy import toxiproxy_of
from harness.faults.hold import For, Hold
from harness.poll import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """One link goes to `upstream` instead of where the plan says; its open connections are closed."""

    kind: ClassVar[str] = "reroute"
    target: str
    upstream: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Lead the link astray."""
        toxiproxy_of(stack).reroute(self.target, self.upstream)

    def effect(self, stack: RunningStack) -> str:
        """The proxy names the other server."""
        upstream = toxiproxy_of(stack).proxy(self.target)["upstream"]
        if upstream != self.upstream:
            raise Seen(f"the proxy {self.target} leads to {upstream}")
        return f"the proxy {self.target} leads to {upstream}"

    def mend(self, stack: RunningStack) -> None:
        """Lead the link home; nothing happens where it does."""
        home = self._home(stack)
        if toxiproxy_of(stack).proxy(self.target)["upstream"] != home:
            toxiproxy_of(stack).reroute(self.target, home)

    def healed(self, stack: RunningStack) -> str:
        """The proxy names the server of the plan."""
        upstream = toxiproxy_of(stack).proxy(self.target)["upstream"]
        if upstream != self._home(stack):
            raise Seen(f"the proxy {self.target} still leads to {upstream}")
        return f"the proxy {self.target} leads to {upstream}"

    def _home(self, stack: RunningStack) -> str:
        return next(link.upstream for link in stack.plan.links if link.name == self.target)
