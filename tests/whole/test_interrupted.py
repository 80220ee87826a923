"""Ctrl-C and SIGTERM in the middle of a run: everything is undone, the evidence stays."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import docker
import pytest

from harness.evidence import read_json
from harness.poll import until
from tests.whole.running import of_run, started

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_while_redis_is_down(number: signal.Signals, tmp_path: Path, engine: docker.DockerClient) -> None:
    """SIGTERM and Ctrl-C undo everything, keep the evidence, write the report, and end with 130."""
    with started(tmp_path, ["run", "brief-outage"]) as run:
        run.wait_for_line("faults", '"confirmed"')
        os.kill(run.process.pid, number)
        ended = run.end()
    assert ended.code == 130, ended.err
    assert "Traceback" not in ended.err
    assert of_run(engine, run) == []
    seal = read_json(run.run_folder / "scenarios" / "brief-outage" / "sealed.json")
    assert number.name in seal["ended"]
    assert '"undone": "stop redis"' in (run.run_folder / "undo.jsonl").read_text(encoding="utf-8")
    assert read_json(run.run_folder / "gate.json")["verdict"] == "unknown"


def test_interrupted_while_the_stack_starts(tmp_path: Path, engine: docker.DockerClient) -> None:
    """A stack that is half up when the user gives up is removed whole."""
    with started(tmp_path, ["run", "brief-outage"]) as run:
        run.wait_for_line("phases", "preflight")
        until("the first container", lambda: of_run(engine, run), within_s=30)
        os.kill(run.process.pid, signal.SIGTERM)
        ended = run.end()
    assert ended.code == 130, ended.err
    assert of_run(engine, run) == []
