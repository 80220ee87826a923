"""Making a Debian base on this machine: refused with a reason, and nothing left behind when it fails or is stopped."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from harness.errors import InfrastructureError, TimedOutError
from harness.machine.images import BuildError, debian

NO_ENGINE = "unix:///nonexistent/engine.sock"


@pytest.fixture(autouse=True)
def _own_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(debian, "SCRATCH", tmp_path / "scratch")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def pretend_debootstrap(tmp_path: Path, script: str) -> None:
    """Put a make-believe debootstrap first on the PATH."""
    program = tmp_path / "bin" / "debootstrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_failure_shows_the_end_of_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    """When debootstrap fails, release and last words are told, and its tree is gone."""
    pretend_debootstrap(tmp_path, 'mkdir -p "$3/usr"; echo "E: no mirror answers"; exit 1')
    with pytest.raises(BuildError, match=r"Debian trixie failed(.|\n)*E: no mirror answers"):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", threading.Event())
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_stop_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    """A stop while debootstrap runs ends it at once, and its tree is gone."""
    pretend_debootstrap(tmp_path, "exec sleep 20")
    stop = threading.Event()
    stop.set()
    with pytest.raises(TimedOutError, match="stopped while waiting for debootstrap"):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", stop)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_tree_of_a_killed_set_up_is_removed_by_the_next(tmp_path: Path) -> None:
    """What a killed set-up left long ago is removed; a tree that is being made now is not."""
    old, new = tmp_path / "scratch/chaos-harness-trixie-old", tmp_path / "scratch/chaos-harness-trixie-new"
    for tree in (old, new):
        (tree / "usr").mkdir(parents=True)
    os.utime(old, (0, 0))
    pretend_debootstrap(tmp_path, "exit 1")
    with pytest.raises(BuildError):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", threading.Event())
    assert list((tmp_path / "scratch").iterdir()) == [new]


def test_the_mirror_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CHAOS_DEBIAN_MIRROR is handed to debootstrap; without it debootstrap's own default holds."""
    pretend_debootstrap(tmp_path, 'echo "release $2 mirror ${4:-default}"; exit 1')
    with pytest.raises(BuildError, match="release trixie mirror default"):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", threading.Event())
    monkeypatch.setenv("CHAOS_DEBIAN_MIRROR", "http://mirror.test/debian")
    with pytest.raises(BuildError, match=r"release trixie mirror http://mirror\.test/debian"):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", threading.Event())


def test_an_ordinary_user_is_told_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root no base can be made, and the error says so."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(InfrastructureError, match="needs root"):
        debian.make(NO_ENGINE, "trixie", tmp_path / "logs", threading.Event())
