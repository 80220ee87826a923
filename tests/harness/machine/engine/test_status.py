"""How an engine that is not well is told apart, and what the user is told to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.machine.engine import Address, EngineError, EngineState, address, client, examine
from harness.machine.engine import status as engine_status
from tests.harness.machine.fake_engine import FakeEngine, running


def test_an_engine_that_answers_is_ready(tmp_path: Path) -> None:
    """An engine of API 1.41 is ready, and its version is told."""
    with running(FakeEngine(socket=tmp_path / "d.sock")) as engine:
        status = examine(Address(host=engine.host))
    assert status.usable
    assert (status.version, status.api, status.cgroup) == ("20.10.24", "1.41", "v1")


def test_an_old_engine_is_refused_with_both_versions(tmp_path: Path) -> None:
    """API 1.40 is too old; the sentence names what it speaks and what is needed."""
    with running(FakeEngine(socket=tmp_path / "d.sock", api="1.40")) as engine:
        status = examine(Address(host=engine.host))
    assert status.state is EngineState.TOO_OLD
    assert "1.40" in status.sentence
    assert "1.41" in status.sentence


def test_api_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    """API 1.100 is newer than 1.41, though it sorts before it as text."""
    with running(FakeEngine(socket=tmp_path / "d.sock", api="1.100")) as engine:
        assert examine(Address(host=engine.host)).usable


def test_a_silent_engine_is_given_up(tmp_path: Path) -> None:
    """An engine that takes connections and says nothing is called silent, within the patience given."""
    with running(FakeEngine(socket=tmp_path / "d.sock", answer=False)) as engine:
        status = examine(Address(host=engine.host), answer_within_s=1)
    assert status.state is EngineState.SILENT
    assert "restart it" in status.sentence


@pytest.mark.parametrize(
    ("program", "state"), [("/usr/sbin/dockerd", EngineState.STOPPED), (None, EngineState.NOT_INSTALLED)]
)
def test_no_socket_means_stopped_or_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, state: EngineState
) -> None:
    """Without a socket the engine is stopped where its program is installed, else not installed."""
    monkeypatch.setattr(engine_status, "program", lambda: program)
    status = examine(Address(host=f"unix://{tmp_path}/none.sock"))
    assert status.state is state
    assert "docker" in status.sentence


def test_a_socket_left_by_a_stopped_engine_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket file that nobody listens on means stopped."""
    monkeypatch.setattr(engine_status, "program", lambda: "/usr/sbin/dockerd")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "d.sock"))
    status = examine(Address(host=f"unix://{tmp_path}/d.sock"))
    assert status.state is EngineState.STOPPED
    assert "refused" in status.sentence


def test_a_chosen_engine_is_named_in_the_sentence(tmp_path: Path) -> None:
    """When the user chose the address, the sentence says that it was chosen and what it is."""
    status = examine(Address(host=f"unix://{tmp_path}/none.sock", chosen=True))
    assert "DOCKER_HOST" in status.sentence
    assert f"{tmp_path}/none.sock" in status.sentence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without rights")
def test_missing_rights_are_told_from_a_missing_engine(tmp_path: Path) -> None:
    """A user who may not open the socket is told about the group, not about installing."""
    tmp_path.chmod(0o755)
    for folder in list(tmp_path.parents)[:3]:
        folder.chmod(folder.stat().st_mode | 0o005)
    program = (
        "import os, sys; os.setgid(65534); os.setuid(65534);"
        "from harness.machine.engine import Address, examine; print(examine(Address(host=sys.argv[1])).sentence)"
    )
    with running(FakeEngine(socket=tmp_path / "d.sock")) as engine:
        engine.socket.chmod(0o600)
        done = subprocess.run(
            [sys.executable, "-c", "import harness.machine.engine;" + program, engine.host],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    assert "group" in done.stdout


def test_no_client_without_an_engine(tmp_path: Path) -> None:
    """Asking for a client of a missing engine raises the sentence, with the exit code of infrastructure."""
    status = examine(Address(host=f"unix://{tmp_path}/none.sock"))
    with pytest.raises(EngineError, match="engine") as told:
        client(status)
    assert told.value.exit_code == 4


def test_docker_host_wins(tmp_path: Path) -> None:
    """DOCKER_HOST is used as it is, and counts as chosen."""
    found = address({"DOCKER_HOST": "tcp://127.0.0.1:2375"}, home=tmp_path)
    assert found == Address(host="tcp://127.0.0.1:2375", chosen=True)


def test_a_desktop_engine_is_found_in_the_home_folder(tmp_path: Path) -> None:
    """Without a socket of the whole machine, the one in the user's folder is used."""
    (tmp_path / ".docker/run").mkdir(parents=True)
    (tmp_path / ".docker/run/docker.sock").touch()
    found = address({}, home=tmp_path, default=tmp_path / "none.sock")
    assert found == Address(host=f"unix://{tmp_path}/.docker/run/docker.sock")
