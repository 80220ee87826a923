"""Installing Debian packages on this machine, where it is a Debian and we are root."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence

from harness.errors import InfrastructureError

WITHIN_S = 600.0
_one_at_a_time = threading.Lock()


def can_install() -> bool:
    """True on Debian and its descendants, as root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> None:
    """Install packages; the package lists are read again only if that is needed to find them.

    Args:
        packages: names of Debian packages.

    Raises:
        InfrastructureError: apt-get failed; its last words are told.
    """
    # Another apt (an upgrade at boot, a second set-up) may hold the lock for minutes.
    command = (
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=300",
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        *packages,
    )
    with _one_at_a_time:
        if _run(command).returncode == 0:
            return
        refreshed = _run(("apt-get", "-o", "DPkg::Lock::Timeout=300", "update", "-qq"))
        done = _run(command)
    if done.returncode != 0:
        words = " ".join((refreshed.stderr + done.stderr).split())[-500:]
        raise InfrastructureError(f"apt-get cannot install {' '.join(packages)}: {words}")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command,
        env=quiet,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
