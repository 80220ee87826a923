"""A deadline missed on a machine that stood still is doubtful; a breach of safety stays one on any machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.bench.judging import write_history
from harness.checks import ExactlyOnce, LeaderUnchanged, LoadKept
from harness.evidence import PLAN_FILE, read_json, stream_path, write_json
from harness.judge import judge_scenario
from harness.judge.standstill import STOOD_STILL_S, doubted_for, standstill
from harness.measures import Measure
from harness.model import Finding, FindingKind, Verdict
from harness.recorded import Stream
from harness.restore import to_data
from harness.seals import seal
from tests.harness.checks.story import BEGIN_S, Story

CHECKS = (LeaderUnchanged(), ExactlyOnce(), LoadKept())


def left_late(*lateness_s: float) -> Story:
    """A client's stream in which requests left so long after they were due."""
    story = Story()
    for number, late_s in enumerate(lateness_s):
        sent = {"id": f"s-{number}", "due_s": BEGIN_S + number - late_s, "to": "a"}
        story.line(Stream.CLIENT, "invoke", float(number), sent)
    return story


def found(verdict: Verdict, kind: FindingKind) -> Finding:
    """Any finding."""
    return Finding(check="Some", kind=kind, verdict=verdict, message="It was late.")


def tail(verdict: Verdict) -> Finding:
    """What `LoadKept` says of the lateness."""
    return Finding(
        check="LoadKept", kind=FindingKind.LOAD, verdict=verdict, message="", upper=50.0, observed=50.1,
        evidence="client.jsonl, last line", measure=Measure.LATENESS_P99_MS,
    )  # fmt: skip


def test_a_machine_that_stood_still_is_told_from_one_that_did_not() -> None:
    """The bound is the bound; the longest time is told with its place."""
    assert standstill(left_late(0.0, STOOD_STILL_S - 0.001), [tail(Verdict.PASS)]) == ""
    assert standstill(left_late(0.0, 0.3, 0.9, 0.01), [tail(Verdict.UNKNOWN)]) == (
        "the machine stood still: 2 requests left over 250 ms late, one of them 900 ms (client.jsonl:3)"
    )


def test_a_machine_that_was_late_a_little_all_the_time_is_told_too() -> None:
    """No request was late for long, and `LoadKept` says that too many were late."""
    assert standstill(left_late(0.0, 0.1), [found(Verdict.UNKNOWN, FindingKind.LOAD), tail(Verdict.UNKNOWN)]) == (
        "the machine stood still again and again: 1 % of the requests left over 50.1 ms late, where 50 ms are the most "
        "(client.jsonl, last line)"
    )


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        ([(1.5, 0.5), (1.4, 0.6), (1.6, 0.4)], "its host took 25% of the processor time that was wanted in 3 s"),
        ([(2.0, 0.0), (0.5, 1.5), (0.5, 1.5), (1.0, 1.0), (2.0, 0.0)], "took 67%"),
        ([(1.5, 0.5), (1.4, 0.6), (1.6, 0.39)], ""),
        ([(0.0, 0.3), (0.0, 0.3), (0.0, 0.3)], ""),
        ([(0.5, 1.5), (0.5, 1.5)], ""),
        ([], ""),
    ],
    ids=["just enough", "the worst three", "just too little", "hardly wanted", "too short", "nobody told"],
)
def test_a_host_that_serves_others_is_told(seconds: list[tuple[float, float]], says: str) -> None:
    """Services starve while the generator, going first, does not: what the host took is on record."""
    story = left_late(0.0, 0.01)
    for at, (used_s, stolen_s) in enumerate(seconds):
        story.line(Stream.COST, "processors", float(at), {"used_s": used_s, "stolen_s": stolen_s})
    story.line(Stream.COST, "probe", 10.0, {"probe": "x", "samples": 1, "busy_s": 0.0, "elapsed_s": 1.0})
    told = standstill(story, [tail(Verdict.PASS)])
    assert (says in told) if says else told == ""


@pytest.mark.parametrize(
    ("others_s", "idle_s", "says"),
    [(2.5, 0.5, "took 25% of its processors, most of it compiler, and 5% was left (cost.jsonl:1)"),
     (5.0, 0.0, "took 50%"), (2.49, 0.0, ""), (5.0, 0.51, "")],
    ids=["just enough", "half", "too little", "time to spare"],
)  # fmt: skip
def test_other_programs_on_a_full_machine_are_told(others_s: float, idle_s: float, says: str) -> None:
    """Where nothing is idle they take from the services; where something is they take from nobody."""
    story = left_late(0.0, 0.01)
    for at, share in enumerate((1.0, 0.5)):
        data = {"others_s": others_s * share, "idle_s": idle_s, "all_s": 10.0, "most": "compiler"}
        story.line(Stream.COST, "others", float(at), data)
    told = standstill(story, [tail(Verdict.PASS)])
    assert (
        ("the machine was shared: programs that are not of this run " in told and says in told) if says else told == ""
    )


def test_without_traffic_nothing_says_that_it_stood_still() -> None:
    """A missing stream is another check's business."""
    assert standstill(Story(), []) == ""


def test_what_else_is_wrong_with_the_load_does_not_excuse_the_subject() -> None:
    """Dropped requests, or a summary that cannot be read, say nothing of the machine."""
    assert standstill(left_late(0.1), [found(Verdict.UNKNOWN, FindingKind.LOAD)]) == ""


