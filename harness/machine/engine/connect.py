"""A client for an engine that is ready, and how to pass the engine on to other programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import docker
import docker.errors
import requests.exceptions
from urllib3.exceptions import ProtocolError

from harness.machine.engine.state import EngineError, EngineStatus
from harness.machine.engine.status import examine

CALL_WITHIN_S = 60
"""Longest silence of the engine within one call: removing a large container on a busy disk takes seconds."""


def ready_engine() -> EngineStatus:
    """The engine, found ready to use.

    Raises:
        EngineError: there is none, with the reason and what to do.
    """
    status = examine()
    if not status.usable:
        raise EngineError(status.sentence)
    return status


def client(status: EngineStatus | None = None) -> docker.DockerClient:
    """A client of the engine; close it after use.

    Args:
        status: an engine that was examined; looked for when not given.

    Raises:
        EngineError: there is no usable engine.
    """
    engine = status or ready_engine()
    if not engine.usable:
        raise EngineError(engine.sentence)
    return docker.DockerClient(base_url=engine.host, version="auto", timeout=CALL_WITHIN_S)


@contextmanager
def session(host: str, *, silent_for_s: int = CALL_WITHIN_S) -> Iterator[docker.DockerClient]:
    """A client that is closed at the end of the block.

    Args:
        host: the engine's address.
        silent_for_s: longest silence of the engine within one call, s.

    Raises:
        EngineError: the engine stopped answering, at the start or in the middle of the block. What it
            refuses (`docker.errors.APIError`) is passed on as it is.
    """
    try:
        with closing(docker.DockerClient(base_url=host, version="auto", timeout=silent_for_s)) as engine:
            yield engine
    except docker.errors.APIError:
        raise
    except (docker.errors.DockerException, requests.exceptions.RequestException, ProtocolError) as gone:
        words = " ".join(str(gone).split())[-160:]
        raise EngineError(f"the container engine at {host} stopped answering ({words}): look at its log") from gone


def environment(status: EngineStatus) -> dict[str, str]:
    """Variables that make other programs and libraries use this very engine."""
    return {"DOCKER_HOST": status.host}
