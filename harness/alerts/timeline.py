"""The whole life of every alert of a rule file over some series, read back from promtool.

`promtool test rules` tells nothing that was not asked for, so it is asked: for each evaluation, that ALERTS be
something that it can never be. What it says that it got instead is the timeline. What cannot be read is an error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.alerts.tools import Outcome, Toolbox
from harness.errors import InfrastructureError
from harness.timing.durations import from_seconds, to_seconds
from harness.timing.stretch import Stretched

AT_ONCE = 2  # calls of promtool: it uses one core, and the machine has two
MOST_A_CALL = 100  # questions: promtool keeps what it has to say in memory
_FAILED = "  FAILED:"
_ANSWER = re.compile(
    r'    expr: "ALERTS\{__case__!=\\"(?P<case>\d+)\\"\}", time: (?P<time>\w+),\n'
    r'        exp: \{never="true"\} 0E\+00\n'
    r"        got: (?P<got>.*)"
)
_SAMPLE = re.compile(r'\{(?P<labels>(?:[\w:]+="(?:\\.|[^"\\])*"(?:, )?)*)\} 1E\+00(?:, |$)')
_LABEL = re.compile(r'(?P<name>[\w:]+)=(?P<value>"(?:\\.|[^"\\])*")(?:, |$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Rules that are to be evaluated over series.

    Args:
        rules: text of the rule files.
        series: loaded samples.
        grid_s: distance of two steps of the series, s.
        interval_s: distance of two evaluations, s; the first is at 0.
        until_s: time of the last evaluation at the latest.
    """

    rules: tuple[str, ...]
    series: tuple[Stretched, ...]
    grid_s: float
    interval_s: float
    until_s: float

    @property
    def evaluations_s(self) -> tuple[float, ...]:
        """When the rules are evaluated."""
        return tuple(number * self.interval_s for number in range(int(self.until_s / self.interval_s + 1e-9) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What promtool said of one question.

    Args:
        times_s: by the labels of an alert's series, alertname and alertstate among them, when it stood.
        problem: why the rules could not be evaluated; then there are no times.
    """

    times_s: Mapping[tuple[tuple[str, str], ...], tuple[float, ...]]
    problem: str = ""


def ask(questions: Sequence[Question], toolbox: Toolbox) -> tuple[Answer, ...]:
    """The timeline of each question.

    Raises:
        InfrastructureError: promtool cannot be run, or said what cannot be understood.
    """
    calls = min(len(questions), max(AT_ONCE, math.ceil(len(questions) / MOST_A_CALL)))
    shares = [questions[number::calls] for number in range(calls)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(lambda share: list(_ask(share, toolbox)), shares))
    return tuple(told[number % calls][number // calls] for number in range(len(questions)))


def _ask(questions: Sequence[Question], toolbox: Toolbox) -> Iterator[Answer]:
    files: dict[str, str] = {}
    texts: dict[str, str] = {}  # the same rules may be asked of many recordings
    for number, question in enumerate(questions):
        names = [texts.setdefault(text, f"rules{len(texts)}.yml") for text in question.rules]
        files[f"test{number}.json"] = _test_file(number, question, names)
    files.update({name: text for text, name in texts.items()})
    command = ["promtool", "test", "rules", *(f"test{number}.json" for number in range(len(questions)))]
    sections = _sections(toolbox.run("prometheus", command, files), len(questions))
    for number, (question, section) in enumerate(zip(questions, sections, strict=True)):
        yield _answer(number, question, section)


def _test_file(number: int, question: Question, rules: Sequence[str]) -> str:
    """The test in JSON, which is YAML too."""
    never = [{"labels": '{never="true"}', "value": 0}]
    test = {
        "interval": from_seconds(question.grid_s),
        "input_series": [{"series": one.selector, "values": one.values} for one in question.series if one.points],
        "promql_expr_test": [
            {"expr": f'ALERTS{{__case__!="{number}"}}', "eval_time": from_seconds(at), "exp_samples": never}
            for at in question.evaluations_s
        ],
    }
    content = {"rule_files": list(rules), "evaluation_interval": from_seconds(question.interval_s), "tests": [test]}
    return json.dumps(content, ensure_ascii=False)


def _sections(said: Outcome, count: int) -> list[str]:
    """What was said of each test: none can pass, so each has a section, in the order of the files."""
    head, *sections = re.split(rf"^{re.escape(_FAILED)}\n", said.errors, flags=re.MULTILINE)
    if said.exit_code != 1 or head.strip() or len(sections) != count:
        raise InfrastructureError(
            f"promtool answered {len(sections)} of {count} questions (exit code {said.exit_code}): "
            f"{' '.join((head or said.output)[-300:].split())}"
        )
    return sections


def _answer(number: int, question: Question, section: str) -> Answer:
    found: dict[tuple[tuple[str, str], ...], list[float]] = {}
    due = list(question.evaluations_s)
    answers = list(_ANSWER.finditer(section))
    if problem := _ANSWER.sub("", section).strip():
        return Answer(times_s={}, problem=re.sub(r"^rules\d+\.yml: ", "", _told(problem)))
    if [round(to_seconds(one["time"]), 3) for one in answers] != [round(at, 3) for at in due]:
        raise InfrastructureError(f"promtool answered {len(answers)} of {len(due)} evaluations")
    for at, one in zip(due, answers, strict=True):
        if int(one["case"]) != number:
            raise InfrastructureError(f"promtool mixed up its answers: {one['case']} instead of {number}")
        for labels in _standing(one["got"]):
            found.setdefault(labels, []).append(at)
    return Answer(times_s={labels: tuple(times) for labels, times in found.items()})


def _told(problem: str) -> str:
    """The first thing that is wrong, in one line."""
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return lines[0] + more


def _standing(got: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """The series in promtool's words: `{alertname="A", ...} 1E+00, {...} 1E+00`, or nil."""
    if got == "nil":
        return
    at = 0
    while at < len(got):
        sample = _SAMPLE.match(got, at)
        if sample is None:
            raise InfrastructureError(f"what promtool says of the alerts cannot be understood: {got[at : at + 200]}")
        at = sample.end()
        labels = {one["name"]: _unquoted(one["value"]) for one in _LABEL.finditer(sample["labels"])}
        if labels.pop("__name__", "") != "ALERTS" or not {"alertname", "alertstate"} <= labels.keys():
            raise InfrastructureError(f"promtool tells of something else than alerts: {sample[0][:200]}")
        yield tuple(sorted(labels.items()))


def _unquoted(text: str) -> str:
    """A text as Go quotes it; Python knows the same escapes.

    Not by `ast.literal_eval`: several threads read answers, and Python 3.11 has one depth of its parser for all of
    them ("AST constructor recursion depth mismatch", seen in a gate).
    """
    try:
        return text[1:-1].encode("ascii", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError as problem:
        raise InfrastructureError(f"a label that promtool printed cannot be read: {text[:100]}") from problem