@pytest.mark.parametrize("kind", [FindingKind.ALERT, FindingKind.LIVENESS, FindingKind.DASHBOARD])
def test_what_was_late_on_a_machine_that_stood_still_is_doubted(kind: FindingKind) -> None:
    """It does not release, and does not accuse either."""
    still = standstill(left_late(1.0), [])
    (doubted,) = doubted_for(still, [found(Verdict.FAIL, kind)])
    assert doubted.verdict is Verdict.UNKNOWN
    assert doubted.message.startswith("It was late. It proves nothing, as the machine stood still: 1 request left")


@pytest.mark.parametrize("kind", [FindingKind.SAFETY, FindingKind.LOAD])
def test_a_breach_of_safety_is_one_on_any_machine(kind: FindingKind) -> None:
    """Twice is twice, however slow the machine."""
    failed = found(Verdict.FAIL, kind)
    assert doubted_for(standstill(left_late(1.0), []), [failed]) == [failed]


def test_what_no_machine_can_bring_about_is_not_doubted() -> None:
    """A rule that is not there is not there, however slow the machine."""
    failed = replace(found(Verdict.FAIL, FindingKind.ALERT), timed=False)
    assert doubted_for(standstill(left_late(1.0), []), [failed]) == [failed]


@pytest.mark.parametrize("line", [{"used_s": 1.0}, {"used_s": "much", "stolen_s": 0.0}])
def test_figures_of_the_machine_that_cannot_be_read_are_doubted(tmp_path: Path, line: dict[str, object]) -> None:
    """One sentence, and no broken judgement."""
    folder = tmp_path / "bench"
    write_history(folder, lines=700)
    damaged = {"t": 1.0, "m": 1.0, "kind": "processors", **line}
    rewrite(folder, Stream.COST, [damaged] * 3)
    seal(folder, "complete")
    judged = judge_scenario(folder)
    assert judged.verdict is Verdict.UNKNOWN
    assert any("whether the machine had time for the run cannot be read" in one.message for one in judged.findings)


def test_what_passed_or_is_unknown_stays_as_it_is() -> None:
    """Nothing is doubted that does not accuse."""
    findings = [found(Verdict.PASS, FindingKind.ALERT), found(Verdict.UNKNOWN, FindingKind.ALERT)]
    assert doubted_for(standstill(left_late(1.0), []), findings) == findings


def test_on_a_machine_that_kept_up_late_is_late() -> None:
    """The way out is not open to a run whose traffic was on time."""
    failed = found(Verdict.FAIL, FindingKind.ALERT)
    assert doubted_for(standstill(left_late(0.1), []), [failed]) == [failed]


@pytest.mark.parametrize(
    ("late_s", "p99_ms", "word"),
    [(0.0, 1.0, "fail"), (0.4, 1.0, "unknown"), (0.0, 50.0, "fail"), (0.0, 50.1, "unknown")],
    ids=["on time", "once for long", "at its bound", "again and again"],
)
def test_a_run_is_judged_by_the_machine_that_it_had(tmp_path: Path, late_s: float, p99_ms: float, word: str) -> None:
    """Through the whole judgement: an election in mid-run, and what was lost; with the traffic on time and late."""
    folder = tmp_path / "bench"
    write_history(folder, lines=700)
    plan = read_json(folder / PLAN_FILE)
    write_json(folder / PLAN_FILE, {**plan, "checks": [to_data(each) for each in CHECKS]})
    phases = [json.loads(line) for line in lines_of(folder, Stream.PHASES)]
    middle_s = next(one["t"] for one in phases if (one["name"], one["kind"]) == ("baseline", "start")) + 0.0005
    elect_anew(folder, middle_s)
    send_later(folder, late_s, p99_ms)
    lose_an_effect(folder)
    seal(folder, "complete")
    judged = judge_scenario(folder)
    (late,) = (one for one in judged.findings if "taken anew" in one.message)
    assert late.verdict.word == word
    assert bool(judged.stood_still) is (word == "unknown")
    assert judged.stood_still in late.message
    assert any(one.check == "ExactlyOnce" and one.verdict is Verdict.FAIL for one in judged.findings)
    assert judged.verdict is Verdict.FAIL


def lines_of(folder: Path, stream: Stream) -> list[str]:
    """The lines of a stream."""
    return stream_path(folder, stream).read_text(encoding="utf-8").splitlines()


def elect_anew(folder: Path, at_s: float) -> None:
    """Let the last read of the databases hold a second term that begins then."""
    *rows, end = (json.loads(line) for line in lines_of(folder, Stream.FINAL))
    end["counts"]["epoch"] = 2
    rewrite(folder, Stream.FINAL, [*rows, {**rows[-1], "epoch": 2, "leader": "trading-2", "from_s": at_s}, end])


def lose_an_effect(folder: Path) -> None:
    """Let the last read of the databases miss what one signal did."""
    rows = [json.loads(line) for line in lines_of(folder, Stream.FINAL)]
    rows[-1]["counts"]["effect"] -= 1
    rows.remove(next(row for row in rows if row["kind"] == "effect"))
    rewrite(folder, Stream.FINAL, rows)


def send_later(folder: Path, late_s: float, p99_ms: float) -> None:
    """Let every request have been due so much earlier, and the generator say this of 99 % of them."""
    rows = [json.loads(line) for line in lines_of(folder, Stream.CLIENT)]
    rewrite(
        folder,
        Stream.CLIENT,
        [
            {**row, "due_s": row["due_s"] - late_s}
            if row["kind"] == "invoke"
            else {**row, "lateness_ms": {"p99": p99_ms}}
            if row["kind"] == "summary"
            else row
            for row in rows
        ],
    )


def rewrite(folder: Path, stream: Stream, rows: Sequence[Mapping[str, object]]) -> None:
    """Put these rows in place of the stream's."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    stream_path(folder, stream).write_text(text, encoding="utf-8")
