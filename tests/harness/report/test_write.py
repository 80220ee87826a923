"""Writing the pages: all four, each whole or not at all, and without a container engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.report import load, write
from harness.report.files import write_text
from tests.harness.report.conftest import Sample


def test_four_pages(failed: Sample, tmp_path: Path) -> None:
    """A run leaves its four pages, and nothing half-written beside them."""
    write(failed[0], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"gate.json", "junit.xml", "report.md", "report.html"}


def test_written_again_from_the_source(failed: Sample, tmp_path: Path) -> None:
    """The pages derive from gate.json: a report read from it gives the very same ones."""
    write(failed[0], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write(load(tmp_path / "gate.json"), tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_full_disk_keeps_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, the old file stays whole and no draft stays behind."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    page = tmp_path / "report.md"
    write_text(page, "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(page, "new")
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


def test_report_needs_no_container_engine() -> None:
    """A run can be reported again where no engine's library is installed."""
    code = "import sys, harness.report; sys.exit('docker' in sys.modules or 'testcontainers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
