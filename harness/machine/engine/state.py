"""What is known of the engine, as a value: the states it can be in, and what to do about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.errors import InfrastructureError

OLDEST_API = (1, 41)
"""Docker 20.10, the engine of Debian 12; everything the harness asks of an engine is in it."""


class EngineError(InfrastructureError):
    """There is no usable engine; the message says why and what to do."""


class EngineState(StrEnum):
    """Whether the engine can be used, and if not, what stands in the way."""

    READY = "ready"
    NOT_INSTALLED = "not installed"
    STOPPED = "stopped"
    NO_RIGHTS = "no rights"
    SILENT = "silent"
    TOO_OLD = "too old"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """An engine as it was found.

    Args:
        state: whether it can be used.
        host: its address.
        chosen: the user named the address (DOCKER_HOST or a context); such an engine is never started here.
        seen: what the attempt to reach it saw, for the message.
        version: of the engine, empty when it did not answer.
        api: version of its API.
        cgroup: version of the control groups it uses.
        root: folder in which it keeps images and containers.
    """

    state: EngineState
    host: str
    chosen: bool = False
    seen: str = ""
    version: str = ""
    api: str = ""
    cgroup: str = ""
    root: str = ""

    @property
    def usable(self) -> bool:
        """True when the harness can work with it."""
        return self.state is EngineState.READY

    @property
    def sentence(self) -> str:
        """What was found, in one sentence with what to do."""
        match self.state:
            case EngineState.READY:
                return f"container engine {self.version} (API {self.api}) answers at {self.host}"
            case EngineState.NO_RIGHTS:
                return (
                    f"this user may not use the container engine at {self.host}: add the user to the "
                    "group of that socket (usually `docker`) and log in again, or run as root"
                )
            case EngineState.TOO_OLD:
                oldest = ".".join(str(part) for part in OLDEST_API)
                return f"container engine {self.version} speaks API {self.api}, {oldest} is needed: upgrade it"
            case _:
                return self._absent()

    def _absent(self) -> str:
        if self.chosen:
            return (
                f"the container engine chosen by DOCKER_HOST or the docker context, {self.host}, "
                f"does not answer ({self.seen}): start it, or choose another one"
            )
        if self.state is EngineState.NOT_INSTALLED:
            return (
                "no container engine: install Docker Engine 20.10 or newer "
                "(on Debian and Ubuntu: apt-get install docker.io iptables)"
            )
        if self.state is EngineState.SILENT:
            return f"the container engine at {self.host} takes connections and does not answer: restart it"
        return (
            f"the container engine is installed and not running ({self.seen}): "
            "start it (systemctl start docker, or dockerd as root)"
        )
