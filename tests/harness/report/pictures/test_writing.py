"""The page of pictures beside a scenario's evidence, and what the report says where there is none."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

import pytest

from harness.errors import EvidenceError
from harness.evidence import FolderHistory
from harness.recorded import Stream
from harness.report import write
from harness.report.pictures import write_pictures
from harness.report.pictures.recorded import read_album
from harness.seals import broken_seals, seal
from tests.harness.report.conftest import Sample

NAME = "redis-outage"


@pytest.fixture
def copied(failed: Sample, tmp_path: Path) -> Sample:
    """A run whose folder may be changed."""
    folder = tmp_path / "run"
    shutil.copytree(failed[1], folder)
    return failed[0], folder


def test_a_page_for_each_scenario_that_the_report_leads_to(copied: Sample) -> None:
    """Every panel at every moment, and the way back."""
    report, folder = copied
    write(report, folder)
    page = (folder / "scenarios" / NAME / "boards.html").read_text()
    assert f'href="scenarios/{NAME}/boards.html"' in (folder / "report.html").read_text()
    assert 'href="../../report.html"' in page
    assert page.count("<figure") == 5 * 3
    for words in ("Healthy", "During the fault", "After the heal", "drawn by the harness, not by Grafana"):
        assert words in page
    assert "dial tcp: connection refused" in page
    assert "the first 10 of 37 rows" in page
    assert page.count("it was not loaded in that part of the run") == 3
    assert 'class="broken"' in page


def test_a_page_asks_nothing_of_anybody(copied: Sample) -> None:
    """Its policy forbids everything but its own style and script, and it has no style of an element's own."""
    write(*copied)
    page = (copied[1] / "scenarios" / NAME / "boards.html").read_text()
    assert "default-src 'none'" in html.unescape(page)
    assert " style=" not in page.split("</style>")[1]


def test_a_control_has_no_fault_and_says_so_nowhere(copied: Sample) -> None:
    """Its moments are called otherwise."""
    write(*copied)
    page = (copied[1] / "scenarios" / "steady-state" / "boards.html").read_text()
    assert "fault" not in page.split("</style>")[1].lower().replace("default", "")


def test_runs_without_the_stream_are_reported_as_ever(copied: Sample) -> None:
    """A run of before there was one: no page, one sentence, and no broken seal."""
    report, folder = copied
    (folder / "scenarios" / NAME / "frames.jsonl").unlink()
    (folder / "scenarios" / NAME / "boards.html").unlink(missing_ok=True)
    seal(folder / "scenarios" / NAME, "complete")
    write(report, folder)
    assert not (folder / "scenarios" / NAME / "boards.html").exists()
    assert "No pictures of the boards: not recorded: frames.jsonl" in (folder / "report.html").read_text()
    assert not any("frames" in problem for problem in broken_seals(folder / "scenarios" / NAME))


def test_a_scenario_without_viewers_says_that(copied: Sample) -> None:
    """Nobody looked, so nothing is missing."""
    report, folder = copied
    line = {"t": 1.0, "m": 1.0, "kind": "nobody", "why": "the scenario asks for no viewer"}
    (folder / "scenarios" / NAME / "frames.jsonl").write_text(json.dumps(line) + "\n")
    assert write_pictures(report, folder)[NAME].said == "the scenario asks for no viewer"


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_stream_that_is_cut_gives_the_pictures_before_the_cut(copied: Sample, cut: float) -> None:
    """As a killed harness leaves it; the page says that it is incomplete."""
    report, folder = copied
    path = folder / "scenarios" / NAME / "frames.jsonl"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    pictured = write_pictures(report, folder)[NAME]
    assert "frames.jsonl" in pictured.said
    assert "Incomplete:" in (folder / pictured.address).read_text()


def test_lines_that_make_no_sense_are_counted(copied: Sample) -> None:
    """The others are drawn all the same."""
    report, folder = copied
    path = folder / "scenarios" / NAME / "frames.jsonl"
    odds: list[dict[str, object]] = [{"board": 1}, {"frames": 3}, {"moment": None, "panel": [], "from_s": "x"}]
    with path.open("a") as file:
        for odd in odds:
            file.write(json.dumps({"t": 1.0, "m": 1.0, "kind": "panel", **odd}) + "\n")
    assert write_pictures(report, folder)[NAME].said == "3 of 21 lines of frames.jsonl could not be understood"


def test_the_latest_of_several_shots_of_a_moment_is_drawn(copied: Sample) -> None:
    """A load in flight at the end of a moment is written after it, and is newer."""
    path = copied[1] / "scenarios" / NAME / "frames.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    shot = next(line for line in lines if line["kind"] == "panel" and line["panel"] == 1)
    later = {**shot, "asked_s": shot["asked_s"] + 1, "ms": 99.0}
    path.write_text("".join(json.dumps(line) + "\n" for line in (*lines, later, shot)))
    album = read_album(FolderHistory(folder=path.parent))
    assert album.shots["trade-state", "1", "Open Trades"]["baseline"]["prometheus"].ms == 99.0


def test_a_stream_that_was_sealed_and_changed_is_damage(copied: Sample) -> None:
    """No check reads it, but a folder that is not as it was recorded is not to be trusted."""
    folder = copied[1] / "scenarios" / NAME
    with (folder / "frames.jsonl").open("a") as file:
        file.write("{}\n")
    assert any("frames.jsonl is not as it was recorded" in problem for problem in broken_seals(folder))
    (folder / "frames.jsonl").unlink()
    assert any("frames.jsonl is missing" in problem for problem in broken_seals(folder))
    with pytest.raises(EvidenceError):
        list(FolderHistory(folder=folder).read(Stream.FRAMES))
