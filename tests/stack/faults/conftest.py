"""The real application on real services: three instances, PostgreSQL, Redis and their links; nobody watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from harness.containers.identity import new_run_id
from harness.containers.plan import PlanRequest
from harness.containers.running import RunningStack
from harness.containers.sweep import leftovers
from harness.evidence import Recorder
from harness.faults.base import StackFault
from harness.faults.inject import injected
from harness.journal import Journal, left_open
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE
from stack.topology import plan
from tests.stack.faults.looking import wait_calm

NEEDED = ("postgres", "redis", "toxiproxy", "trading-1", "trading-2", "trading-3")
TIME_SCALE = 15.0

Broken = Callable[[StackFault], AbstractContextManager[None]]


@pytest.fixture(scope="package")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()


@pytest.fixture(scope="package")
def running(engine: docker.DockerClient) -> Iterator[RunningStack]:
    """The system, started once for all faults; nothing of it is left afterwards."""
    whole = plan(PlanRequest(time_scale=TIME_SCALE))
    services = tuple(service for service in whole.services if service.name in NEEDED)
    specs = [CATALOGUE[key] for key in dict.fromkeys(service.image for service in services)]
    images = {key: image.reference for key, image in ImageStore(ready_engine().host).ensure_all(specs).items()}
    run_id = new_run_id()
    with RunningStack(plan=replace(whole, services=services), images=images, run_id=run_id, client=engine) as running:
        yield running
    assert leftovers(engine, run_id=run_id) == ()


@pytest.fixture
def system(running: RunningStack) -> RunningStack:
    """The system when one instance leads and all are well."""
    wait_calm(running)
    return running


@pytest.fixture
def broken(running: RunningStack, tmp_path: Path) -> Iterator[Broken]:
    """The way a scenario breaks things: a fault is in place inside the block, and nothing is left open after it."""
    journal, recorder = Journal(path=tmp_path / "undo.jsonl"), Recorder(tmp_path)

    @contextmanager
    def breaking(fault: StackFault) -> Iterator[None]:
        begun = time.monotonic()
        with injected(fault, 0, stack=running, journal=journal, recorder=recorder):
            print(f"{fault.kind} was confirmed after {time.monotonic() - begun:.2f} s")  # noqa: T201 - shown by -s
            yield

    yield breaking
    recorder.close()
    assert left_open(journal.path) == ()
