"""Ports of this machine that stay with a container when it is restarted."""

from __future__ import annotations

import random
import socket
import threading
from pathlib import Path

from harness.errors import InfrastructureError

LOWEST = 20_000
# From here on the kernel hands ports to outgoing connections: one could sit on ours while its container is down.
USUAL_EPHEMERAL = 32_768
RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 100
_turn = threading.Lock()
_last: list[int] = []


def lasting_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now and that no outgoing connection will be given.

    Each call gives another one, as those given before may not be listened on yet; where the first one lies is chance,
    so that processes side by side hardly meet.

    Raises:
        InfrastructureError: none was found.
    """
    highest = _first_ephemeral() - 1
    lowest = min(LOWEST, max(1024, highest - 10_000))
    for _ in range(TRIES):
        with _turn:
            port = _last.pop() + 1 if _last else random.randint(lowest, highest)  # noqa: S311 - a choice, no secret
            port = port if lowest <= port <= highest else lowest
            _last.append(port)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise InfrastructureError(f"no free port was found on 127.0.0.1 between {lowest} and {highest}")


def _first_ephemeral() -> int:
    try:
        return int(RANGE_FILE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_EPHEMERAL
