"""What an image is made from, and what was had, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Source(StrEnum):
    """Where an image came from."""

    PRESENT = "present"
    """The official image, found on the machine."""
    PULLED = "pulled"
    """The official image, pulled in this run."""
    BUILT = "built"
    """Built on this machine from the service's Dockerfile, now or earlier."""
    STAND_IN = "stand-in"
    """Not the real thing: something of our own answers in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What a chain of Dockerfiles starts from.

    Args:
        official: pinned reference of the official image, preferred.
        suite: Debian release whose plain tree is made here when the official image cannot be had;
            None where nothing can take its place.
    """

    official: str
    suite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpec:
    """How to come by the image of a service.

    Args:
        service: its name, which is also its key in the catalogue.
        context: folder with the Dockerfile; what its .dockerignore lets through makes up the tag.
        base: what the Dockerfile's BASE argument becomes.
        official: pinned reference of the official image, tried before building; None where there is none
            that can be used as it is.
        version_command: program in the image, and arguments, that print the version; empty where the
            version is the tag.
        takes_certificates: the build gets this machine's certificates as `ca-bundle.crt`.
        stand_in: what is built is not the real thing.
        otherwise: used when the root of this one cannot be had.
    """

    service: str
    context: Path
    base: ImageSpec | Root
    official: str | None = None
    version_command: tuple[str, ...] = ()
    takes_certificates: bool = False
    stand_in: bool = False
    otherwise: ImageSpec | None = None

    @property
    def root(self) -> Root:
        """Where its chain of Dockerfiles starts."""
        return self.base if isinstance(self.base, Root) else self.base.root


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that is on the machine.

    Args:
        service: what it is for.
        reference: name and tag to start containers from.
        digest: the registry's digest of a pulled image, the image's own id for one built here.
        version: of the program in it.
        source: where it came from.
    """

    service: str
    reference: str
    digest: str
    version: str
    source: Source
