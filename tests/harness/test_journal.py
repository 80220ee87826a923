"""The undo log: written first, undone newest first, whatever happens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import EvidenceError
from harness.journal import Journal, left_open


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty undo log."""
    return Journal(path=tmp_path / "undo.jsonl")


def test_the_line_is_on_the_disk_before_anything_is_done(journal: Journal) -> None:
    """When `about_to` returns, the file says what will be done: a kill right after it loses nothing."""
    journal.about_to("stop redis", lambda: None, target="redis")
    (line,) = journal.path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["about_to"] == "stop redis"
    assert left_open(journal.path) == ("stop redis",)


def test_undoes_newest_first_and_once(journal: Journal) -> None:
    """Undoing runs in reverse order, and a second call does nothing more."""
    undone: list[str] = []
    journal.about_to("one", lambda: undone.append("one"))
    journal.about_to("two", lambda: undone.append("two"))
    assert journal.undo_all() == ()
    assert journal.undo_all() == ()
    assert undone == ["two", "one"]
    assert left_open(journal.path) == ()


def test_a_failing_step_stops_no_other(journal: Journal) -> None:
    """One undo that fails is told, stays open, and the others still run."""
    undone: list[str] = []

    def fail() -> None:
        raise OSError("no such container")

    journal.about_to("first", lambda: undone.append("first"))
    journal.about_to("second", fail)
    assert journal.undo_all() == ("could not undo 'second': no such container",)
    assert undone == ["first"]
    assert left_open(journal.path) == ("second",)


def test_undoing_one_by_number(journal: Journal) -> None:
    """An entry undone by its number is not undone again."""
    undone: list[str] = []
    number = journal.about_to("one", lambda: undone.append("one"))
    journal.undo(number)
    journal.undo(number)
    journal.undo_all()
    assert undone == ["one"]


def test_a_line_cut_by_a_kill_is_forgiven_only_at_the_end(journal: Journal) -> None:
    """The last line may be cut by SIGKILL; damage before it is an error that names the line."""
    journal.about_to("one", lambda: None)
    with journal.path.open("a", encoding="utf-8") as file:
        file.write('{"n": 2, "abou')
    assert left_open(journal.path) == ("one",)
    with journal.path.open("a", encoding="utf-8") as file:
        file.write('\n{"n": 1, "undone": "one"}\n')
    with pytest.raises(EvidenceError, match=r"undo\.jsonl:2"):
        left_open(journal.path)


def test_no_log_means_nothing_was_done(tmp_path: Path) -> None:
    """A run that broke nothing has no undo log."""
    assert left_open(tmp_path / "undo.jsonl") == ()


def test_work_beside_other_work_undoes_only_its_own(journal: Journal) -> None:
    """Branches share the file and count on together; what one undoes leaves the other's faults in place."""
    undone: list[str] = []
    one, other = journal.branch(), journal.branch()
    numbers = [
        branch.about_to(name, lambda name=name: undone.append(name))  # type: ignore[misc]  # a lambda's default
        for branch, name in ((one, "one"), (other, "other"))
    ]
    assert numbers == [1, 2]
    assert one.undo_all() == ()
    assert undone == ["one"]
    assert left_open(journal.path) == ("other",)


def test_processes_that_share_a_log_do_not_meet(tmp_path: Path) -> None:
    """Each counts from a number of its own, so that an entry of one is not taken for undone by another."""
    path = tmp_path / "undo.jsonl"
    one, two = Journal.beginning_at(path, 10_001), Journal.beginning_at(path, 20_001)
    left = one.about_to("stop redis", lambda: None)
    two.undo(two.about_to("stop postgres", lambda: None))
    assert left == 10_001
    assert left_open(path) == ("stop redis",)
