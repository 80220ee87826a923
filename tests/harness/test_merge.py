"""Parts of a gate as one report: the worst verdict, and UNKNOWN where a part is missing or there twice."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.bench.judging import write_history
from harness.cli.app import run as command
from harness.errors import UsageError
from harness.evidence import read_json, write_json
from harness.judge import Merged, merge
from harness.judge.run import judge_run
from harness.model import Verdict
from harness.report import load
from harness.results import GateReport
from harness.seals import seal, seal_run

WHOLE = ["one", "two", "three"]


def part(
    folder: Path, shard: str, names: list[str], *, seed: int = 1, changed: Mapping[str, Any] | None = None
) -> Path:
    """The folder of a run of some scenarios, all of them good."""
    number = sum(1 for _ in folder.glob("*/run.json")) if folder.is_dir() else 0
    run = folder / f"20260101-00000{number}-{shard.replace('/', 'of')}"
    for name in names:
        scenario = run / "scenarios" / name
        write_history(scenario, lines=700)
        write_json(scenario / "plan.json", read_json(scenario / "plan.json") | {"name": name, "run_id": run.name})
        seal(scenario, "complete")
    facts = {
        "schema_version": 1,
        "run_id": run.name,
        "profile": "full",
        "seed": seed,
        "time_scale": 15.0,
        "started_at": "2026-01-01T00:00:00.000+00:00",
        "duration_s": 10.0,
        "subject": {"image": "app:1", "digest": f"sha256:{number}", "git_sha": "0", "known_bad": []},
        "stack": [],
        "scenarios": names,
        "shard": shard,
        "whole": WHOLE if shard else [],
        "requirements": [{"id": "R-43", "row": "Nothing twice, nothing lost"}],
        "notes": [f"shard {shard}: only a part", "a note of all"],
    }
    write_json(run / "run.json", facts | dict(changed or {}))
    seal_run(run)
    return run


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with both parts of a gate."""
    part(tmp_path, "1/2", ["one", "two"])
    part(tmp_path, "2/2", ["three"])
    return tmp_path


def told(merged: Merged) -> str:
    """What the report says of the parts."""
    return " ".join(one.message for s in merged.report.scenarios if s.name == "shards" for one in s.findings)


def test_all_parts_make_the_gate(two: Path) -> None:
    """The merged report has every scenario, and passes."""
    merged = merge([two], run_id="m")
    assert merged.report.verdict is Verdict.PASS
    assert sorted(one.name for one in merged.report.scenarios) == sorted(WHOLE)
    assert merged.report.notes[0].startswith("merged from 2 runs")
    assert "a note of all" in merged.report.notes
    assert not any(note.startswith("shard ") for note in merged.report.notes)


