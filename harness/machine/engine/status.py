"""Asking an engine how it is, and telling the ways in which it may not answer apart."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions

from harness.machine.engine.address import Address, address
from harness.machine.engine.state import OLDEST_API, EngineState, EngineStatus

ANSWER_WITHIN_S = 5.0
"""An idle engine answers in milliseconds; one busy with builds was seen to take up to a second."""


def examine(where: Address | None = None, *, answer_within_s: float = ANSWER_WITHIN_S) -> EngineStatus:
    """Find the engine and ask it for its version.

    Args:
        where: address to try; found as the docker command line does when not given.
        answer_within_s: patience, s.

    Returns:
        its state; this never raises for an engine that is not well.
    """
    found = where or address(os.environ, home=Path.home())
    if found.socket is not None and (refusal := _refusal(found.socket, answer_within_s)):
        return _not_ready(found, refusal)
    try:
        return _ask(found, answer_within_s)
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
        return _not_ready(found, _innermost(error))


def program() -> str | None:
    """Path of the engine's program, also where an ordinary user's PATH leaves the system's programs out."""
    return shutil.which("dockerd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin")


def _refusal(path: Path, within_s: float) -> OSError | None:
    """The error with which the socket refuses, None where it takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(within_s)
        try:
            probe.connect(str(path))
        except OSError as error:
            return error
    return None


def _ask(found: Address, within_s: float) -> EngineStatus:
    engine = docker.DockerClient(base_url=found.host, version="auto", timeout=max(1, round(within_s)))
    try:
        version: dict[str, Any] = engine.version()
        info: dict[str, Any] = engine.info()
    finally:
        engine.close()
    api = str(version.get("ApiVersion", "0.0"))
    enough = tuple(int(part) for part in api.split(".")) >= OLDEST_API
    return EngineStatus(
        state=EngineState.READY if enough else EngineState.TOO_OLD,
        host=found.host,
        chosen=found.chosen,
        version=str(version.get("Version", "unknown")),
        api=api,
        cgroup=f"v{info.get('CgroupVersion', '1')}",
        root=str(info.get("DockerRootDir", "")),
    )


def _not_ready(found: Address, error: BaseException) -> EngineStatus:
    return EngineStatus(state=_state(error), host=found.host, chosen=found.chosen, seen=_words(error))


def _state(error: BaseException) -> EngineState:
    match error:
        case PermissionError():
            return EngineState.NO_RIGHTS
        case TimeoutError() | requests.exceptions.Timeout():
            return EngineState.SILENT
        case _ if program() is None:
            return EngineState.NOT_INSTALLED
        case _:
            return EngineState.STOPPED


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return " ".join(str(error).split())[:200]


def _innermost(error: BaseException) -> BaseException:
    """The system's own error inside what the client library wrapped around it, or the error as it is."""
    for inner in _chain(error):
        if isinstance(
            inner,
            (PermissionError, TimeoutError, ConnectionError, FileNotFoundError, requests.exceptions.Timeout),
        ):
            return inner
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
