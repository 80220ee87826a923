"""What the machine itself offers: room, memory, cores, ports, Python, a browser."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

from harness.machine.doctor.report import Level, Line

GIB = 1 << 30
DISK_TO_BUILD_BYTES = 8 * GIB
"""All images built here take about 3 GiB, their build stages about as much for a while."""
DISK_TO_RUN_BYTES = 2 * GIB
MEMORY_ENOUGH_BYTES = 4 * GIB
"""The stack with three instances takes about 1.5 GiB, the harness and its load generator 0.5 GiB."""
MEMORY_LEAST_BYTES = 2 * GIB
PORTS_LEAST = 100
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def disk(folder: Path) -> Line:
    """Free room where the engine keeps images and containers.

    Args:
        folder: the engine's folder, or any folder on the same disk.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free_bytes = shutil.disk_usage(there).free
    level = _level(free_bytes, least=DISK_TO_RUN_BYTES, comfortable=DISK_TO_BUILD_BYTES)
    advice = "" if level is Level.HERE else "free some: building the images needs 8 GiB"
    return Line(topic="disk", level=level, found=f"{free_bytes / GIB:.1f} GiB free at {folder}", advice=advice)


def memory(meminfo: Path = Path("/proc/meminfo")) -> Line:
    """Memory that programs can still have."""
    try:
        available_bytes = _available_bytes(meminfo)
    except (OSError, KeyError, ValueError):
        return Line(topic="memory", level=Level.NOTE, found="unknown", advice="make sure of 4 GiB")
    level = _level(available_bytes, least=MEMORY_LEAST_BYTES, comfortable=MEMORY_ENOUGH_BYTES)
    advice = "" if level is Level.HERE else "end other programs: a run needs some 4 GiB"
    return Line(topic="memory", level=level, found=f"{available_bytes / GIB:.1f} GiB available", advice=advice)


def _available_bytes(meminfo: Path) -> int:
    lines = meminfo.read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024


def _level(have: int, *, least: int, comfortable: int) -> Level:
    if have >= comfortable:
        return Level.HERE
    return Level.MISSING if have < least else Level.NOTE


def cores() -> Line:
    """Cores that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count >= 2:
        return Line(topic="cores", level=Level.HERE, found=str(count))
    advice = "with one core timings suffer and verdicts may be UNKNOWN"
    return Line(topic="cores", level=Level.NOTE, found=str(count), advice=advice)


def ports(wanted: int, ranges: Path = Path("/proc/sys/net/ipv4/ip_local_port_range")) -> Line:
    """Ports of the loopback interface: random ones, and the one for a stack that is kept up.

    Args:
        wanted: port of Grafana for `harness stack up`; 0 for a random one.
        ranges: where the system tells its range of random ports.
    """
    if (count := _random_ports(ranges)) < PORTS_LEAST:
        found = f"only {count} random ports"
        return Line(topic="ports", level=Level.MISSING, found=found, advice=f"widen the range in {ranges}")
    if wanted and not _free(wanted):
        found = f"127.0.0.1:{wanted} is taken; random ports are free"
        advice = "`harness stack up` wants it for Grafana: free it, or set CHAOS_GRAFANA_PORT=0"
        return Line(topic="ports", level=Level.NOTE, found=found, advice=advice)
    return Line(topic="ports", level=Level.HERE, found="random ports of 127.0.0.1 are free")


def _random_ports(ranges: Path) -> int:
    try:
        first, last = ranges.read_text(encoding="ascii").split()
        return int(last) - int(first) + 1 if _free(0) else 0
    except (OSError, ValueError):
        return PORTS_LEAST if _free(0) else 0


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def python(repository: Path) -> Line:
    """The Python in use, and whether it is the project's own environment.

    Args:
        repository: the project's folder.
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    if Path(sys.prefix).resolve() == (repository / ".venv").resolve():
        return Line(topic="python", level=Level.HERE, found=f"{version} in {repository / '.venv'}")
    found = f"{version} outside the project's own environment ({sys.prefix})"
    advice = "its packages are not those of requirements.lock: use .venv/bin/harness"
    return Line(topic="python", level=Level.NOTE, found=found, advice=advice)


def browser() -> Line:
    """A browser for the test that opens the report; no gate needs it."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Line(topic="browser", level=Level.HERE, found=found)
    advice = "only the test of the report page needs one (on Debian: apt-get install chromium)"
    return Line(topic="browser", level=Level.NOTE, found="no Chromium", advice=advice)
