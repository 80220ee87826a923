"""A recorded run through alert rules at production timing: how would they have behaved?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from harness.alerts.recording import Recording, read_recording
from harness.alerts.rule_parts import EVERYTHING, Part, metrics_of, parts_of
from harness.alerts.timeline import Answer, Question, ask
from harness.alerts.tools import Toolbox
from harness.checks.alert_log import Standing
from harness.errors import UsageError
from harness.evidence import Recorder
from harness.recorded import RuleTiming, Stream
from harness.timing import MEASURED
from harness.timing.promql import metrics_read
from harness.timing.rule_files import groups_of, planned_rules
from harness.timing.stretch import GRID_S, Map, Series, Stretched, stretched

SETTLES_S = 120.0  # of a tail, beyond what the rules look back: the longest time that a condition takes to clear


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What alerts would have done at production timing.

    Args:
        rules: as Prometheus would load them.
        standing: the evaluations at which each series of an alert stood; production s after t0.
        from_s, to_s, t0_s: what was recorded, and the moment that is 0; wall clock s.
        k: the time scale of the record.
        tail_s: for how long the last state was made to go on, production s.
        unrecorded: by alert, metrics that it reads and that the run did not record.
    """

    rules: tuple[RuleTiming, ...]
    standing: tuple[Standing, ...]
    from_s: float
    to_s: float
    t0_s: float
    k: float
    tail_s: float
    unrecorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One recording that is to go through some rule files (text by name)."""

    recording: Recording
    rules: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The moment that is 0 (wall clock s), and how long the last state goes on (production s)."""

    t0_s: float
    tail_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    part: Part
    offset_s: float
    question: Question


def replay(recording: Recording, toolbox: Toolbox, rules: Mapping[str, str] | None = None) -> Replayed:
    """The recording through rules that are not compressed.

    Args:
        recording: the run.
        toolbox: where promtool runs.
        rules: text of the rule files by name; without them those of the run.

    Raises:
        UsageError: the rules do not load, or a series cannot be stretched.
        InfrastructureError: promtool cannot be run, or is not understood.
    """
    return replay_all([recording], toolbox, rules)[0]


def replay_all(
    recordings: Sequence[Recording], toolbox: Toolbox, rules: Mapping[str, str] | None = None
) -> tuple[Replayed, ...]:
    """The same for many recordings at once, in few calls of promtool.

    Raises:
        UsageError: the rules do not load, or a series cannot be stretched.
        InfrastructureError: promtool cannot be run, or is not understood.
    """
    jobs = [Job(recording=one, rules=one.rules if rules is None else rules) for one in recordings]
    return tuple(_replayed(job, standing) for job, standing in zip(jobs, timelines(jobs, toolbox), strict=True))


def _replayed(job: Job, standing: tuple[Standing, ...] | str) -> Replayed:
    recording, files = job.recording, job.rules
    if isinstance(standing, str):
        raise UsageError(f"{', '.join(files)}: the rules cannot be replayed: {standing}")
    return Replayed(
        rules=planned_rules(files, recording.prometheus, recording.alertmanager),
        standing=standing,
        from_s=recording.from_s,
        to_s=recording.to_s,
        t0_s=_frame(recording).t0_s,
        k=recording.k,
        tail_s=_frame(recording).tail_s,
        unrecorded=_unrecorded(recording, files),
    )


def write_replay(folder: Path, recorder: Recorder, toolbox: Toolbox) -> None:
    """Replay what a scenario's folder holds through the production rules beside it, and record the outcome.

    Raises:
        HarnessError: it cannot be replayed; nothing is written then.
    """
    replayed = replay(read_recording(folder), toolbox)
    recorder.write(Stream.REPLAY, "rules", rules=[asdict(rule) for rule in replayed.rules])
    for one in replayed.standing:
        recorder.write(
            Stream.REPLAY, "series", alert=one.alert, state=one.state, labels=dict(one.labels), times_s=one.times_s
        )
    recorder.write(
        Stream.REPLAY,
        "end",
        from_s=replayed.from_s,
        to_s=replayed.to_s,
        t0_s=replayed.t0_s,
        k=replayed.k,
        tail_s=replayed.tail_s,
    )


