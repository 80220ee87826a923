"""Where the engine listens: DOCKER_HOST, the docker context, or the first of the usual sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.context import ContextAPI

DEFAULT_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Address of an engine.

    Args:
        host: as in DOCKER_HOST, for example unix:///var/run/docker.sock.
        chosen: the user named it, so nothing else is tried.
    """

    host: str
    chosen: bool = False

    @property
    def socket(self) -> Path | None:
        """The socket's path, None where it is reached in another way."""
        return Path(self.host.removeprefix("unix://")) if self.host.startswith("unix://") else None


def address(environment: Mapping[str, str], *, home: Path, default: Path = DEFAULT_SOCKET) -> Address:
    """The engine's address, chosen in the order of the docker command line.

    Args:
        environment: variables; DOCKER_HOST wins over a context.
        home: the user's folder, in which desktop and rootless engines put their socket.
        default: socket of an engine of the whole machine.
    """
    if host := environment.get("DOCKER_HOST"):
        return Address(host=host, chosen=True)
    if host := _host_of_context():
        return Address(host=host, chosen=True)
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or "/nonexistent")
    candidates = (
        default,
        home / ".docker/run/docker.sock",
        home / ".docker/desktop/docker.sock",
        runtime / "docker.sock",
    )
    found = next((socket for socket in candidates if socket.exists()), default)
    return Address(host=f"unix://{found}")


def _host_of_context() -> str:
    """Address of a context that the user switched to; empty for the default one."""
    try:
        context = ContextAPI.get_current_context()
    except Exception:  # a damaged context file is the same as none
        return ""
    return "" if context is None or context.Name == "default" else str(context.Host or "")
