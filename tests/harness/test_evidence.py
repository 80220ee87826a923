"""Evidence is kept whole, and damage shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import EvidenceError
from harness.evidence import FolderHistory, Recorder, broken_seals, read_json, seal, stream_path
from harness.model import Stream


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed scenario folder with a line in every stream."""
    recorder = Recorder(tmp_path)
    for stream in Stream:
        recorder.write(stream, "something", name=stream.value)
    recorder.write(Stream.CLIENT, "ok", id="s-1", status=200)
    recorder.close()
    seal(tmp_path, "complete")
    return tmp_path


def test_what_was_written_is_read_in_order(folder: Path) -> None:
    """Observations come back in the order in which they were recorded, with their times."""
    seen = list(FolderHistory(folder=folder).read(Stream.CLIENT))
    assert [one.kind for one in seen] == ["something", "ok"]
    assert seen[1].data == {"id": "s-1", "status": 200}
    assert seen[0].wall_s <= seen[1].wall_s
    assert seen[0].mono_s <= seen[1].mono_s


def test_a_line_is_on_its_way_before_close(tmp_path: Path) -> None:
    """A killed harness leaves what it saw: lines do not wait in the process."""
    Recorder(tmp_path).write(Stream.RULES, "sample")
    assert stream_path(tmp_path, Stream.RULES).read_text(encoding="utf-8").endswith("}\n")


def test_a_whole_folder_has_no_broken_seal(folder: Path) -> None:
    """Untouched evidence is accepted."""
    assert broken_seals(folder) == ()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b""), "0 lines, sealed were 2"),
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), "not as it was recorded"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"s-1", b"s-2")), "not as it was recorded"),
    ],
)
def test_damage_breaks_the_seal(folder: Path, damage: object, told: str) -> None:
    """A stream that is missing, emptied, cut or changed is named."""
    damage(stream_path(folder, Stream.CLIENT))  # type: ignore[operator]  # a lambda of the table above
    (problem,) = broken_seals(folder)
    assert "client.jsonl" in problem
    assert told in problem


def test_an_unsealed_folder_is_told(folder: Path) -> None:
    """A run that was killed before it could seal its evidence is not taken for a complete one."""
    (folder / "sealed.json").unlink()
    assert "sealed.json is missing" in broken_seals(folder)[0]


def test_a_run_that_ended_early_is_told(folder: Path) -> None:
    """The reason for which a scenario ended early is in the seal."""
    seal(folder, "interrupted by SIGTERM")
    assert broken_seals(folder) == ("the scenario did not run to its end: interrupted by SIGTERM",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b'{"t": 1, "m": 1, "kind": "ok"}\n{"t": 1, "m"',
            r"client.jsonl:2 cannot be read \(the line is cut\)",
        ),
        (b'{"t": 1, "m": 1, "kind": "ok"}\nnonsense\n', "client.jsonl:2 cannot be read"),
        (b"[1]\n", "client.jsonl:1 cannot be read"),
        (b'{"t": 1, "m": 1}\n', "client.jsonl:1 cannot be read"),
        (b"", "is empty"),
    ],
)
def test_unreadable_lines_are_named(tmp_path: Path, content: bytes, told: str) -> None:
    """A cut, foreign or missing line is an error that names file and line, never a shorter history."""
    stream_path(tmp_path, Stream.CLIENT).write_bytes(content)
    with pytest.raises(EvidenceError, match=told):
        list(FolderHistory(folder=tmp_path).read(Stream.CLIENT))


def test_a_missing_stream_is_named(tmp_path: Path) -> None:
    """Reading a stream that was never recorded is an error, not an empty history."""
    with pytest.raises(EvidenceError, match=r"panels.jsonl is missing"):
        list(FolderHistory(folder=tmp_path).read(Stream.PANELS))


@pytest.mark.parametrize("content", ["[]", "{", ""])
def test_json_that_is_no_object_is_named(tmp_path: Path, content: str) -> None:
    """A damaged JSON file of a run is named."""
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"run\.json"):
        read_json(path)
