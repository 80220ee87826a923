"""The moment of a failure, by the lines of evidence that its findings point at."""

from __future__ import annotations

import json
from pathlib import Path

from harness.explore.moments import failed_at_s
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import Phase
from harness.results import ScenarioResult


def failed(evidence: str, verdict: Verdict = Verdict.FAIL, *, began: bool = True) -> ScenarioResult:
    """A run with one finding."""
    found = Finding(check="EpochsGrow", kind=FindingKind.SAFETY, verdict=verdict, message="m", evidence=evidence)
    phases = (Phase(name="hold", started_s=1000.0, duration_s=20.0),) if began else ()
    return ScenarioResult(
        name="draw-001", hypothesis="", covers=(), verdict=verdict, phases=phases, faults=(), findings=(found,)
    )


def write(folder: Path) -> None:
    """Two streams of two lines each."""
    for stream, rows in {
        "client": [{"t": 1003.0, "m": 1.0, "kind": "invoke"}, {"t": 1004.0, "m": 2.0, "kind": "ok"}],
        "final": [{"t": 1030.0, "m": 3.0, "kind": "effect", "at_s": 1006.0}, {"t": 1030.0, "m": 3.0, "kind": "end"}],
    }.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{stream}.jsonl").write_text(text, encoding="utf-8")


def test_the_first_of_the_lines_counts(tmp_path: Path) -> None:
    """In production seconds from the act's beginning; what the databases tell is timed by what they say."""
    write(tmp_path)
    assert failed_at_s(failed("final.jsonl:1"), tmp_path, 15.0) == 90.0
    assert failed_at_s(failed("client.jsonl:2: ok at 1\nfinal.jsonl:1: effect"), tmp_path, 15.0) == 60.0


def test_no_line_no_moment(tmp_path: Path) -> None:
    """Neither a line without a time, nor evidence that is gone, nor a run that never broke anything."""
    write(tmp_path)
    assert failed_at_s(failed("final.jsonl:2"), tmp_path, 15.0) is None
    assert failed_at_s(failed("health.jsonl"), tmp_path, 15.0) is None
    assert failed_at_s(failed("client.jsonl:1", Verdict.UNKNOWN), tmp_path, 15.0) is None
    assert failed_at_s(failed("client.jsonl:1", began=False), tmp_path, 15.0) is None
    assert failed_at_s(failed("client.jsonl:1"), tmp_path / "nowhere", 15.0) is None
