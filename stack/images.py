"""The images of the stack: which official image each service uses, and what it is built from otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.machine.images import ImageSpec, Root

HERE = Path(__file__).parent

TRIXIE = Root(official="debian:trixie-slim", suite="trixie")
BOOKWORM = Root(official="debian:bookworm-slim", suite="bookworm")
PYTHON = Root(official="python:3.13-slim", suite="trixie")
GO = Root(official="golang:1.24-trixie", suite="trixie")
GRAFANA = Root(official="grafana/grafana:10.4.0")


def _lean(name: str, root: Root) -> ImageSpec:
    """A root with lean package settings and the certificates of this machine."""
    return ImageSpec(service=f"base-{name}", context=HERE / "base", base=root, takes_certificates=True)


DEBIAN_BASE = _lean("debian", TRIXIE)
OLD_DEBIAN_BASE = _lean("debian-12", BOOKWORM)
PYTHON_BASE = ImageSpec(service="base-python-venv", context=HERE / "base" / "python", base=_lean("python", PYTHON))

REDIS = ImageSpec(
    service="redis",
    official="redis:8.0.3",
    context=HERE / "redis",
    base=DEBIAN_BASE,
    version_command=("redis-server", "--version"),
)
POSTGRES = ImageSpec(
    service="postgres",
    official="postgres:17.5",
    context=HERE / "postgres",
    base=DEBIAN_BASE,
    version_command=("postgres", "--version"),
)
CLICKHOUSE = ImageSpec(
    service="clickhouse",
    official="clickhouse/clickhouse-server:24.8",
    context=HERE / "clickhouse",
    base=OLD_DEBIAN_BASE,
    version_command=("clickhouse-client", "--version"),
)
PROMETHEUS = ImageSpec(
    service="prometheus",
    official="prom/prometheus:v2.53.4",
    context=HERE / "prometheus",
    base=DEBIAN_BASE,
    version_command=("/bin/prometheus", "--version"),
)
ALERTMANAGER = ImageSpec(
    service="alertmanager",
    official="prom/alertmanager:v0.28.1",
    context=HERE / "alertmanager",
    base=DEBIAN_BASE,
    version_command=("/bin/alertmanager", "--version"),
)
# Always built, as its published image is on another registry than the rest: docs/decisions/images.md.
TOXIPROXY = ImageSpec(
    service="toxiproxy",
    context=HERE / "toxiproxy",
    base=_lean("go", GO),
    version_command=("/toxiproxy", "-version"),
)
SINK = ImageSpec(service="sink", context=HERE / "sink", base=PYTHON_BASE)
TRADING_APP = ImageSpec(service="trading_app", context=HERE / "trading_app", base=PYTHON_BASE)
GRAFANA_STANDIN = ImageSpec(
    service="grafana",
    context=HERE / "grafana",
    base=PYTHON_BASE,
    version_command=("python3", "-c", "import standin; print(standin.VERSION)"),
    stand_in=True,
)
GRAFANA_WITH_PLUGINS = ImageSpec(
    service="grafana",
    context=HERE / "grafana" / "official",
    base=GRAFANA,
    takes_certificates=True,
    version_command=("grafana", "--version"),
    otherwise=GRAFANA_STANDIN,
)

# The slow ones first: they decide how long a first set-up takes.
CATALOGUE: Mapping[str, ImageSpec] = {
    spec.service: spec
    for spec in (
        TOXIPROXY,
        POSTGRES,
        CLICKHOUSE,
        TRADING_APP,
        GRAFANA_WITH_PLUGINS,
        SINK,
        PROMETHEUS,
        REDIS,
        ALERTMANAGER,
    )
}