def timelines(jobs: Sequence[Job], toolbox: Toolbox) -> tuple[tuple[Standing, ...] | str, ...]:
    """For each job when its alerts stood, or why its rules cannot be evaluated; all in few calls of promtool.

    Raises:
        UsageError: a rule file cannot be read, or a series cannot be stretched.
        InfrastructureError: promtool cannot be run, or is not understood.
    """
    loaded: dict[tuple[int, float, frozenset[str]], tuple[Stretched, ...]] = {}
    asked = [[*_questions(job, loaded)] for job in jobs]
    answers = iter(ask([one.question for of_job in asked for one in of_job], toolbox))
    return tuple(_standing([(one, next(answers)) for one in of_job]) for of_job in asked)


def _questions(job: Job, loaded: dict[tuple[int, float, frozenset[str]], tuple[Stretched, ...]]) -> Iterator[_Asked]:
    recording, frame = job.recording, _frame(job.recording)
    for part in parts_of(job.rules, recording.prometheus):
        interval_s = part.interval_s / recording.k
        first_s = recording.first_evaluation_s(part.group, interval_s, frame.t0_s)
        by = Map(t0_s=first_s, k=recording.k, tail_s=frame.tail_s)
        key = (id(recording), first_s, part.reads | part.records)
        if key not in loaded:
            loaded[key] = stretched(_read_by(part, recording), by, real_time=recording.real_time)
        question = Question(
            rules=part.texts,
            series=loaded[key],
            grid_s=GRID_S,
            interval_s=part.interval_s,
            until_s=by.production_s(recording.to_s) + by.tail_s,
        )
        yield _Asked(part=part, offset_s=(first_s - frame.t0_s) * recording.k, question=question)


def _read_by(part: Part, recording: Recording) -> list[Series]:
    """What the part reads; `up` always, as it shows when targets were scraped."""
    every = part.reads >= EVERYTHING
    return [
        one
        for one in recording.series
        if one.name == "up" or ((every or one.name in part.reads) and one.name not in part.records)
    ]


def _standing(answers: Iterable[tuple[_Asked, Answer]]) -> tuple[Standing, ...] | str:
    times: dict[tuple[tuple[str, str], ...], set[float]] = defaultdict(set)
    for asked, answer in answers:
        if answer.problem:
            return f"group {asked.part.group}: {answer.problem}"
        for labels, at_s in answer.times_s.items():
            if dict(labels)["alertname"] in asked.part.alerts:
                times[labels] |= {round(at + asked.offset_s, 3) for at in at_s}
    return tuple(_one(dict(labels), sorted(at_s)) for labels, at_s in sorted(times.items()))


def _one(labels: dict[str, str], times_s: list[float]) -> Standing:
    alert, state = labels.pop("alertname"), labels.pop("alertstate")
    return Standing(alert=alert, state=state, labels=labels, times_s=tuple(times_s), place="replay.jsonl")


@lru_cache(maxsize=64)
def _frame(recording: Recording) -> _Frame:
    """Where a recording begins: an evaluation before its first sample, so that no time in it is negative.

    And for how long its last state goes on: until all that lingers has resolved, by the rules it was recorded with.
    """
    k = recording.k
    rules = planned_rules(recording.rules, recording.prometheus, recording.alertmanager)
    longest_s = max((rule.interval_s for rule in rules), default=0.0)
    looks_back_s = [
        rule.window_s + rule.scrape_s + rule.scrape_timeout_s + 3 * rule.interval_s + rule.keep_firing_s
        for rule in rules
        if rule.alert in recording.lingering
    ]
    slow_s = (MEASURED.clock_s + MEASURED.scrape_s + MEASURED.evaluation_s) * k
    tail_s = max(looks_back_s) + SETTLES_S + slow_s if looks_back_s else 0.0
    return _Frame(t0_s=recording.from_s - longest_s / k, tail_s=tail_s)


def _unrecorded(recording: Recording, files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Metrics that alerts of the files read, and of which the run, whose rules did not read them, kept nothing."""
    known = metrics_of(recording.rules) | {"up"} | {one.name for one in recording.series} | EVERYTHING
    groups = [group for file, text in files.items() for group in groups_of(text, file)]
    missing = metrics_of(files) - known
    found: dict[str, tuple[str, ...]] = {}
    for rule in (rule for group in groups for rule in group.rules if missing and "alert" in rule):
        if own := missing & metrics_read(str(rule["expr"])):
            found[str(rule["alert"])] = tuple(sorted(own))
    return found
