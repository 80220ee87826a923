"""Where what was judged came from: another folder of boards is named with a hash of its files."""

from __future__ import annotations

from pathlib import Path

from harness.run.provenance import described_boards, provenance_notes


def test_boards_are_named_with_what_is_in_them(tmp_path: Path) -> None:
    """A changed or renamed board is another subject; whatever else lies in the folder is not."""
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    seen = [described_boards(tmp_path)]
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert described_boards(tmp_path) == seen[0]
    (tmp_path / "a.json").write_text("{ }", encoding="utf-8")
    seen.append(described_boards(tmp_path))
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    seen.append(described_boards(tmp_path))
    assert len(set(seen)) == len(seen)
    assert all(one.startswith(f"{tmp_path} sha256:") for one in seen)
    assert described_boards(None) == ""


def test_the_report_says_that_the_boards_are_others(tmp_path: Path) -> None:
    """Before the verdict means anything."""
    (told,) = provenance_notes(None, tmp_path, False, {}, ())
    assert str(tmp_path) in told
    assert "dashboards" in told
