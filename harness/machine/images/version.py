"""The version of the program in an image: asked once of the program itself, and remembered by image id."""

from __future__ import annotations

import re
from pathlib import Path

import docker
import docker.errors
import requests.exceptions

from harness.containers.identity import labels
from harness.errors import InfrastructureError

ANSWER_WITHIN_S = 60

VERSION = re.compile(r"\d+(?:\.\d+)+(?:[-+~]\w+)?")


def version_of(engine: docker.DockerClient, reference: str, command: tuple[str, ...], memory: Path) -> str:
    """The version that the program in an image prints.

    Args:
        engine: where the image is.
        reference: the image.
        command: program and arguments; empty where the tag is the version.
        memory: folder with a file per image id, so that a known image is not started again.

    Raises:
        InfrastructureError: the program does not start, or prints no version.
    """
    if not command:
        return reference.rpartition(":")[2]
    image_id = str(engine.images.get(reference).id).removeprefix("sha256:")
    remembered = memory / image_id
    if remembered.is_file() and (version := remembered.read_text(encoding="utf-8").strip()):
        return version
    version = _ask(engine, reference, command)
    memory.mkdir(parents=True, exist_ok=True)
    remembered.write_text(version + "\n", encoding="utf-8")
    return version


def _ask(engine: docker.DockerClient, reference: str, command: tuple[str, ...]) -> str:
    try:
        printed = _printed(engine, reference, command)
    except (docker.errors.APIError, requests.exceptions.RequestException) as error:
        raise InfrastructureError(f"image {reference} cannot be used: `{' '.join(command)}`: {error}") from error
    if found := VERSION.search(printed):
        return found.group()
    said = " ".join(printed.split())[:200]
    raise InfrastructureError(f"image {reference} cannot be used: `{' '.join(command)}` prints no version: {said}")


def _printed(engine: docker.DockerClient, reference: str, command: tuple[str, ...]) -> str:
    program, *arguments = command
    container = engine.containers.create(
        reference, arguments, entrypoint=program, network_mode="none", labels=labels("image-version")
    )
    try:
        container.start()
        container.wait(timeout=ANSWER_WITHIN_S)
        return container.logs().decode("utf-8", "replace")
    finally:
        container.remove(force=True, v=True)
