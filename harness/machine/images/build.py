"""Building an image from a Dockerfile with the engine's classic builder, its log kept."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import docker.errors

from harness.errors import InfrastructureError, Interrupted
from harness.machine.engine import session
from harness.machine.images.context import archive, local_tag
from harness.machine.images.spec import ImageSpec
from harness.machine.text_file import last_lines

IMAGE_LABEL = "chaos-harness.image"
"""On every image made here; its value is the service. Sweeping a run leaves these images alone."""
STAGE_LABEL = "chaos-harness.stage"
"""On the build stage of a Dockerfile with several: that stage is dropped after the build."""
SILENT_FOR_S = 300
BUILD_WITHIN_S = 1200.0
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class BuildError(InfrastructureError):
    """An image could not be built; the message names the service, the step and the end of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Builds on one engine.

    Args:
        host: the engine's address.
        logs: folder of the build logs, one a service.
        stop: ends a running build early.
    """

    host: str
    logs: Path
    stop: threading.Event

    def build(self, spec: ImageSpec, base: str) -> str:
        """Build the image and tag it.

        Args:
            spec: what to build.
            base: reference of the image that its Dockerfile starts from.

        Returns:
            the tag.

        Raises:
            BuildError: a step failed, or the build took too long.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{spec.service}.log"
        tag = local_tag(spec)
        try:
            with session(self.host, silent_for_s=SILENT_FOR_S) as engine:
                self._follow(spec.service, _start(engine.api, spec, base, tag), log)
                engine.images.prune({"dangling": True, "label": [f"{STAGE_LABEL}={spec.service}"]})
        except docker.errors.APIError as error:
            raise BuildError(f"image {spec.service} cannot be built: {error.explanation or error}") from error
        return tag

    def _follow(self, service: str, events: Iterable[dict[str, Any]], log: Path) -> None:
        deadline_s = time.monotonic() + BUILD_WITHIN_S
        with log.open("w", encoding="utf-8") as kept:
            for step, event in _with_step(events):
                kept.write(event.get("stream", ""))
                if "error" in event:
                    kept.flush()
                    raise BuildError(_failure(service, step, str(event["error"]), log))
                if self.stop.is_set():
                    raise Interrupted(f"the build of image {service} was stopped")
                if time.monotonic() > deadline_s:
                    raise BuildError(_failure(service, step, f"not done within {BUILD_WITHIN_S:g} s", log))


def _start(engine: docker.APIClient, spec: ImageSpec, base: str, tag: str) -> Iterator[dict[str, Any]]:
    proxies = {name: os.environ[name] for name in PROXIES if name in os.environ}
    # The host's network: packages come through whatever proxy or resolver the machine itself uses.
    events: Iterator[dict[str, Any]] = engine.build(
        fileobj=archive(spec),
        custom_context=True,
        tag=tag,
        buildargs={"BASE": base, **proxies},
        labels={IMAGE_LABEL: spec.service},
        network_mode="host",
        rm=True,
        forcerm=True,
        decode=True,
    )
    return events


def _with_step(events: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each event of a build with the step it belongs to."""
    step = "the first step"
    for event in events:
        text = str(event.get("stream", ""))
        if text.startswith("Step "):
            step = " ".join(text.split())[:160]
        yield step, event


def _failure(service: str, step: str, error: str, log: Path) -> str:
    return f"image {service} cannot be built: {step}: {error}; the end of {log}:\n{last_lines(log, 20)}"
