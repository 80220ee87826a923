"""A small real stack: Redis behind Toxiproxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.containers.identity import new_run_id
from harness.containers.plan import Link, StackPlan
from harness.containers.running import RunningStack
from harness.containers.sweep import leftovers
from harness.evidence import Recorder
from harness.journal import Journal
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE
from stack.services.redis import redis
from stack.services.toxiproxy import toxiproxy

LINK = Link(name="client:redis", port=10011, upstream="redis:6379")
OTHER_LINK = Link(name="other:redis", port=10012, upstream="redis:6379")


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()


def small_plan() -> StackPlan:
    """Redis and two links to it."""
    return StackPlan(
        services=(redis("secret"), toxiproxy((LINK, OTHER_LINK))),
        links=(LINK, OTHER_LINK),
    )


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """The images of the small stack."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["redis"], CATALOGUE["toxiproxy"]])
    return {key: image.reference for key, image in had.items()}


@pytest.fixture(scope="module")
def stack(engine: docker.DockerClient, images: dict[str, str]) -> Iterator[RunningStack]:
    """The running stack; nothing of it is left afterwards."""
    run_id = new_run_id()
    with RunningStack(plan=small_plan(), images=images, run_id=run_id, client=engine) as running:
        yield running
    assert leftovers(engine, run_id=run_id) == ()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An undo log."""
    return Journal(path=tmp_path / "undo.jsonl")


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """Where the fault's steps are recorded."""
    made = Recorder(tmp_path)
    yield made
    made.close()
