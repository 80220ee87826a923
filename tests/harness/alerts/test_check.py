"""Checking alert rules: every kind of problem is named with file, group, rule and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.alerts.check import Subject, check
from harness.alerts.tools import Toolbox
from harness.cli.app import run as harness
from tests.harness.alerts.recorded_run import ALERTMANAGER, PROMETHEUS, RULES

pytestmark = pytest.mark.containers

TEST = """
rule_files: [app.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series: [{series: 'up{job="app"}', values: "0x20"}]
    promql_expr_test:
      - expr: count(ALERTS{alertname="Down", alertstate="firing"})
        eval_time: 2m
        exp_samples: [{labels: "{}", value: 1}]
      - {expr: 'ALERTS{alertname="Stale"}', eval_time: 2m, exp_samples: []}
"""
LINKED = RULES.replace(
    "        labels: {severity: critical}\n",
    "        labels: {severity: critical}\n        annotations: {runbook_url: docs/page.md}\n",
)


@pytest.fixture
def sound(tmp_path: Path) -> Subject:
    """Rules, routes and tests without a problem."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("# What to do", encoding="utf-8")
    return Subject(
        rules={str(tmp_path / "app.yml"): LINKED},
        alertmanager=("alertmanager.yml", ALERTMANAGER),
        tests={str(tmp_path / "test.yml"): TEST},
        exercised=frozenset(),
        k=15.0,
    )


def rules(of: Subject, before: str, after: str) -> Subject:
    """The same with a change in the rules."""
    ((path, text),) = of.rules.items()
    assert before in text
    return replace(of, rules={path: text.replace(before, after)})


def told(subject: Subject, toolbox: Toolbox) -> list[str]:
    """The problems in words, without the folder."""
    folder = f"{Path(next(iter(subject.rules))).parent}/"
    return [str(problem).replace(folder, "") for problem in check(subject, toolbox).problems]


def test_sound_rules_have_no_problem(sound: Subject, toolbox: Toolbox) -> None:
    """Nothing is said of what is in order."""
    assert told(sound, toolbox) == []


def test_an_expression_that_does_not_load_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """With its group and rule; the other rules are checked all the same."""
    broken = rules(sound, 'up{job="app"} == 0', 'up == "down"')
    (problem,) = told(broken, toolbox)
    assert problem.startswith("app.yml, group reachability, rule Down: could not parse expression")


def test_a_file_that_is_no_rule_file_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """Once, not by each tool."""
    subject = replace(sound, rules={"other.yml": "a: ["})
    problems = check(subject, toolbox).problems
    assert [problem.file for problem in problems] == ["other.yml"]
    assert "no YAML" in problems[0].what


def test_a_rule_that_cannot_be_scaled_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """With the reason; a metric that is said to measure real work is none."""
    slow = rules(sound, 'up{job="app"} == 0', "reading_seconds > 5")
    assert any("rule Down: cannot be run at another time scale" in one for one in told(slow, toolbox))
    real = replace(slow, real_time=("reading_*",), tests={}, exercised=frozenset({"Down", "Stale"}))
    assert told(real, toolbox) == []


def test_an_interval_that_gets_too_short_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """A group that is evaluated each 15 s cannot run sixty times as fast."""
    problems = told(replace(sound, k=60.0), toolbox)
    assert len(problems) == 2, problems
    assert all("interval" in one for one in problems)


def test_a_runbook_that_does_not_exist_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """A missing link is one problem, a link to nowhere another; a web address is left to the reader."""
    (problem,) = told(rules(sound, "docs/page.md", "docs/other.md"), toolbox)[:1]
    assert "its runbook docs/other.md does not exist" in problem
    assert "it has no runbook_url" in told(replace(sound, rules={"app.yml": RULES}), toolbox)[0]
    assert told(rules(sound, "docs/page.md", "https://example.invalid/page"), toolbox) == []


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (ALERTMANAGER.replace("receiver: team", "receiver: nobody"), "the receiver 'nobody', which"),
        ("route: {receiver: team}\nreceivers: [{name: team}]\n", "which tells nobody"),
    ],
)
def test_an_alert_that_reaches_nobody_is_named(sound: Subject, toolbox: Toolbox, routes: str, expected: str) -> None:
    """Each rule that is routed to a receiver that does not exist, or has no channel."""
    problems = told(replace(sound, alertmanager=("am.yml", routes)), toolbox)
    assert [expected in one for one in problems if "rule Down" in one] == [True]
    assert [expected in one for one in problems if "rule Stale" in one] == [True]


def test_routes_that_do_not_load_are_named(sound: Subject, toolbox: Toolbox) -> None:
    """What amtool says is told."""
    (problem,) = told(replace(sound, alertmanager=("am.yml", ALERTMANAGER + "oops: 1\n")), toolbox)
    assert problem.startswith("am.yml: amtool refuses it")
    assert "oops" in problem


def test_a_unit_test_that_fails_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """By its file, with what was expected and what came."""
    (problem,) = told(rules(sound, "for: 1m", "for: 5m"), toolbox)
    assert problem.startswith("test.yml: a unit test fails: expr:")


def test_a_test_is_run_on_the_rules_that_are_checked(sound: Subject, toolbox: Toolbox) -> None:
    """A changed copy of a rule file, which the test does not name, is what its tests judge."""
    ((_, text),) = sound.rules.items()
    copy = replace(sound, rules={"copy/changed.yml": text.replace("docs/page.md", "https://a.invalid")})
    assert told(copy, toolbox) == []
    broken = replace(copy, rules={file: text.replace("for: 1m", "for: 5m") for file, text in copy.rules.items()})
    assert any("a unit test fails" in one for one in told(broken, toolbox))


def test_a_rule_that_nothing_exercises_is_named(sound: Subject, toolbox: Toolbox) -> None:
    """Neither a scenario nor a unit test: nobody knows whether it fires."""
    (problem,) = told(replace(sound, tests={}, exercised=frozenset({"Stale"})), toolbox)
    assert "rule Down: no scenario and no unit test exercises it" in problem


def test_the_command_lists_all_and_has_three_exit_codes(
    sound: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 without a problem, 1 with every problem on a line of its own, 2 for a file that is not there."""
    files = {"app.yml": LINKED, "am.yml": ALERTMANAGER, "prometheus.yml": PROMETHEUS, "tests/test.yml": TEST}
    (tmp_path / "tests").mkdir()
    (tmp_path / "scenarios").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = ["alerts", "check", "--rules", str(tmp_path / "app.yml"), "--alertmanager", str(tmp_path / "am.yml")]
    command += ["--scenarios", str(tmp_path / "scenarios")]
    out = tmp_path / "out.json"
    assert sound.rules
    assert harness([*command, "--tests", str(tmp_path / "tests"), "--json", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["problems"] == []
    assert harness(command) == 1
    assert capsys.readouterr().out.count("no unit test exercises it") == 2
    assert harness([*command, "--rules", str(tmp_path / "nowhere.yml")]) == 2
