"""Starting the harness as a user does: as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from harness.containers.sweep import leftovers, sweep
from harness.errors import ExitCode
from harness.machine.engine import client
from harness.poll import until
from harness.settings import REPOSITORY

SCENARIOS = Path(__file__).parent / "scenarios"
ENDS_WITHIN_S = 600.0  # on a machine that stands still now and then; usually it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A program that has ended: its exit code and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A harness that is running in the background, and the folder of reports it was given."""

    process: subprocess.Popen[str]
    reports: Path

    @property
    def run_folder(self) -> Path:
        """The folder of its run, once there is one."""
        return next(path for path in self.reports.iterdir() if path.is_dir() and not path.is_symlink())

    def wait_for_line(self, stream: str, word: str, within_s: float = 300.0) -> None:
        """Wait until a stream of its scenario holds a word."""

        def seen() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the harness ended: {self.process.communicate()}")
            return any(word in path.read_text(encoding="utf-8") for path in self.reports.rglob(f"{stream}.jsonl"))

        until(f"'{word}' in {stream}.jsonl", seen, within_s=within_s, every_s=0.1)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=ENDS_WITHIN_S)
        return Ended(code=self.process.returncode, out=out, err=err)


@contextmanager
def started(reports: Path, arguments: Sequence[str]) -> Iterator[Running]:
    """A harness in the background; it is killed at the latest when the block ends."""
    reports.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments, "--reports", str(reports)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=os.environ | {"CHAOS_SCENARIOS": str(SCENARIOS)},
    )
    try:
        yield Running(process=process, reports=reports)
    finally:
        if process.poll() is None:  # the test has failed: nothing of it may disturb the others
            process.kill()
        process.communicate()
        _clear(reports)


def _clear(reports: Path) -> None:
    """Remove what runs with their folders in `reports` have left on the engine."""
    names = {path.name for path in reports.iterdir() if path.is_dir()}
    with closing(client()) as engine:
        mine = {one.run_id for one in leftovers(engine, everything=True) if one.run_id.rpartition("-")[0] in names}
        for run_id in mine:
            sweep(engine, run_id=run_id)


def findings(run_folder: Path) -> list[dict[str, str]]:
    """All findings of a run's gate.json."""
    gate = json.loads((run_folder / "gate.json").read_text(encoding="utf-8"))
    return [finding for scenario in gate["scenarios"] for finding in scenario["findings"]]


def skip_if_the_machine_stood_still(code: int, run_folder: Path) -> None:
    """Skip where the run itself says that its machine was too slow to tell: UNKNOWN is then the right verdict.

    Anything else that is UNKNOWN fails the test as before.
    """
    if code != ExitCode.UNKNOWN:
        return
    for found in findings(run_folder):
        late = found["check"] == "LoadKept" and "after its due time" in found["message"]
        if found["verdict"] == "unknown" and (late or "It proves nothing, as the machine " in found["message"]):
            pytest.skip(f"not seen: the machine had no time for the run: {found['message']}")


def of_run(engine: docker.DockerClient, run: Running) -> list[str]:
    """Names of what a run has on the engine, its scenarios' stacks included."""
    return [one.name for one in leftovers(engine, everything=True) if one.run_id.startswith(run.run_folder.name)]
