"""A known-bad variant counts as caught only where the check that is meant to see it did, in a run that is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.bench.judging import write_history
from harness.errors import UsageError
from harness.evidence import read_json, write_json
from harness.judge import judge_mistake, judge_run
from harness.mistakes import Mistake
from harness.model import LoadProfile, Scenario, Verdict
from harness.run.order import Options, order_of
from harness.run.self_test import mistakes_of, run_mistake
from harness.seals import seal, seal_run
from tests.harness.judge.run_folder import change_json, edit_rows, seal_again

MISTAKE = Mistake(
    name="no-fence", switches=("fence-off", "unique-off"), scenario="bench", caught_by=("ExactlyOnce",), runs=2
)
RUN_ID = "20260101-000000-abcdef"


def leave_run(run: Path, *, red: bool) -> None:
    """A run of the scenario with the mistake; red where a signal was executed twice."""
    write_history(run, lines=700)
    if red:
        final = run / "final.jsonl"
        lines = final.read_text(encoding="utf-8").splitlines()
        order = next(line for line in lines if '"effect"' in line)
        lines.insert(-1, order.replace('"effect_id": "', '"effect_id": "again-'))
        counts = '"effect": '
        had = lines[-1].split(counts)[1].split(",")[0].split("}")[0]
        lines[-1] = lines[-1].replace(counts + had, counts + str(int(had) + 1))
        final.write_text("\n".join(lines) + "\n", encoding="utf-8")
    change_json(run / "plan.json", known_bad=list(MISTAKE.switches))
    seal(run, "complete")


def runs_of(folder: Path, *red: bool) -> list[Path]:
    """The runs of the mistake, one after another."""
    paths = [folder / "known-bad" / MISTAKE.name / str(number) for number in range(1, len(red) + 1)]
    for path, is_red in zip(paths, red, strict=True):
        leave_run(path, red=is_red)
    return paths


def test_a_mistake_that_turns_the_run_red_is_caught(tmp_path: Path) -> None:
    """The second run catches it: two runs, and what the check said."""
    runs_of(tmp_path, False, True)
    result = judge_mistake(tmp_path, MISTAKE, RUN_ID)
    assert (result.verdict, result.runs, result.seen_by) == (Verdict.PASS, 2, "ExactlyOnce")
    assert "more than once" in result.message


def test_a_mistake_that_stays_green_is_not_caught(tmp_path: Path) -> None:
    """The gate is blind to it: UNKNOWN, and it says so."""
    runs_of(tmp_path, False, False)
    result = judge_mistake(tmp_path, MISTAKE, RUN_ID)
    assert (result.verdict, result.runs, result.seen_by) == (Verdict.UNKNOWN, 2, "")
    assert "does not see" in result.message


def test_red_through_another_check_is_not_caught(tmp_path: Path) -> None:
    """A check that was not meant to see it may be red for a reason of its own."""
    runs_of(tmp_path, True)
    other = Mistake(name=MISTAKE.name, switches=MISTAKE.switches, scenario=MISTAKE.scenario, caught_by=("EpochsGrow",))
    assert judge_mistake(tmp_path, other, RUN_ID).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: change_json(run / "plan.json", known_bad=["fence-off"]), "variants that were on: fence-off"),
        (lambda run: change_json(run / "plan.json", known_bad=[]), "variants that were on: none"),
        (lambda run: change_json(run / "plan.json", name="another"), "a run of another"),
        (lambda run: change_json(run / "plan.json", run_id="20250101-000000-000000"), "recorded by run 2025"),
        (lambda run: (run / "client.jsonl").unlink(), "client.jsonl is missing"),
        (lambda run: seal(run, "no engine"), "did not run to its end: no engine"),
        (lambda run: (run / "plan.json").write_text("{", encoding="utf-8"), "plan.json"),
    ],
)
def test_a_red_run_that_proves_nothing_is_not_caught(
    tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    """Red evidence of something else, or damaged, says nothing of the gate."""
    (run,) = runs_of(tmp_path, True)
    how = read_json(run / "sealed.json")["ended"]
    damage(run)
    if read_json(run / "sealed.json")["ended"] == how and (run / "client.jsonl").is_file() and "plan.json" not in said:
        seal(run, "complete")
    result = judge_mistake(tmp_path, MISTAKE, RUN_ID)
    assert result.verdict is Verdict.UNKNOWN
    assert said in result.message


def test_it_is_run_until_it_is_caught(tmp_path: Path) -> None:
    """A mistake that needs luck has its runs, and no more of them than it needs."""
    asked: list[str] = []

    def run_once(run: Path) -> None:
        asked.append(run.name)
        leave_run(run, red=run.name == "2")

    patient = Mistake(**{**asdict(MISTAKE), "runs": 5})
    assert run_mistake(patient, tmp_path, RUN_ID, run_once).runs == 2
    assert asked == ["1", "2"]


def order_mistake(folder: Path, *red: bool) -> None:
    """Make the mistake part of a good run's order, with its runs."""
    change_json(folder / "run.json", mistakes=[asdict(MISTAKE)])
    runs_of(folder, *red)
    seal_run(folder)


