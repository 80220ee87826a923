"""Mutation of alert rules with the real promtool: our own tests are good, poor tests are told so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.alerts.mutants import RuleFile, mutants_of, read_rules
from harness.alerts.mutate import Fate, Mutation, Outcome, mutate
from harness.alerts.mutation_equivalent import Claim, read_claims
from harness.alerts.mutation_tests import case_files
from harness.alerts.tools import Toolbox
from harness.errors import ExitCode, UsageError
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.settings import REPOSITORY
from stack.images import CATALOGUE

TESTS = REPOSITORY / "stack/prometheus/unit_tests"
OURS = REPOSITORY / "stack/prometheus/rules/portfolio_manager.yml"
RULES = """
groups:
  - name: g
    interval: 15s
    rules:
      - {alert: A, expr: 'x > 10', labels: {severity: critical}}
      - {alert: Forgotten, expr: 'y == 0'}
"""
POOR = """
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series: [{series: 'x{instance="i"}', values: '%s'}]
    promql_expr_test:
      - {eval_time: 0s, expr: 'count(ALERTS{alertname="A"})', exp_samples: [{labels: '{}', value: 1}]}
"""


@pytest.fixture(scope="module")
def tools() -> Iterator[Toolbox]:
    """Where promtool runs."""
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["prometheus"]])
    engine = client()
    yield Toolbox(client=engine, images={key: image.reference for key, image in had.items()})
    engine.close()


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    """A folder with one test, of one alert, far above its threshold."""
    (tmp_path / "a.yml").write_text(POOR % "100")
    return tmp_path


def of(mutation: Mutation, fate: Fate) -> set[str]:
    """Rule and change of the mutants with this end."""
    return {f"{outcome.mutant.rule} {outcome.mutant.what}" for outcome in mutation.of(fate)}


@pytest.mark.containers
def test_the_tests_of_our_rules_find_nearly_every_mutant(tools: Toolbox) -> None:
    """At least 95 % of the mutants that change a meaning are killed, and no claim of sameness is disproved."""
    file = read_rules(OURS.read_text(encoding="utf-8"), OURS.name)
    mutation = mutate(file, case_files(TESTS), tools, claims=read_claims(TESTS))
    assert [outcome.mutant.id for outcome in mutation.disproved] == []
    assert mutation.score >= 0.95, sorted(of(mutation, Fate.SURVIVED))
    assert of(mutation, Fate.NO_RULE) == set()
    assert len(mutation.outcomes) == len(mutants_of(file))
    assert len(mutation.of(Fate.EQUIVALENT)) < len(mutation.outcomes) / 10
    assert mutation.exit_code is ExitCode.PASS


@pytest.mark.containers
def test_poor_tests_get_a_poor_score_and_hear_what_is_missing(tools: Toolbox, poor: Path) -> None:
    """Survivors are named with what would have killed them; the rule without a test among them."""
    mutation = mutate(read_rules(RULES, "rules.yml"), case_files(poor), tools)
    assert mutation.exit_code is ExitCode.FAIL
    assert {"A comparison: > -> <", "A comparison: > -> <=", "A rule: A -> (removed)"} <= of(mutation, Fate.KILLED)
    assert {"A comparison: > -> >=", "A number: 10 -> 11", "Forgotten rule: Forgotten -> (removed)"} <= of(
        mutation, Fate.SURVIVED
    )
    (told,) = [one.why for one in mutation.of(Fate.SURVIVED) if one.mutant.what == "number: 10 -> 11"]
    assert told == "missing: a value between 10 and 11, and what the alert does at it"


@pytest.mark.containers
def test_a_claim_that_a_test_disproves_is_no_excuse(tools: Toolbox, poor: Path) -> None:
    """The mutant counts as killed, the claim is told, and the exit code is not 0."""
    claim = Claim(rules=("A",), changes=("comparison: > -> <",), place="*", why="because")
    mutation = mutate(read_rules(RULES, "rules.yml"), case_files(poor), tools, claims=[claim])
    assert [(one.mutant.what, one.disproved) for one in mutation.disproved] == [("comparison: > -> <", "because")]


@pytest.mark.containers
def test_tests_that_fail_already_and_claims_that_fit_nothing_are_refused(tools: Toolbox, poor: Path) -> None:
    """Nothing can be learned from either."""
    claim = Claim(rules=("A",), changes=("number: 99 -> 1",), place="*", why="because")
    with pytest.raises(UsageError, match=r"no mutant of A is like number: 99 -> 1"):
        mutate(read_rules(RULES, "rules.yml"), case_files(poor), tools, claims=[claim])
    (poor / "a.yml").write_text(POOR % "1")
    with pytest.raises(UsageError, match=r"rules\.yml: its unit tests fail before anything is changed"):
        mutate(read_rules(RULES, "rules.yml"), case_files(poor), tools)


@pytest.mark.containers
def test_survivors_are_tried_on_recorded_runs(tools: Toolbox, poor: Path) -> None:
    """What a run would have told apart counts as killed; the original is asked for first, all with every rule."""
    asked: list[RuleFile] = []

    def replayed(texts: Sequence[str]) -> list[str | None]:
        asked.extend(read_rules(text, "mutant") for text in texts)
        return ["A came late" if "x > 11" in text else None for text in texts]

    mutation = mutate(read_rules(RULES, "rules.yml"), case_files(poor), tools, replay=replayed)
    assert of(mutation, Fate.KILLED_BY_RUN) == {"A number: 10 -> 11"}
    assert len(asked) == len(mutation.of(Fate.SURVIVED)) + 2
    assert asked[0] == replace(read_rules(RULES, "rules.yml"), name="mutant")
    assert all("Forgotten" in file.alerts() or file.alerts() == ("A",) for file in asked)


def test_what_means_the_same_does_not_count() -> None:
    """The score is killed over killed and survived; without any mutant it is 0, which is not enough."""
    mutants = mutants_of(read_rules(RULES, "rules.yml"))[:4]
    fates = (Fate.KILLED, Fate.EQUIVALENT, Fate.SURVIVED, Fate.NO_RULE)
    outcomes = tuple(Outcome(mutant=one, fate=fate, why="") for one, fate in zip(mutants, fates, strict=True))
    assert Mutation(outcomes=outcomes).score == 0.5
    assert Mutation(outcomes=()).exit_code is ExitCode.FAIL


def test_a_wrong_claim_spoils_a_full_score() -> None:
    """With every mutant killed the exit code is 0, unless one of them was said to mean the same."""
    (mutant, *_) = mutants_of(read_rules(RULES, "rules.yml"))
    good = Outcome(mutant=mutant, fate=Fate.KILLED, why="a test")
    assert Mutation(outcomes=(good,)).exit_code is ExitCode.PASS
    assert Mutation(outcomes=(replace(good, disproved="because"),)).exit_code is ExitCode.FAIL
