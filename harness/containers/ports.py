"""Ports of this machine that stay with a container when it is restarted."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from harness.errors import InfrastructureError

LOWEST = 20_000
# From here on the kernel hands ports to outgoing connections: one could sit on ours while its container is down.
USUAL_EPHEMERAL = 32_768
RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 100


def lasting_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now and that no outgoing connection will be given.

    Raises:
        InfrastructureError: none was found.
    """
    highest = _first_ephemeral() - 1
    lowest = min(LOWEST, max(1024, highest - 10_000))
    for _ in range(TRIES):
        port = random.randint(lowest, highest)  # noqa: S311 - a choice, no secret
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
