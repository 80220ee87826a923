"""A plain Debian made here with debootstrap: the base of local builds where no registry answers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.errors import InfrastructureError
from harness.machine.engine import session
from harness.machine.images.build import IMAGE_LABEL, BuildError
from harness.machine.packages import can_install, install
from harness.machine.text_file import last_lines
from harness.poll import until

RECIPE = "minbase-1"
"""Part of the tag: to be raised when what is done here changes."""
MIRROR_VARIABLE = "CHAOS_DEBIAN_MIRROR"
DEBOOTSTRAP_WITHIN_S = 900.0
"""20-35 s on two cores; a slow mirror may need minutes."""
IMPORT_SILENT_FOR_S = 300
SCRATCH = Path("/var/tmp")  # noqa: S108 - only mkdtemp is used in it
"""Not /tmp: that is often mounted without devices or execution, which debootstrap needs."""
LEFT_OUT = ("./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*", "./dev/*")


def tag(suite: str) -> str:
    """Name and tag of the base made here from a Debian release."""
    return f"chaos-harness/debian-{suite}:{hashlib.sha256(f'{suite}|{RECIPE}'.encode()).hexdigest()[:12]}"


def obstacle() -> str:
    """Why no Debian tree can be made on this machine; empty where it can."""
    if os.geteuid() != 0:
        return "making a Debian base here needs root"
    if shutil.which("debootstrap") is None and not can_install():
        return "making a Debian base here needs debootstrap, which is not installed"
    return ""


def make(host: str, suite: str, logs: Path, stop: threading.Event) -> str:
    """Make a plain Debian and import it as an image.

    Args:
        host: the engine's address.
        suite: Debian release, for example "trixie".
        logs: folder for debootstrap's log.
        stop: ends it early.

    Returns:
        the image's tag.

    Raises:
        BuildError: debootstrap failed; the end of its log is told.
        InfrastructureError: it cannot be had on this machine.
    """
    if why := obstacle():
        raise InfrastructureError(f"no base image for local builds: {why}")
    if shutil.which("debootstrap") is None:
        install(("debootstrap", "debian-archive-keyring"))
    logs.mkdir(parents=True, exist_ok=True)
    with _scratch_folder(suite) as tree:
        _debootstrap(suite, tree, logs / f"debian-{suite}.log", stop)
        _import(host, tree, suite)
    return tag(suite)


@contextmanager
def _scratch_folder(suite: str) -> Iterator[Path]:
    """A folder that is removed whatever happens; what debootstrap mounted in it is not followed."""
    for abandoned in SCRATCH.glob(f"chaos-harness-{suite}-*"):
        if time.time() - abandoned.stat().st_mtime > DEBOOTSTRAP_WITHIN_S * 2:  # its maker was killed
            _remove(abandoned)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-harness-{suite}-", dir=SCRATCH))
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    for mounted in ("proc", "sys"):
        subprocess.run(("umount", "-q", str(folder / mounted)), capture_output=True, check=False)
    subprocess.run(("rm", "-rf", "--one-file-system", str(folder)), check=False)


def _debootstrap(suite: str, tree: Path, log: Path, stop: threading.Event) -> None:
    mirror = os.environ.get(MIRROR_VARIABLE)
    command = ("debootstrap", "--variant=minbase", suite, str(tree), *((mirror,) if mirror else ()))
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        until("debootstrap to end", lambda: process.poll() is not None, within_s=DEBOOTSTRAP_WITHIN_S, stop=stop)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)
    if process.returncode != 0:
        raise BuildError(f"debootstrap of Debian {suite} failed; the end of {log}:\n{last_lines(log, 20)}")


def _import(host: str, tree: Path, suite: str) -> None:
    left_out = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    packer = subprocess.Popen(("tar", "-C", str(tree), *left_out, "-c", "."), stdout=subprocess.PIPE)
    name, _, version = tag(suite).partition(":")
    changes = [f"LABEL {IMAGE_LABEL}=debian-{suite}", 'CMD ["/bin/bash"]']
    with (
        packer,
        session(host, silent_for_s=IMPORT_SILENT_FOR_S) as engine,
    ):
        if packer.stdout is None:
            raise InfrastructureError("tar gave no output")
        engine.api.import_image_from_stream(_chunks(packer.stdout), repository=name, tag=version, changes=changes)
    if packer.returncode != 0:
        raise BuildError(f"packing the Debian {suite} tree failed with code {packer.returncode}")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    # A generator, as the client library would ask a pipe for its length and send nothing.
    while chunk := stream.read(1 << 20):
        yield chunk
