"""What was judged is what was ordered: nothing from elsewhere, nothing dropped, nothing changed afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence import read_json, write_json
from harness.judge import judge_run
from harness.model import Verdict
from harness.seals import seal_run
from tests.harness.judge.run_folder import change_json, seal_again, told


def test_a_scenario_that_never_ran_is_unknown(folder: Path) -> None:
    """A scenario of the order without a folder is UNKNOWN, and so is the run."""
    run = read_json(folder / "run.json")
    run["scenarios"] = ["bench", "redis-outage"]
    write_json(folder / "run.json", run)
    seal_run(folder)
    judged = judge_run(folder)
    assert [scenario.verdict for scenario in judged.scenarios] == [Verdict.PASS, Verdict.UNKNOWN]
    assert judged.exit_code == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run_id": "20260101-000000-ffffff"}, "was recorded by run 20260101-000000-ffffff"),
        ({"name": "steady-state"}, "holds the plan of 'steady-state'"),
    ],
)
def test_evidence_of_another_run_or_scenario_is_unknown(folder: Path, change: dict[str, object], message: str) -> None:
    """A folder that was copied in from elsewhere does not release, even when it is sealed anew."""
    change_json(folder / "scenarios" / "bench" / "plan.json", **change)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))
    assert [scenario.name for scenario in judged.scenarios] == ["bench"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["bench", "bench"], "more than once"),
        (["bench", "../bench"], "which no folder is called"),
        (["bench", ""], "which no folder is called"),
        (["bench", "a\\b"], "which no folder is called"),
    ],
)
def test_odd_scenario_names_are_unknown(folder: Path, names: list[str], message: str) -> None:
    """Names that stand twice, or lead out of the run's folder, leave the run in doubt."""
    change_json(folder / "run.json", scenarios=names)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any(message in one for one in told(judged))


def test_a_scenario_cannot_be_dropped(folder: Path) -> None:
    """A scenario that was recorded and is no longer in the order shows, even when the run is sealed anew."""
    (folder / "scenarios" / "failed").mkdir()
    write_json(folder / "scenarios" / "failed" / "plan.json", {})
    seal_again(folder)
    assert any("does not name failed" in one for one in told(judge_run(folder)))
    assert judge_run(folder).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("name", ["run.json", "scenarios/bench/plan.json", "scenarios/bench/loaded.json"])
def test_what_decides_cannot_be_changed_after_the_run(folder: Path, name: str) -> None:
    """An order, plan or rule list with a different byte than the run left is UNKNOWN."""
    path = folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    judged = judge_run(folder)
    assert judged.verdict is Verdict.UNKNOWN
    assert any(f"{path.name} is not as it was recorded" in one for one in told(judged))


def test_a_run_killed_before_its_end_is_unknown(folder: Path) -> None:
    """A folder without the seal of the run was never finished."""
    (folder / "sealed.json").unlink()
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert told(judged) == ["the run did not come to its end: sealed.json is missing"]


def test_a_scenario_of_another_time_scale_is_unknown(folder: Path) -> None:
    """The report states one time scale; evidence that was recorded at another is not of this run."""
    change_json(folder / "run.json", time_scale=10.0)
    seal_again(folder)
    judged = judge_run(folder)
    assert judged.exit_code == 3
    assert any("time scale of 15, the run's is 10" in one for one in told(judged))
