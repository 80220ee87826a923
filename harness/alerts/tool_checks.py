"""What promtool and amtool say of rules, tests and routes, as problems."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.alerts.problem import Problem
from harness.alerts.tools import Toolbox

_MEND = "Mend it; Prometheus refuses the whole file"
_IN_RULE = re.compile(
    r'^(?P<file>\S+\.yml): (?:\d+:\d+: )?(?:group "(?P<group>.*?)", rule \d+, "(?P<rule>.*?)": )?(?P<what>.*)$',
    re.DOTALL,
)
_TESTS_TOLD = 3  # of one file: the first failures say enough


def load_problems(rules: Mapping[str, str], toolbox: Toolbox) -> list[Problem]:
    """Why Prometheus would not load some rule files.

    Args:
        rules: text by path.
        toolbox: where promtool runs.

    Raises:
        InfrastructureError: promtool cannot be run.
    """
    names = {f"rules{number}.yml": path for number, path in enumerate(rules)}
    files = dict(zip(names, rules.values(), strict=True))
    said = toolbox.run("prometheus", ["promtool", "check", "rules", *names], files)
    if said.exit_code == 0:
        return []
    found = [_load_problem(entry, names) for entry in _entries(said.errors, names)]
    whole = Problem(file=", ".join(rules), what=f"promtool refuses it: {_line(said.output)[-300:]}", do=_MEND)
    return list(dict.fromkeys(found)) or [whole]


def alertmanager_problems(path: str, text: str, toolbox: Toolbox) -> list[Problem]:
    """Why Alertmanager would not load its configuration.

    Args:
        path: its file, for the message.
        text: the configuration.
        toolbox: where amtool runs.

    Raises:
        InfrastructureError: amtool cannot be run.
    """
    said = toolbox.run("alertmanager", ["amtool", "check-config", "alertmanager.yml"], {"alertmanager.yml": text})
    if said.exit_code == 0:
        return []
    _, _, what = said.output.partition("FAILED:")
    what = _line((what or said.output).partition("amtool: error")[0]) or _line(said.output)
    return [Problem(file=path, what=f"amtool refuses it: {what}", do="Mend it; Alertmanager does not start with it")]


def unit_test_problems(tests: Mapping[str, str], rules: Mapping[str, str], toolbox: Toolbox) -> list[Problem]:
    """Unit tests that fail.

    A test is run on the checked file that it names; where it names another, on all checked files: so the tests of a
    team can be run on a changed copy of its rules.

    Args:
        tests: text of the test files by path.
        rules: text of the rule files by path.
        toolbox: where promtool runs.

    Raises:
        InfrastructureError: promtool cannot be run.
    """
    if not tests:
        return []
    names = {path: f"rules{number}.yml" for number, path in enumerate(rules)}
    files = {names[path]: text for path, text in rules.items()}
    found: list[Problem] = []
    ready: dict[str, str] = {}
    for number, (path, text) in enumerate(tests.items()):
        try:
            files[f"test{number}.json"] = _on(text, path, names)
            ready[f"test{number}.json"] = path
        except (yaml.YAMLError, TypeError, AttributeError) as problem:
            found.append(Problem(file=path, what=f"it is no unit test: {_line(str(problem))}", do="Mend the file"))
    said = toolbox.run("prometheus", ["promtool", "test", "rules", *ready], files)
    if said.exit_code != 0:  # which file failed is only certain when each is run alone
        for name, path in ready.items():
            found += _failures(path, name, files, toolbox)
    return found


def _failures(path: str, name: str, files: Mapping[str, str], toolbox: Toolbox) -> Iterator[Problem]:
    said = toolbox.run("prometheus", ["promtool", "test", "rules", name], files)
    if said.exit_code == 0:
        return
    named = re.sub(r"^(    name: .*),\n +", r"\1: ", said.errors.partition("FAILED:\n")[2], flags=re.MULTILINE)
    failures = re.split(r"\n(?=    \S)", named)
    told = [_line(one)[:300] for one in failures if one.strip()] or [_line(said.output)[-300:]]
    more = f" (and {len(told) - _TESTS_TOLD} more)" if len(told) > _TESTS_TOLD else ""
    for one in told[:_TESTS_TOLD]:
        yield Problem(
            file=path, what=f"a unit test fails{more}: {one}", do="Mend the rule, or the test if it promises too much"
        )


def _on(text: str, path: str, names: Mapping[str, str]) -> str:
    """The test file, with the rule files that it is to be run on."""
    content: dict[str, Any] = dict(yaml.safe_load(text))
    here = Path(path).resolve().parent
    named = {str((here / str(file)).resolve()) for file in content.get("rule_files") or ()}
    own = [name for rules, name in names.items() if str(Path(rules).resolve()) in named]
    return json.dumps({**content, "rule_files": own or list(names.values())}, ensure_ascii=False, default=str)


def _entries(errors: str, names: Mapping[str, str]) -> Iterator[str]:
    """What was said of each file: an entry begins with the file's name, and may have several lines."""
    start = re.compile(rf"^(?=(?:{'|'.join(re.escape(name) for name in names)}): )", re.MULTILINE)
    for entry in start.split(errors):
        if text := _line(entry.replace("  FAILED:", "")):
            yield text


def _load_problem(entry: str, names: Mapping[str, str]) -> Problem:
    read = _IN_RULE.match(entry)
    if read is None or read["file"] not in names:
        return Problem(file=", ".join(names.values()), what=f"promtool refuses it: {entry}", do=_MEND)
    return Problem(
        file=names[read["file"]], group=read["group"] or "", rule=read["rule"] or "", what=read["what"], do=_MEND
    )


def _line(text: str) -> str:
    return " ".join(text.split())
