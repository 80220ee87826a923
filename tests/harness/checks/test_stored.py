"""Checks as they are stored with a run, and as they are run on its folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import checks
from harness.checks.reading import Reader
from harness.errors import EvidenceError
from harness.evidence import FolderHistory
from harness.judge.shared import SharedHistory
from harness.model import Check, Verdict
from harness.recorded import Stream
from harness.restore import from_data, to_data
from tests.harness.checks.story import Story, record, verdict
from tests.harness.checks.trades import Trades

CHECKS: tuple[Check, ...] = (
    checks.Alert(name="SignalLoss", to=("slack",), theta_s=(25, 30), labels={"instance": "trading-1"}),
    checks.EpochsGrow(min_effects=3),
    checks.ExactlyOnce(min_ok=3),
    checks.FaultsTookEffect(expected=1),
    checks.KeepsTrading(min_ok_share=0.95),
    checks.LeaderUnchanged(),
    checks.LoadKept(),
    checks.NothingAcknowledged(fault=1, together=(2,), only_target=True),
    checks.NothingElseFires(allowed=("SignalLoss",)),
    checks.Panels(
        breaks=(checks.Breaks(act=2, by=("redis",), empty=("Open Trades",)),), may_be_empty=("Failed Trades",)
    ),
    checks.Recovered(within_s=10),
    checks.Vocabulary(untold=("chaos_total",)),
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: type(check).__name__)
def test_a_check_comes_back_from_json_as_it_was(check: Check) -> None:
    """Parameters survive the run folder, so that a run is judged again by what it was judged by."""
    assert from_data(json.loads(json.dumps(to_data(check))), "plan.json") == check


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: type(check).__name__)
def test_no_check_passes_a_run_without_evidence(check: Check) -> None:
    """Nothing recorded is UNKNOWN for every check."""
    assert verdict(check, record(Story())) is Verdict.UNKNOWN


def written(story: Story, folder: Path) -> Path:
    """The story as a run folder."""
    for stream, lines in story.streams.items():
        with (folder / f"{stream.value}.jsonl").open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps({"t": line.wall_s, "m": line.mono_s, "kind": line.kind, **line.data}) + "\n")
    return folder


def test_some_kinds_are_read_with_their_lines(tmp_path: Path) -> None:
    """Only the wanted kinds come back, with their places; a damaged line is damage, whatever its kind was."""
    folder = written(Trades().done("s1").end(), tmp_path)
    reader = Reader(FolderHistory(folder=folder))
    wanted = [(place, seen.kind) for place, seen in reader.only(Stream.FINAL, "epoch", "end")]
    assert wanted == [("final.jsonl:1", "epoch"), ("final.jsonl:7", "end")]
    final = folder / "final.jsonl"
    final.write_bytes(final.read_bytes().replace(b'"kind": "effect"', b'"kand": "effect"'))
    assert [place for place, _ in reader.only(Stream.FINAL, "epoch", "end")] == ["final.jsonl:1"]
    assert "final.jsonl:3" in reader.damage[0]


def test_checks_share_what_was_made_of_a_stream(tmp_path: Path) -> None:
    """Judged together, each stream is read once; its damage is told to everybody who asks."""
    folder = written(Trades().done("s1").end(), tmp_path)
    made: list[Reader] = []

    def view(reader: Reader) -> int:
        made.append(reader)
        return sum(1 for _ in reader.lines(Stream.HEALTH))

    shared = SharedHistory(folder=folder)
    readers = Reader(shared), Reader(shared), Reader(FolderHistory(folder=folder))
    assert [reader.once(view) for reader in readers] == [0, 0, 0]
    assert len(made) == 2
    assert all("health.jsonl is missing" in reader.damage[0] for reader in readers)


def test_two_objects_on_one_line_are_damage(tmp_path: Path) -> None:
    """A lost line break is damage, not a line with something behind it."""
    (tmp_path / "health.jsonl").write_text('{"t": 1, "m": 1, "kind": "a"}{"t": 2, "m": 2, "kind": "b"}\n')
    with pytest.raises(EvidenceError, match=r"health\.jsonl:1 .*more on it than one object"):
        list(FolderHistory(folder=tmp_path).read(Stream.HEALTH))


def test_a_line_cut_in_half_on_disk_makes_the_judgement_unknown(tmp_path: Path) -> None:
    """The same run passes whole and is UNKNOWN with its last line cut."""
    folder = written(Trades().done("s1").end(), tmp_path)
    of = replace(record(Story()), history=FolderHistory(folder=folder))
    assert verdict(checks.ExactlyOnce(min_ok=1), of) is Verdict.PASS
    client = folder / "client.jsonl"
    client.write_bytes(client.read_bytes()[:-20])
    assert verdict(checks.ExactlyOnce(min_ok=1), of) is Verdict.UNKNOWN
    with pytest.raises(EvidenceError, match=r"client\.jsonl:3"):
        list(of.history.read(Stream.CLIENT))