def test_a_missing_part_is_unknown(two: Path) -> None:
    """One sentence names the part, another what nobody judged."""
    shutil.rmtree(next(two.glob("*-2of2")))
    merged = merge([two], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "shard 2 of 2 is missing" in told(merged)
    assert "nobody judged three" in told(merged)


def test_a_part_that_is_there_twice_is_unknown(two: Path) -> None:
    """Two runs of one part: nobody knows which one counts, and both are shown."""
    part(two, "2/2", ["three"])
    merged = merge([two], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "shard 2 of 2 is there 2 times" in told(merged)
    assert sum(one.name.startswith("three (run ") for one in merged.report.scenarios) == 2


def test_the_same_run_twice_is_one(two: Path) -> None:
    """An archive that followed the link `latest` holds a run twice."""
    shutil.copytree(next(two.glob("*-2of2")), two / "latest")
    assert merge([two], run_id="m").report.verdict is Verdict.PASS


def test_a_red_part_is_red(two: Path) -> None:
    """A breach in one part fails the whole, also while another part is missing."""
    shutil.rmtree(next(two.glob("*-2of2")))
    run = next(two.glob("*-1of2"))
    final = run / "scenarios" / "one" / "final.jsonl"
    rows = [json.loads(line) for line in final.read_text(encoding="utf-8").splitlines()]
    kept = [row for row in rows if row.get("id") != "s-5"]
    kept[-1]["counts"] = {key: value - (key != "epoch") for key, value in kept[-1]["counts"].items()}
    final.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    seal(run / "scenarios" / "one", "complete")
    seal_run(run)
    assert merge([two], run_id="m").report.verdict is Verdict.FAIL


def test_what_a_part_wrote_of_itself_does_not_count(two: Path) -> None:
    """Each part is judged again: a green gate.json beside damaged evidence is worth nothing."""
    run = next(two.glob("*-1of2"))
    (run / "gate.json").write_text('{"verdict": "pass"}', encoding="utf-8")
    (run / "scenarios" / "one" / "final.jsonl").unlink()
    assert merge([two], run_id="m").report.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"subject": {"image": "app:2", "git_sha": "0", "known_bad": []}}, "image is 'app:1' and 'app:2'"),
        ({"subject": {"image": "app:1", "git_sha": "1", "known_bad": []}}, "git_sha"),
        ({"profile": "quick"}, "the profile"),
        (
            {"subject": {"image": "app:1", "git_sha": "0", "known_bad": [], "boards": "x"}},
            "boards is None and 'x'",
        ),
    ],
)
def test_parts_of_different_things_are_unknown(tmp_path: Path, changed: dict[str, Any], what: str) -> None:
    """What was judged has to be the same in all parts."""
    part(tmp_path, "1/2", ["one", "two"])
    part(tmp_path, "2/2", ["three"], changed=changed)
    merged = merge([tmp_path], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert what in told(merged)


def test_parts_of_another_split_are_unknown(tmp_path: Path) -> None:
    """1/2 and 2/3 are no gate, whatever they judged."""
    part(tmp_path, "1/2", ["one", "two"])
    part(tmp_path, "2/3", ["three"])
    assert "not parts of one gate" in told(merge([tmp_path], run_id="m"))


def test_a_part_that_ran_less_than_its_share_is_unknown(tmp_path: Path) -> None:
    """All parts are there, and one scenario is in none of them."""
    part(tmp_path, "1/2", ["one"])
    part(tmp_path, "2/2", ["three"])
    merged = merge([tmp_path], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "nobody judged two" in told(merged)


def test_seeds_are_told_apart_and_each_has_to_be_whole(two: Path) -> None:
    """Scenarios carry their seed; a seed that was asked for and is not there is UNKNOWN."""
    part(two, "1/2", ["one", "two"], seed=2)
    merged = merge([two], run_id="m", seeds=(1, 2, 3))
    assert "seed 2: shard 2 of 2 is missing" in told(merged)
    assert "there is no run with seed 3" in told(merged)
    part(two, "2/2", ["three"], seed=2)
    whole = merge([two], run_id="m", seeds=(1, 2))
    assert whole.report.verdict is Verdict.PASS
    assert {"three (seed 1)", "three (seed 2)"} <= {one.name for one in whole.report.scenarios}


def test_a_folder_without_a_run_is_unknown(two: Path) -> None:
    """The artefact of a machine that died is empty: that is told, beside what the others found."""
    (two / "dead").mkdir()
    merged = merge([*two.glob("*of2"), two / "dead"], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "dead holds no run" in told(merged)


def test_a_damaged_run_is_unknown(two: Path) -> None:
    """A run whose order cannot be read is told; the others are still judged."""
    (next(two.glob("*-2of2")) / "run.json").write_text("{", encoding="utf-8")
    merged = merge([two], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "cannot be judged" in told(merged)


def test_nothing_to_merge_is_bad_input(tmp_path: Path) -> None:
    """No run at all is no verdict."""
    with pytest.raises(UsageError, match="there is no run to merge"):
        merge([tmp_path / "nowhere"], run_id="m")


def test_the_command_writes_one_report(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One folder with the four pages, and the verdict as the exit code; the timelines are drawn from the parts."""
    out = two / "merged"
    assert command(["merge", str(two), "--out", str(out)]) == 0
    assert load(out / "gate.json").verdict is Verdict.PASS
    assert {path.name for path in out.glob("*.*")} == {"gate.json", "junit.xml", "report.md", "report.html"}
    shutil.rmtree(next(two.glob("*-2of2")))
    assert command(["merge", str(two), "--out", str(out)]) == 3
    assert "shard 2 of 2 is missing" in capsys.readouterr().out


def test_parts_that_had_to_keep_other_things_are_unknown(two: Path) -> None:
    """A softer limit in one part is no limit of the gate."""
    for run in two.glob("*-?of2"):
        (run / "gate.toml").write_text(f"# {run.name}", encoding="utf-8")
    merged = merge([two], run_id="m")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert "differ in what has to be kept (gate.toml)" in told(merged)


def test_a_limit_that_every_part_leaves_to_the_others_is_unknown(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measure that no check takes any more would vanish with nobody to miss it; one part that has it is enough."""
    left = "the limit of panel_error_s: nothing in this shard measures it"

    def judged(leaving: str) -> Merged:
        def one(folder: Path) -> GateReport:
            return replace(judge_run(folder), not_looked_at=(left,) if leaving in folder.name else ("boards",))

        monkeypatch.setattr(sys.modules["harness.judge.merge"], "judge_run", one)
        return merge([two], run_id="m")

    merged = judged("of2")
    assert merged.report.verdict is Verdict.UNKNOWN
    assert [one.message for part in merged.report.parts for one in part.findings] == [
        "The limit of panel_error_s: no shard measured it, so it says nothing."
    ]
    merged = judged("1of2")
    assert merged.report.verdict is Verdict.PASS
    assert merged.report.not_looked_at == ("boards",)
