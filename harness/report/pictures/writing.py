"""The page of pictures of each scenario, beside its evidence, and what the report says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.evidence import FolderHistory
from harness.recorded import Phase
from harness.report.files import write_text
from harness.report.pages import page
from harness.report.pictures.picture import Picture, picture
from harness.report.pictures.recorded import Album, Board, read_album
from harness.results import GateReport, ScenarioResult

PAGE = "boards.html"
_MOMENTS = ("baseline", "hold", "recover")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """Where a scenario's pictures are, as an address relative to the report, or why there are none."""

    address: str = ""
    pictures: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A panel with its pictures in the order of the run."""

    title: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPictures:
    """A board with its panels."""

    title: str
    uid: str
    rows: tuple[Row, ...]
    troubled: int


def write_pictures(report: GateReport, run_folder: Path) -> dict[str, Pictured]:
    """Write the page of every scenario that has pictures; by scenario, what the report says of them.

    Args:
        report: what was judged; gives names, phases and faults.
        run_folder: the run's folder, with the evidence in its `scenarios/`.

    Raises:
        OSError: a page cannot be written.
    """
    return {scenario.name: _write(scenario, run_folder) for scenario in report.scenarios}


def _write(scenario: ScenarioResult, run_folder: Path) -> Pictured:
    name = scenario.name.replace("/", "_").replace("\x00", "_")
    folder = run_folder / "scenarios" / name
    album = read_album(FolderHistory(folder=folder))
    if not album.shots and not album.looks:
        return Pictured(said=album.gap or album.nobody or "nothing was recorded")
    text, pictures = boards_page(scenario, album, back="../../report.html")
    write_text(folder / PAGE, text)
    return Pictured(address=f"scenarios/{quote(name)}/{PAGE}", pictures=pictures, said=album.gap)


def boards_page(scenario: ScenarioResult, album: Album, *, back: str) -> tuple[str, int]:
    """The page as text, and how many panels' pictures are on it.

    Args:
        scenario: its phases and faults.
        album: what was recorded.
        back: address of the report.
    """
    moments = _moments(scenario.phases, album.moments)
    called = _called(moments, broken=bool(scenario.faults))
    boards = tuple(_board(board, moments, called, scenario) for board in album.boards())
    every = [each for one in boards for row in one.rows for each in row.pictures]
    drawn = sum(not each.nothing.startswith("no picture") for each in every)
    text = page(
        "boards.html.j2",
        styles=("report.css", "boards.css"),
        scenario=scenario,
        boards=boards,
        moments=[called[moment] for moment in moments],
        gap=album.gap,
        back=back,
        has_faults=bool(scenario.faults),
    )
    return text, drawn


def _board(board: Board, moments: Sequence[str], called: Mapping[str, str], scenario: ScenarioResult) -> BoardPictures:
    rows = tuple(
        Row(
            title=panel.title,
            pictures=tuple(picture(panel, moment, called[moment], scenario.faults) for moment in moments),
        )
        for panel in board.panels
    )
    troubled = sum(any(one.problem or one.nothing for one in row.pictures) for row in rows)
    return BoardPictures(title=board.title, uid=board.uid, rows=rows, troubled=troubled)


def _moments(phases: Sequence[Phase], recorded: Sequence[str]) -> list[str]:
    """Every part of the run that has pictures, or should have, in the order in which they came."""
    planned = [phase.name for phase in phases if phase.name.split(" ")[0] in _MOMENTS]
    return list(dict.fromkeys([*planned, *recorded]))


def _called(moments: Sequence[str], *, broken: bool) -> dict[str, str]:
    """What the moments are called on the page."""
    words = {"baseline": "Healthy", "recover": "After the heal" if broken else "At the end"}
    holds = [moment for moment in moments if moment.startswith("hold")]
    for number, moment in enumerate(holds, start=1):
        words[moment] = "During the fault" if len(holds) == 1 else f"During fault {number}"
    return {moment: words.get(moment, moment) for moment in moments}
