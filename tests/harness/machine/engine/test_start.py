"""Starting the engine: left alone when it works, started when it can be, otherwise one sentence."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.machine.engine import Address, EngineError, bring_up
from harness.machine.engine import start as engine_start
from harness.machine.engine.status import program
from harness.progress import silent
from tests.harness.machine.fake_engine import FakeEngine, running


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_working_engine_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an engine that answers nothing is started and nothing is said."""
    said: list[str] = []
    with running(FakeEngine(socket=tmp_path / "d.sock")) as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.host)
        status = bring_up(said.append)
    assert status.usable
    assert said == []


def test_a_chosen_engine_is_never_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine named by DOCKER_HOST that does not answer is reported; no other one is started instead."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr(engine_start, "start", lambda *_: pytest.fail("an engine was started"))
    with pytest.raises(EngineError, match="DOCKER_HOST"):
        bring_up(silent)


def test_an_engine_that_ends_while_starting_shows_its_log(tmp_path: Path) -> None:
    """When the engine ends at once, the error has its code and its last words, and comes at once."""
    command = (sys.executable, "-c", "print('no devices cgroup', flush=True); raise SystemExit(7)")
    with pytest.raises(EngineError, match=r"code 7(.|\n)*no devices cgroup"):
        engine_start.start(Address(host=f"unix://{tmp_path}/d.sock"), command=command, log=tmp_path / "log")


def test_an_engine_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """Waiting for an engine is bounded, and the error says what was seen last."""
    command = ("sleep", "5")
    with pytest.raises(EngineError, match=r"waited 0\.3 s for the container engine to answer; last seen"):
        engine_start.start(
            Address(host=f"unix://{tmp_path}/d.sock"), command=command, log=tmp_path / "log", within_s=0.3
        )


@pytest.fixture
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a short path, as a socket's path may have 107 bytes."""
    folder = tmp_path_factory.mktemp("e")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.containers
@pytest.mark.skipif(
    os.geteuid() != 0 or program() is None or shutil.which("unshare") is None,
    reason="starting an engine needs root, its program, and a network of its own to do it in",
)
def test_a_real_engine_is_started_in_the_background(own_folder: Path) -> None:
    """A second engine, with folders of its own, is started, answers, and stays when its starter goes on."""
    where = Address(host=f"unix://{own_folder}/d.sock")
    # In a network namespace of its own: an engine that starts removes or takes over the bridge `docker0`,
    # and that one belongs to the machine's engine.
    isolated = ("unshare", "--net", "--mount", "dockerd", "--bridge=none", "--iptables=false", "-H", where.host)
    folders = ("--data-root", f"{own_folder}/data", "--exec-root", f"{own_folder}/exec")
    command = (*isolated, *folders, "--pidfile", f"{own_folder}/pid")
    status = engine_start.start(where, command=command, log=own_folder / "log", within_s=30)
    pid = int((own_folder / "pid").read_text())
    try:
        assert status.usable
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
