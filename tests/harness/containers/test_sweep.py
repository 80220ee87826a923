"""After SIGKILL nothing stays: what a dead process left is found by its labels and removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import docker
import pytest

from harness.containers.sweep import leftovers, sweep
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE

pytestmark = [pytest.mark.containers, pytest.mark.alone]

STARTS_AND_HANGS = """
import sys, threading
from harness.machine.engine import client
from harness.containers.running import RunningStack
from tests.harness.faults.conftest import small_plan
images = dict(pair.split("=", 1) for pair in sys.argv[3:])
with RunningStack(plan=small_plan(), images=images, run_id=sys.argv[1], client=client(), keep=sys.argv[2] == "keep"):
    print("up", flush=True)
    threading.Event().wait(60)
"""


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine."""
    found = client()
    yield found
    found.close()


def killed_run(run_id: str, keep: str = "no") -> None:
    """A run that is killed with SIGKILL while its stack is up."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["redis"], CATALOGUE["toxiproxy"]])
    images = [f"{key}={image.reference}" for key, image in had.items()]
    child = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_HANGS, run_id, keep, *images], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()


def test_a_killed_run_is_swept(engine: docker.DockerClient) -> None:
    """Containers, network and anonymous volumes of a killed run are gone after a sweep."""
    run_id = f"killed-{os.getpid()}"
    volumes = {volume.name for volume in engine.volumes.list()}
    killed_run(run_id)
    kinds = sorted(one.kind for one in leftovers(engine, run_id=run_id))
    assert kinds == ["container", "container", "network"]
    removed = [one for one in sweep(engine) if one.run_id == run_id]
    assert len(removed) == 3
    assert leftovers(engine, run_id=run_id) == ()
    assert {volume.name for volume in engine.volumes.list()} <= volumes


def test_a_kept_stack_is_not_swept_by_chance(engine: docker.DockerClient) -> None:
    """A stack kept on purpose outlives its process and is removed only by name."""
    run_id = f"kept-{os.getpid()}"
    killed_run(run_id, keep="keep")
    try:
        assert [one for one in sweep(engine) if one.run_id == run_id] == []
        assert len(leftovers(engine, run_id=run_id)) == 3
    finally:
        sweep(engine, run_id=run_id)
    assert leftovers(engine, run_id=run_id) == ()