def test_a_gate_that_saw_its_mistake_passes(folder: Path) -> None:
    """What was caught takes nothing from a good run."""
    order_mistake(folder, True)
    judged = judge_run(folder)
    assert judged.verdict is Verdict.PASS
    assert [mistake.seen_by for mistake in judged.mistakes] == ["ExactlyOnce"]


def test_a_gate_that_did_not_see_its_mistake_is_unknown(folder: Path) -> None:
    """All scenarios hold, and the run does not release."""
    order_mistake(folder, False)
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_a_mistake_that_was_never_run_is_unknown(folder: Path) -> None:
    """Ordered and not done is not done."""
    change_json(folder / "run.json", mistakes=[asdict(MISTAKE)])
    seal_run(folder)
    judged = judge_run(folder)
    assert (judged.verdict, judged.mistakes[0].message) == (Verdict.UNKNOWN, "It was never run.")


def test_a_mistake_does_not_outweigh_a_breach(folder: Path) -> None:
    """The good application's own FAIL stays one."""
    order_mistake(folder, True)
    edit_rows(folder, lambda rows: [row for row in rows if row.get("id") != "s-7"])
    assert judge_run(folder).verdict is Verdict.FAIL


def test_mistakes_alone_release_nothing(folder: Path) -> None:
    """A run that judged no scenario did not look at the application."""
    order_mistake(folder, True)
    change_json(folder / "run.json", scenarios=[])
    for path in (folder / "scenarios" / "bench").iterdir():
        path.unlink()
    seal_run(folder)
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_a_mistake_cannot_be_dropped_afterwards(folder: Path) -> None:
    """One that was tried and not caught does not vanish from the order."""
    order_mistake(folder, False)
    change_json(folder / "run.json", mistakes=[])
    seal_again(folder)
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_evidence_of_a_mistake_is_sealed_with_the_run(folder: Path) -> None:
    """Its seal is part of the run's."""
    order_mistake(folder, True)
    write_json(folder / "known-bad" / MISTAKE.name / "1" / "sealed.json", {"ended": "complete"})
    assert judge_run(folder).verdict is Verdict.UNKNOWN


def test_only_mistakes_of_scenarios_that_run_are_tried() -> None:
    """`harness run X --self-test` tries what X is meant to see."""
    elsewhere = Mistake(name="other", switches=("other",), scenario="other", caught_by=("Alert",))
    stack = SimpleNamespace(__name__="some.stack", MISTAKES=(MISTAKE, elsewhere))
    bench = Scenario(name="bench", hypothesis="", covers=(), load=LoadProfile(), checks=())
    assert mistakes_of(stack, [bench]) == (MISTAKE,)


def test_a_stack_without_mistakes_cannot_be_tested() -> None:
    """Nothing tried is not everything caught."""
    with pytest.raises(UsageError, match=r"some\.stack lists no MISTAKES"):
        mistakes_of(SimpleNamespace(__name__="some.stack"), [])


def test_a_self_test_of_a_known_bad_subject_makes_no_sense() -> None:
    """It would try each mistake on top of another one."""
    with pytest.raises(UsageError, match="leave --known-bad out"):
        order_of(Options(names=("redis-outage",), self_test=True, known_bad=("fence-off",)))
