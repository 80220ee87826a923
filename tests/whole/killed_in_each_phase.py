"""kill -9 of the harness in each phase of a split-brain run, then `harness sweep`: nothing is left.

Takes about ten minutes, so it runs when it is named: `pytest tests/whole/killed_in_each_phase.py`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import docker
import pytest

from harness.evidence import read_json
from harness.poll import until
from harness.settings import REPOSITORY
from tests.whole.running import Running, of_run, started

pytestmark = [pytest.mark.containers, pytest.mark.alone, pytest.mark.timeout(900)]

PHASES = (
    "preflight",
    "warm-up",
    "baseline",
    "inject",
    "hold",
    "heal",
    "calm 2",
    "inject 2",
    "hold 2",
    "heal 2",
    "recover",
    "quiesce",
)


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command, as a user types it."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )


def children(parent: int) -> list[int]:
    """Processes that a process has started, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            found += [child, *children(child)]
    return found


def alive(processes: list[int]) -> Iterator[int]:
    """Those that still run; one that has ended and was not fetched yet does not."""
    for process in processes:
        with suppress(OSError):
            if Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z":
                yield process


def volumes_of(engine: docker.DockerClient, names: Collection[str]) -> set[str]:
    """Volumes that the engine made for containers of these names."""
    found = set()
    for container in engine.containers.list(all=True, ignore_removed=True):
        if container.name in names:
            found |= {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
    return found


def begun(run: Running, phase: str, engine: docker.DockerClient) -> None:
    """Wait until the phase has begun, and in the first one until there is something to leave behind."""
    run.wait_for_line("phases", f'"kind": "start", "name": "{phase}"', within_s=200)
    if phase == "preflight":
        until("the first container", lambda: of_run(engine, run), within_s=60)


@pytest.mark.parametrize("phase", PHASES)
def test_nothing_is_left(
    phase: str, tmp_path: Path, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the phase and swept: no container, network, volume or process stays, and the run never passes."""
    monkeypatch.setattr("tests.whole.running.SCENARIOS", REPOSITORY / "scenarios")
    with started(tmp_path, ["run", "split-brain"]) as run:
        begun(run, phase, engine)
        family, volumes = children(run.process.pid), volumes_of(engine, of_run(engine, run))
        run.process.kill()
        run.process.wait()
        swept = harness("sweep")
        assert swept.returncode == 0, swept.stderr
        assert of_run(engine, run) == []
        assert not volumes & {volume.name for volume in engine.volumes.list()}
        until("the load generator to have ended", lambda: not list(alive(family)), within_s=30)
        judged = harness("judge", str(run.run_folder))
        assert judged.returncode == 3, judged.stdout + judged.stderr
        assert not (run.run_folder / "sealed.json").exists()
        assert read_json(run.run_folder / "run.json")["scenarios"] == ["split-brain"]
