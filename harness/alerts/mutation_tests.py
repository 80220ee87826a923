"""Unit tests of promtool, cut down to what can tell a mutant from the original, and what promtool says of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from harness.errors import InfrastructureError, UsageError

ASSERTIONS = ("alert_rule_test", "promql_expr_test")
_VERDICT = re.compile(r"^Unit Testing:[ \t]+(\S+)\n[ \t]+(SUCCESS|FAILED)", re.MULTILINE)
_COMPARED = re.compile(r"^[ ]+(?:expr|alertname): ?(.*?),\s*time: ?(\S+?),", re.MULTILINE)
_BROKEN = re.compile(r"^[ ]+rule: .*err:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One file of unit tests.

    Args:
        name: of the file.
        head: all of it but the tests and the rule files.
        tests: its tests, as the YAML has them.
        whole: the tests also look at alerts in general, so that no rule may be left out.
    """

    name: str
    head: Mapping[str, Any]
    tests: tuple[Mapping[str, Any], ...]
    whole: bool = False

    def text(self, rules: str) -> str:
        """The file for promtool, over the rule file at the path `rules`."""
        return json.dumps({**self.head, "rule_files": [rules], "tests": list(self.tests)}, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What promtool says of one file of tests.

    Args:
        passed: every assertion holds.
        failed: the first assertion that does not, in a few words.
        loads: the rules and the tests could be read.
    """

    passed: bool
    failed: str = ""
    loads: bool = True


def case_files(folder: Path) -> tuple[CaseFile, ...]:
    """The files of unit tests in a folder; other YAML files are passed over.

    Raises:
        UsageError: a file cannot be read, or there is none with tests.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder with unit tests")
    found = [file for path in sorted((*folder.glob("*.yml"), *folder.glob("*.yaml"))) for file in _read(path)]
    if not found:
        raise UsageError(f"{folder} holds no unit tests for promtool (*.yml with a list of tests)")
    return tuple(found)


def touching(file: CaseFile, rule: str, *, recording: bool, alerts: Sequence[str]) -> CaseFile | None:
    """The assertions of a file that a change of one rule can break; None where there are none.

    An alert changes nothing but its own series; a recording rule may change everything.

    Args:
        file: the tests.
        rule: name of the changed rule.
        recording: it is a recording rule.
        alerts: names of all alerts of the rule file.
    """
    if recording:
        return replace(file, whole=True)
    tests, whole = [], False
    for test in file.tests:
        kept = {key: [one for one in test.get(key) or () if _looks_at(one, rule, alerts)] for key in ASSERTIONS}
        if any(kept.values()):
            tests.append({**test, **kept})
            whole = whole or any(_general(str(one["expr"]), alerts) for one in kept["promql_expr_test"])
    return replace(file, tests=tuple(tests), whole=whole) if tests else None


def verdicts(output: str, files: Sequence[str]) -> dict[str, Verdict]:
    """What `promtool test rules` says, by file.

    Raises:
        InfrastructureError: promtool said nothing of a file, or has another form than is known.
    """
    marks = list(_VERDICT.finditer(output))
    ends = [mark.start() for mark in marks[1:]] + [len(output)]
    found = {mark[1]: _verdict(mark[2], output[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)}
    missing = [file for file in files if file not in found]
    if missing:
        raise InfrastructureError(f"promtool said nothing of {missing[0]}: {output.strip()[-400:]!r}")
    return found


def _verdict(word: str, told: str) -> Verdict:
    if word == "SUCCESS":
        return Verdict(passed=True)
    compared = _COMPARED.search(told)
    if compared is not None:
        return Verdict(passed=False, failed=f"{compared[1].strip()} at {compared[2]}")
    first = " ".join(told.replace("FAILED:", "").split())
    return Verdict(passed=False, failed=first[:300], loads=_BROKEN.search(told) is not None)


def _looks_at(assertion: Mapping[str, Any], rule: str, alerts: Sequence[str]) -> bool:
    if "alertname" in assertion:
        return bool(assertion["alertname"] == rule)
    expression = str(assertion["expr"])
    return _names(expression, rule) or _general(expression, alerts)


def _general(expression: str, alerts: Sequence[str]) -> bool:
    """True where an expression reads alerts without naming one."""
    reads = _names(expression, "ALERTS") or _names(expression, "ALERTS_FOR_STATE")
    return reads and not any(_names(expression, alert) for alert in alerts)


def _names(expression: str, word: str) -> bool:
    return re.search(rf"(?<![\w:]){re.escape(word)}(?![\w:])", expression) is not None


def _read(path: Path) -> Iterator[CaseFile]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UsageError(f"{path} cannot be read: {' '.join(str(problem).split())}") from problem
    if isinstance(content, dict) and isinstance(content.get("tests"), list):
        head = {key: value for key, value in content.items() if key not in {"tests", "rule_files"}}
        yield CaseFile(name=path.name, head=head, tests=tuple(content["tests"]))
