"""The images of this machine: had from where they can be had, each made once however many ask for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from functools import partial
from pathlib import Path
from typing import Any

from harness.errors import InfrastructureError, UsageError
from harness.machine.background import in_background
from harness.machine.engine import session
from harness.machine.images import debian
from harness.machine.images.build import Builder
from harness.machine.images.context import local_tag
from harness.machine.images.local import here
from harness.machine.images.registry import Registry
from harness.machine.images.spec import Image, ImageSpec, Root, Source
from harness.machine.images.version import version_of
from harness.machine.locks import exclusive
from harness.machine.state_folder import state_folder
from harness.progress import Progress, silent, step

HEAVY_AT_ONCE = 3
"""Builds at once. Measured on 2 cores: docs/decisions/images.md."""
OTHER_BUILD_WITHIN_S = 1800.0
STOPPED_WITHIN_S = 10.0
"""After an interruption: enough to end debootstrap and remove its tree. A build in a silent step is not
waited for: the engine drops it when the connection goes with this process."""


class ImageStore:
    """Comes by images on one engine. Safe to use from several threads and processes."""

    def __init__(
        self,
        host: str,
        *,
        progress: Progress = silent,
        state: Path | None = None,
        registry: Registry | None = None,
    ) -> None:
        """Args:
        host: the engine's address.
        progress: takes a line per step.
        state: folder for locks and build logs; the machine's own by default.
        registry: where official images come from.
        """
        self._host = host
        self._progress = progress
        self._state = state or state_folder()
        self._registry = registry or Registry(host)
        self._stop = threading.Event()
        self._builder = Builder(host=host, logs=self._state / "builds", stop=self._stop)
        self._heavy = threading.BoundedSemaphore(HEAVY_AT_ONCE)

    def ensure_all(self, specs: Sequence[ImageSpec]) -> Mapping[str, Image]:
        """Come by all images, several at once.

        Args:
            specs: what is wanted; the slow ones are best named first.

        Returns:
            the images by service.

        Raises:
            InfrastructureError: one cannot be had; the others are stopped.
        """
        wanted = {spec.service: in_background(partial(self.ensure, spec)) for spec in specs}
        try:
            done, _ = wait(wanted.values(), return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            self._stop.set()
            wait(wanted.values(), timeout=STOPPED_WITHIN_S)
            raise
        return {service: future.result() for service, future in wanted.items()}

    def named(self, spec: ImageSpec) -> Image:
        """The very image that the spec names as official, wherever it is; nothing is built in its place.

        Raises:
            UsageError: it is not on the machine and cannot be pulled.
        """
        reference = spec.official or ""
        if self._here(reference):
            return self._image(spec, reference, Source.PRESENT)
        if not self._pulled(reference):
            why = self._why_not(reference)
            raise UsageError(f"image {reference} is not on this machine and cannot be pulled ({why}): build it first")
        return self._image(spec, reference, Source.PULLED)

    def ensure(self, spec: ImageSpec) -> Image:
        """Come by one image: from the machine, else pulled, else built.

        Raises:
            InfrastructureError: it cannot be had in any way.
        """
        return self._present(spec) or self._obtain(spec)

    def _image(self, spec: ImageSpec, reference: str, source: Source) -> Image:
        with session(self._host) as engine:
            return Image(
                service=spec.service,
                reference=reference,
                digest=_digest(engine.images.get(reference).attrs),
                version=version_of(engine, reference, spec.version_command, self._state / "versions"),
                source=source,
            )

    def _present(self, spec: ImageSpec) -> Image | None:
        if spec.official and self._here(spec.official):
            return self._image(spec, spec.official, Source.PRESENT)
        if self._here(local_tag(spec)):
            return self._image(spec, local_tag(spec), _made(spec))
        return None

    def _obtain(self, spec: ImageSpec) -> Image:
        if spec.official and self._pulled(spec.official):
            return self._image(spec, spec.official, Source.PULLED)
        if spec.otherwise is not None and not self._root_can_be_had(spec.root):
            return self.ensure(spec.otherwise)
        return self._image(spec, self._build(spec), _made(spec))

    def _build(self, spec: ImageSpec) -> str:
        """Build the image, or wait for another thread or process that does."""
        if self._here(local_tag(spec)):
            return local_tag(spec)
        base = self._root(spec.base) if isinstance(spec.base, Root) else self._build(spec.base)
        with self._alone(local_tag(spec)):
            if self._here(local_tag(spec)):
                return local_tag(spec)
            with self._heavy, step(self._progress, f"image {spec.service}: building it here"):
                return self._builder.build(spec, base)

    def _root(self, root: Root) -> str:
        if self._here(root.official) or self._pulled(root.official):
            return root.official
        if root.suite is None:
            raise InfrastructureError(f"{root.official} cannot be had ({self._why_not(root.official)})")
        made = debian.tag(root.suite)
        with self._alone(made):
            if self._here(made):
                return made
            if why := debian.obstacle():
                refused = f"{root.official} cannot be pulled ({self._why_not(root.official)}) and {why}"
                raise InfrastructureError(f"{refused}: let the engine reach a registry, or run once as root on Debian")
            with self._heavy, step(self._progress, f"base image Debian {root.suite}: making it here"):
                return debian.make(self._host, root.suite, self._state / "builds", self._stop)

    def _root_can_be_had(self, root: Root) -> bool:
        return root.suite is not None or self._here(root.official) or self._pulled(root.official)

    def _pulled(self, reference: str) -> bool:
        with self._alone(reference):
            if self._here(reference):
                return True
            if self._registry.refusal(reference) is not None:
                return False
            with step(self._progress, f"image {reference}: pulling it"):
                return self._registry.pull(reference) is None

    def _why_not(self, reference: str) -> str:
        refused = self._registry.refusal(reference)
        return refused.why if refused else "the pull failed"

    def _here(self, reference: str) -> bool:
        return here(self._host, reference)

    def _alone(self, reference: str) -> Any:
        lock = self._state / "locks" / reference.replace("/", "_").replace(":", "_")
        return exclusive(lock, f"another process to come by image {reference}", within_s=OTHER_BUILD_WITHIN_S)


def _made(spec: ImageSpec) -> Source:
    if spec.stand_in:
        return Source.STAND_IN
    return Source.BUILT if spec.otherwise is None else Source.PULLED


def _digest(attributes: Mapping[str, Any]) -> str:
    """The registry's digest where there is one, else the image's own id."""
    of_registry = attributes.get("RepoDigests") or []
    return str(of_registry[0]).rpartition("@")[2] if of_registry else str(attributes["Id"])
