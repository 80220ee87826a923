"""What the doctor says of an engine, images and the machine."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from harness.machine.doctor import Level, machine
from harness.machine.doctor import needs as doctor
from harness.machine.engine import EngineState, EngineStatus
from harness.machine.images import ImageSpec, Root, debian
from tests.harness.machine.fake_engine import FakeEngine, running

READY = EngineStatus(state=EngineState.READY, host="unix:///d.sock", version="20.10", api="1.41", cgroup="v1")


def status(state: EngineState, *, chosen: bool = False) -> EngineStatus:
    """An engine that is not well."""
    return EngineStatus(state=state, host="unix:///d.sock", chosen=chosen, seen="no such file")


def test_a_ready_engine_is_told_with_versions() -> None:
    """A usable engine shows version, API and control groups."""
    line = doctor.engine(READY)
    assert line.level is Level.HERE
    assert "20.10, API 1.41, cgroup v1" in line.found


@pytest.mark.parametrize(
    ("state", "chosen", "root", "level"),
    [
        (EngineState.STOPPED, False, True, Level.SETUP),
        (EngineState.NOT_INSTALLED, False, True, Level.SETUP),
        (EngineState.STOPPED, False, False, Level.MISSING),
        (EngineState.STOPPED, True, True, Level.MISSING),
        (EngineState.NO_RIGHTS, False, False, Level.MISSING),
        (EngineState.TOO_OLD, False, True, Level.MISSING),
        (EngineState.SILENT, False, True, Level.MISSING),
    ],
)
def test_an_engine_that_set_up_can_start_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, state: EngineState, chosen: bool, root: bool, level: Level
) -> None:
    """Root on Debian lets set-up install and start it; everything else is missing, with what to do."""
    monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(doctor, "can_install", lambda: root)
    line = doctor.engine(status(state, chosen=chosen))
    assert line.level is level
    assert line.advice


def test_an_image_that_cannot_be_had_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is not here, cannot be pulled and cannot be built is missing, with the reasons."""
    monkeypatch.setattr(debian, "obstacle", lambda: "making a Debian base here needs root")
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    root = Root(official="debian:x", suite="trixie")
    spec = ImageSpec(service="thing", official="thing:1", context=tmp_path, base=root)
    with running(FakeEngine(socket=tmp_path / "d.sock")) as engine:
        (line,) = doctor.images(EngineStatus(state=EngineState.READY, host=engine.host), [spec])
    assert (line.topic, line.level) == ("image thing", Level.MISSING)
    assert "no such host" in line.found
    assert "registry" in line.advice


def test_without_engine_images_are_not_looked_at() -> None:
    """Without an engine the images are a note, not a second obstacle."""
    (line,) = doctor.images(status(EngineState.STOPPED), [])
    assert line.level is Level.NOTE


@pytest.mark.parametrize(("free_gib", "level"), [(20, Level.HERE), (4, Level.NOTE), (1, Level.MISSING)])
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gib: int, level: Level) -> None:
    """Plenty is fine, little is a note, too little for a run is missing; a folder yet to be made counts too."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free_gib * machine.GIB))
    line = machine.disk(tmp_path / "not" / "yet")
    assert line.level is level
    assert f"{free_gib}.0 GiB" in line.found


@pytest.mark.parametrize(("available_gib", "level"), [(8, Level.HERE), (3, Level.NOTE), (1, Level.MISSING)])
def test_memory(tmp_path: Path, available_gib: int, level: Level) -> None:
    """What programs can still have decides, not what the machine has in all."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 99999999999 kB\nMemAvailable: {available_gib << 20} kB\n")
    assert machine.memory(meminfo).level is level


def test_memory_that_nobody_tells_is_a_note(tmp_path: Path) -> None:
    """On a system without that file the doctor says that it does not know."""
    assert machine.memory(tmp_path / "none").level is Level.NOTE


def test_a_taken_port_is_a_note() -> None:
    """When Grafana's port is taken, the line says which one and how to go on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = machine.ports(port)
    assert line.level is Level.NOTE
    assert str(port) in line.found
    assert "CHAOS_GRAFANA_PORT" in line.advice


def test_too_few_random_ports_are_missing(tmp_path: Path) -> None:
    """A range of random ports that is too narrow for parallel runs stops a gate."""
    narrow = tmp_path / "range"
    narrow.write_text("40000 40010\n")
    assert machine.ports(0, narrow).level is Level.MISSING


def test_a_foreign_python_is_a_note(tmp_path: Path) -> None:
    """A Python outside the project's environment is told, with the command that is meant."""
    line = machine.python(tmp_path)
    assert line.level is Level.NOTE
    assert ".venv/bin/harness" in line.advice


def test_a_missing_browser_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gate needs a browser: its absence is a note that says who does."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert machine.browser().level is Level.NOTE
