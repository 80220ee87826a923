"""What the processors did and what the host took, second by second."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence import FolderHistory, Recorder
from harness.probes.processors import STAT, ProcessorsProbe
from harness.recorded import Stream


def told(folder: Path, *texts: str) -> list[tuple[float, float]]:
    """What two and more looks at these texts record."""
    stat, recorder = folder / "stat", Recorder(folder / "run")
    probe = ProcessorsProbe(stat=stat)
    for text in texts:
        stat.write_text(text, encoding="ascii")
        probe.sample(recorder)
    recorder.close()
    if not (folder / "run" / "cost.jsonl").exists():
        return []
    return [
        (one.data["used_s"], one.data["stolen_s"]) for one in FolderHistory(folder=folder / "run").read(Stream.COST)
    ]


def test_the_time_between_two_looks_is_recorded(tmp_path: Path) -> None:
    """User, nice, system and interrupts were used, steal was taken; idle time and waiting for disks are neither."""
    first, second = "cpu 100 10 20 9000 50 1 2 30 0 0\ncpu0 1 1\n", "cpu 150 20 30 9500 90 2 3 80 0 0\ncpu0 1 1\n"
    assert told(tmp_path, first, second) == [(0.72, 0.5)]


@pytest.mark.parametrize("text", ["", "cpu 1 2 3\n", "cpu a b c d e f g h\n", "intr 1 2 3 4 5 6 7 8 9\n"])
def test_what_cannot_be_read_tells_nothing(tmp_path: Path, text: str) -> None:
    """Other systems, old kernels: nothing is recorded, and nothing breaks."""
    assert told(tmp_path, text, text) == []


@pytest.mark.skipif(not STAT.exists(), reason="this system has no /proc/stat: nothing tells what its host takes")
def test_this_machine_is_read(tmp_path: Path) -> None:
    """Its own file has the shape that is expected."""
    probe, recorder = ProcessorsProbe(), Recorder(tmp_path)
    for _ in range(2):
        probe.sample(recorder)
    recorder.close()
    (seen,) = FolderHistory(folder=tmp_path).read(Stream.COST)
    assert seen.data["used_s"] >= 0
    assert seen.data["stolen_s"] >= 0
