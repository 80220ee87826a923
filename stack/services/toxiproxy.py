"""Toxiproxy: each link of each instance is its own proxy, so that one can be cut off from one service."""

from __future__ import annotations

import json

from harness.containers.plan import HttpReady, Link, Service

API_PORT = 8474


def links_of(instance: int) -> tuple[Link, ...]:
    """The links of trading-<instance>: to Redis, PostgreSQL and ClickHouse."""
    upstreams = (("redis", "redis:6379"), ("postgres", "postgres:5432"), ("clickhouse", "clickhouse:8123"))
    return tuple(
        Link(name=f"trading-{instance}:{service}", port=10000 + instance * 10 + number, upstream=upstream)
        for number, (service, upstream) in enumerate(upstreams, start=1)
    )


def toxiproxy(links: tuple[Link, ...]) -> Service:
    """Toxiproxy with a proxy for each link, listening as soon as it is up."""
    proxies = [
        {"name": link.name, "listen": f"0.0.0.0:{link.port}", "upstream": link.upstream, "enabled": True}
        for link in links
    ]
    return Service(
        name="toxiproxy",
        image="toxiproxy",
        ready=HttpReady(port=API_PORT, path="/version"),
        command=("-host=0.0.0.0", "-config=/toxiproxy.json"),
        ports=(API_PORT, *(link.port for link in links)),
        # A proxy takes one connection after another and dials for each in between: a dial to an address that has just
        # gone would block it for as long as the kernel tries, which is two minutes. So it tries once more, for 3 s.
        sysctls={"net.ipv4.tcp_syn_retries": "1"},
        files={"/toxiproxy.json": json.dumps(proxies, indent=1)},
    )
