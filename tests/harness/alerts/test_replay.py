"""A recorded run through its production rules, and through others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness.alerts.kills import kills, replay_kills
from harness.alerts.recording import read_recording
from harness.alerts.replay import Job, replay, timelines, write_replay
from harness.alerts.rerun import rerun
from harness.alerts.run_folder import recorded
from harness.alerts.tools import Outcome, Toolbox
from harness.checks.production import same_at_production
from harness.errors import EvidenceError, UsageError
from harness.evidence import Recorder
from harness.model import Verdict
from tests.harness.alerts.recorded_run import BEGIN_S, RULES, K, write_run

CONTAINERS = pytest.mark.containers
EVERY = 15.0


def fired(standing: Sequence[object], alert: str = "Stale") -> list[float]:
    """The evaluations at which an alert fires."""
    return [
        at
        for one in standing
        if getattr(one, "alert", "") == alert and getattr(one, "state", "") == "firing"
        for at in getattr(one, "times_s", ())
    ]


def test_a_recording_knows_when_a_group_was_evaluated(tmp_path: Path) -> None:
    """What Prometheus tells is a little late; the earliest of all is nearest to the truth."""
    recording = read_recording(write_run(tmp_path) / "scenarios" / "late")
    first_s = recording.first_evaluation_s("heartbeats", 1.0, BEGIN_S + 3.7)
    assert first_s - BEGIN_S == pytest.approx(4.501, abs=1e-5)


def test_a_group_that_the_run_did_not_have_may_begin_anywhere(tmp_path: Path) -> None:
    """Another rule file has other groups."""
    recording = read_recording(write_run(tmp_path) / "scenarios" / "late")
    assert recording.first_evaluation_s("new", 1.0, BEGIN_S + 3.7) == BEGIN_S + 3.7


@pytest.mark.parametrize("file", ["series.jsonl", "rules.jsonl", "plan.json", "config/production/prometheus.yml"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    """Nothing is replayed without all that it needs."""
    folder = write_run(tmp_path) / "scenarios" / "late"
    (folder / file).unlink()
    with pytest.raises(EvidenceError, match=Path(file).name.replace(".", r"\.")):
        read_recording(folder)


@pytest.mark.parametrize("line", ["{", '{"t": 1, "m": 1, "kind": "series", "labels": {}}', '{"t": 1, "m": 1}'])
def test_a_damaged_line_is_told_in_a_sentence(tmp_path: Path, line: str) -> None:
    """A line that is no JSON, or lacks what it should hold, is bad input and no traceback."""
    run = write_run(tmp_path)
    with (run / "scenarios" / "late" / "series.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(UsageError, match=r"series\.jsonl"):
        recorded(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """And so is a scenario that the run does not hold."""
    with pytest.raises(UsageError, match="holds no scenario"):
        recorded(tmp_path)
    with pytest.raises(UsageError, match="no scenario 'other'; there are late"):
        recorded(write_run(tmp_path), "other")


@CONTAINERS
def test_the_replay_is_the_run_at_production_timing(tmp_path: Path, toolbox: Toolbox) -> None:
    """Each evaluation of the run is one of the replay, fifteen times as far apart."""
    replayed = replay(read_recording(write_run(tmp_path) / "scenarios" / "late"), toolbox)
    seen = fired(replayed.standing)
    assert [at / K + replayed.t0_s - BEGIN_S for at in seen] == pytest.approx(
        [18.5, 19.5, 20.5, 21.5, 22.5, 23.5], abs=0.01
    )
    assert replayed.rules[0].for_s == 30.0
    assert not fired(replayed.standing, "Down")


@CONTAINERS
def test_the_replay_is_recorded_and_agrees_with_the_run(tmp_path: Path, toolbox: Toolbox) -> None:
    """What is written is what the judgement reads."""
    run = write_run(tmp_path)
    folder = run / "scenarios" / "late"
    recorder = Recorder(folder)
    write_replay(folder, recorder, toolbox)
    recorder.close()
    (of,) = recorded(run)
    findings = list(same_at_production(of.checks, of.record))
    assert [finding.verdict for finding in findings] == [Verdict.PASS, Verdict.PASS]


@CONTAINERS
def test_a_run_whose_prometheus_saw_something_else_disagrees(tmp_path: Path, toolbox: Toolbox) -> None:
    """An alert that the run did not see, though its own series make it fire, is a FAIL."""
    run = write_run(tmp_path, firing=[])
    folder = run / "scenarios" / "late"
    recorder = Recorder(folder)
    write_replay(folder, recorder, toolbox)
    recorder.close()
    (of,) = recorded(run)
    assert Verdict.worst(one.verdict for one in same_at_production(of.checks, of.record)) is Verdict.FAIL


@CONTAINERS
def test_other_rules_show_what_they_would_have_done(tmp_path: Path, toolbox: Toolbox) -> None:
    """A longer wait fires later by as much, and what is the same says so."""
    run = write_run(tmp_path)
    assert not rerun(run, toolbox)[0].differs
    (changed,) = rerun(run, toolbox, rules={"mine.yml": RULES.replace("for: 30s", "for: 1m")})
    assert [row.difference for row in changed.rows] == ["fires 30 s later"]
    (gone,) = rerun(run, toolbox, rules={"mine.yml": RULES.replace("> 60", "> 600")})
    assert [row.difference for row in gone.rows] == ["does not fire any more"]


@CONTAINERS
def test_a_metric_that_was_not_recorded_is_told(tmp_path: Path, toolbox: Toolbox) -> None:
    """A rule on a metric of which the run kept nothing is silent for no reason."""
    rules = RULES.replace('up{job="app"} == 0', 'queue_length{job="app"} > 0')
    (outcome,) = rerun(write_run(tmp_path), toolbox, rules={"mine.yml": rules})
    assert outcome.unrecorded == {"Down": ("queue_length",)}
    assert outcome.differs


@CONTAINERS
def test_rules_that_do_not_load_are_named(tmp_path: Path, toolbox: Toolbox) -> None:
    """Group and rule stand in the sentence."""
    with pytest.raises(UsageError, match=r"heartbeats.*Stale"):
        rerun(write_run(tmp_path), toolbox, rules={"mine.yml": RULES.replace("> 60", '== "late"')})


@CONTAINERS
def test_a_group_that_reads_what_another_records_is_replayed_with_it(tmp_path: Path, toolbox: Toolbox) -> None:
    """Recording rules are part of the rules."""
    recording = read_recording(write_run(tmp_path) / "scenarios" / "late")
    rules = RULES.replace('timestamp(beat_timestamp{job="app"}) - beat_timestamp{job="app"} > 60', "age > 60") + (
        "  - name: ages\n    interval: 15s\n    rules:\n      - record: age\n"
        "        expr: timestamp(beat_timestamp) - beat_timestamp\n"
    )
    (standing,) = timelines([Job(recording=recording, rules={"app.yml": rules})], toolbox)
    assert len(fired(standing if not isinstance(standing, str) else ())) in {4, 5, 6}  # groups have no fixed order


MUTANTS = {
    "the rules themselves": (RULES, None),
    "a longer wait": (RULES.replace("for: 30s", "for: 45s"), "waited for 45.00 s"),
    "a threshold that is never reached": (RULES.replace("> 60", "> 600"), "never"),
    "an alert that nobody expects": (RULES.replace("== 0", "== 1"), "Down"),
    "another severity": (
        RULES.replace("critical", "warning", 1),
        "severity=critical} fired in the run and not in its replay",
    ),
    "an alert that is gone": (RULES.replace("alert: Stale", "alert: Fresh"), "Stale"),
    "an expression that cannot be evaluated": (
        RULES.replace('up{job="app"} == 0', 'label_replace(up, "a", "b", "c", "(")'),
        "cannot be evaluated",
    ),
    "a threshold that makes no difference here": (RULES.replace("> 60", "> 61"), None),
    "a rule that does not load": (RULES.replace("> 60", '== "x"'), "cannot be evaluated"),
}


@CONTAINERS
def test_changed_rules_are_caught_by_the_promise_that_they_break(tmp_path: Path, toolbox: Toolbox) -> None:
    """Each change that breaks a promise is told with it, the others are not; all in one go."""
    told = kills([text for text, _ in MUTANTS.values()], write_run(tmp_path), toolbox)
    for (name, (_, expected)), said in zip(MUTANTS.items(), told, strict=True):
        if expected is None:
            assert said is None, name
        else:
            assert said is not None, name
            assert expected in said, name


@CONTAINERS
def test_one_changed_file_can_be_asked_about_alone(tmp_path: Path, toolbox: Toolbox) -> None:
    """The same answer as in a batch."""
    run = write_run(tmp_path)
    assert replay_kills(RULES, run, toolbox) is None
    assert "waited" in (replay_kills(RULES.replace("for: 30s", "for: 1m"), run, toolbox) or "")


@CONTAINERS
def test_what_a_run_broke_by_itself_is_blamed_on_no_change(tmp_path: Path, toolbox: Toolbox) -> None:
    """Where the run disagrees with the replay of its own rules, the same disagreement kills nothing."""
    run = write_run(tmp_path, firing=[])
    assert replay_kills(RULES, run, toolbox) is None
    assert "Down" in (replay_kills(RULES.replace("== 0", "== 1"), run, toolbox) or "")


@CONTAINERS
def test_dozens_of_changed_files_cost_hardly_more_containers_than_one(
    tmp_path: Path, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fast enough to ask about every survivor of a mutation: what takes the time is the tool's start."""
    run, started = write_run(tmp_path), list[str]()
    monkeypatch.setattr(Toolbox, "run", counted(Toolbox.run, started))
    texts = [RULES.replace("> 60", f"> {60 + number / 100}") for number in range(60)]
    assert len(kills(texts[:1], run, toolbox)) == 1
    one = len(started)
    assert len(kills(texts, run, toolbox)) == 60
    assert 1 <= len(started) - one <= 2 * one


