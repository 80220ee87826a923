"""Bad days: killed, interrupted, an image that does not start; nothing stays, and one sentence says why."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.containers.sweep import sweep
from harness.poll import until
from harness.processes import process
from tests.whole.running import of_run, started

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


def children_of(pid: int) -> list[int]:
    """Process numbers of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def gone(pid: int) -> bool:
    """True once no such process runs."""
    found = process(pid)
    return found is None or found.state == "Z"


@pytest.mark.alone
def test_killed_while_redis_is_down(tmp_path: Path, engine: docker.DockerClient) -> None:
    """After SIGKILL in the middle of a fault the traffic ends by itself, and a sweep leaves nothing."""
    with started(tmp_path, ["run", "brief-outage"]) as run:
        run.wait_for_line("faults", '"confirmed"')
        generators = children_of(run.process.pid)
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait()
        assert of_run(engine, run)
        assert generators
        until("the load generator to end", lambda: all(gone(pid) for pid in generators), within_s=30)
        sweep(engine)
        assert of_run(engine, run) == []
    undone = (run.run_folder / "undo.jsonl").read_text(encoding="utf-8")
    assert "stop redis" in undone


@pytest.mark.alone
def test_two_at_once_do_not_disturb_each_other(tmp_path: Path, engine: docker.DockerClient) -> None:
    """Two runs on one machine have names, ports and reports of their own, and neither sweeps the other."""
    with (
        started(tmp_path / "a", ["run", "long-calm"]) as one,
        started(tmp_path / "b", ["run", "long-calm"]) as two,
    ):
        for run in (one, two):
            run.wait_for_line("phases", "baseline")
        assert of_run(engine, one)
        assert of_run(engine, two)
        for run in (one, two):
            os.kill(run.process.pid, signal.SIGTERM)
        assert [one.end().code, two.end().code] == [130, 130]
    assert of_run(engine, one) == []
    assert of_run(engine, two) == []


def test_an_image_that_does_not_start(tmp_path: Path, engine: docker.DockerClient) -> None:
    """A subject that ends at once is told with its last log lines; exit code 4, nothing left."""
    with started(tmp_path, ["run", "brief-outage", "--known-bad", "no-such-variant"]) as run:
        ended = run.end()
    assert ended.code == 4
    assert "trading-" in ended.err
    assert "no-such-variant" in ended.err
    assert "Traceback" not in ended.err
    assert of_run(engine, run) == []


def test_an_image_that_cannot_be_had(tmp_path: Path) -> None:
    """An image that the user names and that is nowhere is told before anything is started; exit code 2."""
    with started(tmp_path, ["run", "brief-outage", "--app-image", "no/such-image:1"]) as run:
        ended = run.end()
    assert ended.code == 2
    assert "no/such-image:1" in ended.err
    assert "Traceback" not in ended.err


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for the start of a run only."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False)
    if done.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root): a full disk is not tested")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(tiny_disk: Path, engine: docker.DockerClient) -> None:
    """When the disk runs full in the middle of a run, everything is undone and the reason is told; exit code 4."""
    with started(tiny_disk, ["run", "brief-outage"]) as run:
        ended = run.end()
        assert of_run(engine, run) == []
    assert ended.code == 4, ended.err
    assert "No space left on device" in ended.err
    assert "Traceback" not in ended.err
