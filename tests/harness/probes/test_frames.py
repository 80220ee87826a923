"""The album: the last answer of each part of a run is written, late ones too, within its room, and never in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.evidence import FolderHistory, Recorder
from harness.panels import PanelRequest
from harness.probes import frames
from harness.probes.frames import Album, Answer
from harness.recorded import Observation, Stream

BOARD = {
    "uid": "b",
    "title": "B",
    "panels": [
        {"id": 1, "title": "Up", "type": "stat", "gridPos": {"x": 6, "y": 2}, "options": {"textMode": "name"}},
        {"id": 9, "title": "A row", "type": "row"},
    ],
}
START_S = 1_770_000_000.0


def answer(value: float, *, after_s: float, panel: int = 1, body: Any = None, http: int = 200) -> Answer:
    """A panel's answer with one number, asked for some seconds after the start."""
    request = PanelRequest(
        panel_id=panel,
        title=f"panel {panel}",
        source_uid="prom",
        source_type="prometheus",
        ref_ids=("A",),
        interval_ms=1000,
        body={"from": "1000", "to": "61000", "queries": []},
    )
    frame = {"schema": {"fields": [{"name": "v", "type": "number"}]}, "data": {"values": [[value]]}}
    told = {"results": {"A": {"frames": [frame]}}} if body is None else body
    return Answer(board="b", request=request, asked_s=START_S + after_s, ms=5.0, http=http, error="", body=told)


class Clock:
    """A wall clock that is put forward by hand."""

    now_s = START_S

    def __call__(self) -> float:
        """The time."""
        return self.now_s

    def after(self, seconds: float) -> None:
        """Set it to so long after the start."""
        self.now_s = START_S + seconds


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Where the album writes."""
    return Recorder(tmp_path)


def panels(recorder: Recorder) -> list[Observation]:
    """The panels that were written."""
    return [one for one in FolderHistory(folder=recorder.folder).read(Stream.FRAMES) if one.kind == "panel"]


def values(recorder: Recorder) -> list[tuple[str, list[float]]]:
    """What they held, by moment."""
    return [(one.data["moment"], one.data["frames"][0]["fields"][0]["values"]) for one in panels(recorder)]


def test_the_last_answer_of_a_moment_is_written(recorder: Recorder) -> None:
    """Of several loads only the newest; one of an earlier phase is none of the moment's, and other phases have none."""
    album = Album(recorder, moments=2, clock=(clock := Clock()))
    album.keep(answer(1, after_s=1))
    album.keep(answer(2, after_s=2))
    for phase, from_s, to_s in (("baseline", 0, 5), ("inject", 5, 6), ("hold 2", 6, 9)):
        clock.after(to_s)
        album.cut(phase, START_S + from_s)
    album.close()
    assert values(recorder) == [("baseline", [2])]


def test_an_answer_that_comes_after_the_end_of_its_moment_is_written(recorder: Recorder) -> None:
    """A panel that hangs during a fault is answered when the fault has gone: what it showed belongs to the fault."""
    album = Album(recorder, moments=2, clock=(clock := Clock()))
    clock.after(10)
    album.cut("hold", START_S)
    album.keep(answer(7, after_s=9.9))
    album.keep(answer(8, after_s=10.1))
    album.close()
    assert values(recorder) == [("hold", [7])]


def test_looks_are_written_when_a_board_is_opened(recorder: Recorder) -> None:
    """Type, place and options of each panel; rows hold no data."""
    album = Album(recorder, moments=1)
    album.opened(BOARD)
    album.close()
    (look, end) = FolderHistory(folder=recorder.folder).read(Stream.FRAMES)
    assert (look.data["board_title"], look.data["title"], look.data["type"]) == ("B", "Up", "stat")
    assert look.data["at"] == [2, 6]
    assert look.data["look"] == {"options": {"textMode": "name"}}
    assert end.kind == "end"


def test_a_large_panel_costs_no_other_its_picture(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest come first, each moment has its share, and what finds no room says so."""
    monkeypatch.setattr(frames, "MOST_BYTES", 4_000)
    album = Album(recorder, moments=2, clock=(clock := Clock()))
    wide = {"schema": {"fields": [{"name": "v", "type": "number"}]}, "data": {"values": [list(range(190))]}}
    for moment, from_s in (("baseline", 0), ("recover", 10)):
        album.keep(answer(1, after_s=from_s + 1, panel=1, body={"results": {"A": {"frames": [wide] * 5}}}))
        album.keep(answer(2, after_s=from_s + 1, panel=2))
        clock.after(from_s + 5)
        album.cut(moment, START_S + from_s)
    album.close()
    told = [(one.data["moment"], one.data["panel"], bool(one.data.get("left_out"))) for one in panels(recorder)]
    assert told == [("baseline", 2, False), ("baseline", 1, True), ("recover", 2, False), ("recover", 1, True)]
    assert (recorder.folder / "frames.jsonl").stat().st_size < 4_500


def test_no_room_is_outgrown_by_a_long_run(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Panels as wide as can be, in ten moments, stay near the limit, and every moment has some of its pictures."""
    monkeypatch.setattr(frames, "MOST_BYTES", 100_000)
    album = Album(recorder, moments=10, clock=(clock := Clock()))
    wide = [
        {"schema": {"fields": [{"name": "v", "type": "number"}]}, "data": {"values": [[n / 7 for n in range(50)]]}}
        for _ in range(4)
    ]
    for moment in range(10):
        for panel in range(10):
            album.keep(answer(1, after_s=moment, panel=panel, body={"results": {"A": {"frames": wide}}}))
        clock.after(moment + 0.5)
        album.cut("hold", START_S + moment)
    album.close()
    assert (recorder.folder / "frames.jsonl").stat().st_size < frames.MOST_BYTES * 1.1
    drawn = {one.data["asked_s"] for one in panels(recorder) if one.data["frames"]}
    assert len(drawn) == 10


@pytest.mark.parametrize(
    ("body", "http", "told"),
    [
        ({"message": "An error occurred within the plugin"}, 500, "HTTP 500: An error occurred within the plugin"),
        (None, 502, "HTTP 502: no message"),
        ({"results": {"A": {"frames": [{"schema": {}}]}}}, 200, "damaged frame"),
    ],
)
def test_what_cannot_be_drawn_is_told(recorder: Recorder, body: Any, http: int, told: str) -> None:
    """A failed plugin, no JSON, a damaged frame: a line with the reason, and the harness goes on."""
    album = Album(recorder, moments=1, clock=(clock := Clock()))
    clock.after(5)
    given = answer(1, after_s=1, body=body or {}, http=http)
    album.keep(given)
    album.cut("hold", START_S)
    album.close()
    (one,) = panels(recorder)
    assert told in one.data["error"]
    assert one.data["frames"] == []


def test_closed_is_closed(recorder: Recorder) -> None:
    """An answer that comes when everything has ended is no error."""
    album = Album(recorder, moments=1, clock=(clock := Clock()))
    clock.after(5)
    album.cut("recover", START_S)
    album.close()
    album.keep(answer(1, after_s=1))
    assert panels(recorder) == []