def counted(run: Callable[..., Outcome], started: list[str]) -> Callable[..., Outcome]:
    """The same, and each image that was started is noted."""

    def noted(toolbox: Toolbox, image: str, *rest: object, **named: object) -> Outcome:
        started.append(image)
        return run(toolbox, image, *rest, **named)

    return noted


@CONTAINERS
def test_the_command_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 for no difference, 1 for some with both times in the table and the file, 2 for bad input."""
    from harness.cli.app import run as harness

    run, rules, out = write_run(tmp_path / "run"), tmp_path / "mine.yml", tmp_path / "out.json"
    assert harness(["alerts", "replay", str(run)]) == 0
    rules.write_text(RULES.replace("for: 30s", "for: 1m"), encoding="utf-8")
    assert harness(["alerts", "replay", str(run), "--rules", str(rules), "--json", str(out)]) == 1
    assert "fires 30 s later" in capsys.readouterr().out
    (row,) = json.loads(out.read_text(encoding="utf-8"))["scenarios"][0]["rows"]
    assert row["after"][0][0] - row["before"][0][0] == pytest.approx(30.0)
    assert harness(["alerts", "replay", str(run), "--rules", str(tmp_path / "nowhere.yml")]) == 2
    assert harness(["alerts", "replay", str(tmp_path / "nowhere")]) == 2
