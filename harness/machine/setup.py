"""Set-up of a machine: an engine that answers, and every image of the stack; what is done is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.machine.engine import bring_up
from harness.machine.images import Image, ImageSpec, ImageStore
from harness.progress import Progress


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
