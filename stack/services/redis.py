"""Redis: the lease, heartbeats and the live state that boards show."""

from __future__ import annotations

from harness.containers.plan import SayReady, Service


def redis(password: str) -> Service:
    """Redis with a password; it saves on an orderly stop, as the official image does."""
    return Service(
        name="redis",
        image="redis",
        ready=SayReady(port=6379, say=b"PING\r\n", hear=b"-NOAUTH"),
        command=("redis-server", "--requirepass", password, "--save", "60 1"),
        ports=(6379,),
    )
