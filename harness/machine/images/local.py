"""Looking for an image on the machine."""

from __future__ import annotations

import docker.errors

from harness.machine.engine import session


def here(host: str, reference: str) -> bool:
    """True when the engine has the image.

    Args:
        host: the engine's address.
        reference: name and tag.
    """
    with session(host) as engine:
        try:
            engine.images.get(reference)
        except docker.errors.ImageNotFound:
            return False
    return True
