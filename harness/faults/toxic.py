"""Links whose answers Toxiproxy spoils: they come byte by byte, or not at all on connections that stay open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from harness.containers.running import RunningStack
from harness.containers.toxiproxy import toxiproxy_of
from harness.faults.hold import For, Hold
from harness.poll import Seen

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxic:
    """What all have in common: a toxic on the answers of one link, called as the fault is."""

    kind: ClassVar[str]
    toxic: ClassVar[str]  # Toxiproxy's word for it
    target: str
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    @property
    def attributes(self) -> Mapping[str, int]:
        """The toxic's own settings."""
        return {}

    @property
    def does(self) -> str:
        """What it does to answers, as a verb with its object."""
        return f"has the toxic {self.toxic}"

    def strike(self, stack: RunningStack) -> None:
        """Add the toxic to the answers."""
        toxiproxy_of(stack).add_toxic(self.target, self.kind, self.toxic, "downstream", **self.attributes)

    def effect(self, stack: RunningStack) -> str:
        """The proxy carries the toxic."""
        if not self._toxics(stack):
            raise Seen(f"the proxy {self.target} has no toxic {self.kind} yet")
        return f"the proxy {self.target} {self.does}"

    def mend(self, stack: RunningStack) -> None:
        """Remove the toxic; nothing happens when it is gone."""
        toxiproxy_of(stack).remove_toxic(self.target, self.kind)

    def healed(self, stack: RunningStack) -> str:
        """The proxy carries no toxic of this fault."""
        if self._toxics(stack):
            raise Seen(f"the proxy {self.target} still {self.does}")
        return f"the proxy {self.target} has no toxic {self.kind} any more"

    def _toxics(self, stack: RunningStack) -> list[Any]:
        return [toxic for toxic in toxiproxy_of(stack).proxy(self.target)["toxics"] if toxic["name"] == self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfOpenLink(Toxic):
    """Connections are accepted and stay open, requests arrive, and no answer ever comes.

    Connections that saw it are closed when it is mended: what was swallowed cannot be delivered any more.
    """

    kind: ClassVar[str] = "half-open-link"
    toxic: ClassVar[str] = "timeout"

    @property
    def attributes(self) -> Mapping[str, int]:
        """0 ms: never closed."""
        return {"timeout": 0}

    @property
    def does(self) -> str:
        """In words."""
        return "swallows answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class TricklingLink(Toxic):
    """Answers come byte by byte, `bytes_per_s` of them (real, never compressed).

    Toxiproxy's own bandwidth counts whole kilobytes a second, which a short answer never feels.
    """

    kind: ClassVar[str] = "trickling-link"
    toxic: ClassVar[str] = "slicer"
    bytes_per_s: float

    @property
    def attributes(self) -> Mapping[str, int]:
        """A byte a packet, with a pause in microseconds before the next."""
        return {"average_size": 1, "size_variation": 0, "delay": round(MICROSECONDS / self.bytes_per_s)}

    @property
    def does(self) -> str:
        """In words."""
        return f"lets {self.bytes_per_s:g} bytes of an answer through a second"
