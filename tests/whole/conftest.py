"""What the tests of the whole look at the engine with."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from harness.machine.engine import client


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()
