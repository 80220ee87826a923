"""Set-up of a machine: an engine that answers, and every image of the stack; what is done is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.machine.doctor.machine import browser
from harness.machine.doctor.report import Level
from harness.machine.engine import bring_up
from harness.machine.images import Image, ImageSpec, ImageStore
from harness.machine.packages import can_install, install
from harness.progress import Progress, step


def run(specs: Sequence[ImageSpec], progress: Progress) -> Mapping[str, Image]:
    """Bring the engine up and come by the images.

    Args:
        specs: the images that a gate needs.
        progress: takes a line per step; none when there is nothing to do.

    Returns:
        the images by service.

    Raises:
        InfrastructureError: the engine or an image cannot be had; says what to do.
    """
    engine = bring_up(progress)
    return ImageStore(engine.host, progress=progress).ensure_all(specs)


def have_browser(progress: Progress) -> None:
    """Install Chromium where there is none and Debian packages can be installed; else say that it is missing.

    Raises:
        InfrastructureError: the package manager failed.
    """
    if browser().level is Level.HERE:
        return
    if not can_install():
        progress("no Chromium, and none can be installed here: the tests of the report page will be skipped")
        return
    with step(progress, "installing Chromium"):
        install(["chromium"])
