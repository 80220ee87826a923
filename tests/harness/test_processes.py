"""The system's word on its processes, read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.processes import PROC, Process, process, processes

LINE = (
    "{pid} ({name}) {state} {parent} 7 7 0 -1 4194560 1 2 3 4 {used} {kernel} {waited} {waited_kernel} "
    "20 0 1 0 {started} 0"
)


def tell(proc: Path, pid: int, line: str) -> None:
    """Let a made-up system tell of a process."""
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "stat").write_text(line, encoding="ascii")


def test_the_fields_are_found_behind_any_name(tmp_path: Path) -> None:
    """Brackets and blanks in a program's name do not shift the fields."""
    line = LINE.format(
        pid=12, name="a) R (b", state="S", parent=4, used=30, kernel=5, waited=200, waited_kernel=10, started=99
    )
    tell(tmp_path, 12, line)
    assert process(12, tmp_path) == Process(
        pid=12, parent=4, name="a) R (b", state="S", own_ticks=35, children_ticks=210, started_ticks=99
    )


@pytest.mark.parametrize("line", ["", "12 (a) S 4", "12 (a) S x " + "1 " * 30, "no brackets"])
def test_what_cannot_be_read_is_no_process(tmp_path: Path, line: str) -> None:
    """It may have ended while it was read."""
    tell(tmp_path, 12, line)
    assert process(12, tmp_path) is None
    assert process(13, tmp_path) is None
    assert list(processes(tmp_path)) == []
    assert list(processes(tmp_path / "nowhere")) == []


@pytest.mark.skipif(not PROC.exists(), reason="this system has no /proc")
def test_a_child_that_computes_is_seen_here() -> None:
    """Its parent, its time while it runs, and its time in the parent's account once it was waited for."""
    burn = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    before = process(os.getpid())
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdin
        child.stdout.readline()
        found = process(child.pid)
        assert found
        assert found.parent == os.getpid()
        assert found.own_ticks >= 0.2 * os.sysconf("SC_CLK_TCK") - 1
        child.stdin.write(b"\n")
        child.stdin.flush()
    after = process(os.getpid())
    assert before
    assert after
    assert after.children_ticks - before.children_ticks >= found.own_ticks
