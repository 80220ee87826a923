"""Mutants that mean the same: recognised where that is certain, claimed with a reason, never dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.alerts.mutants import Mutant, mutants_of, read_rules
from harness.alerts.mutation_equivalent import Claim, read_claims, recognised
from harness.errors import UsageError


def same(expression: str) -> set[str]:
    """Changes of an expression that are recognised as meaning the same."""
    return {one.what for one in mutants(expression) if one.place and recognised(one, expression)}


def mutants(expression: str) -> tuple[Mutant, ...]:
    """The mutants of a rule with this expression."""
    return mutants_of(read_rules(f"groups: [{{name: g, rules: [{{alert: A, expr: '{expression}'}}]}}]", "a.yml"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", {"comparison: == -> <="}),
        ("x == 0", set()),
        ("count(x) > 0", {"comparison: > -> !=", "comparison: > -> >=", "number: 0 -> -1"}),
        ("count(x) > 1", set()),
        (
            "sum(increase(x[5m])) > 0",
            {
                "comparison: > -> !=",
                "aggregation: sum -> max",
                "aggregation: sum -> avg",
                "function: increase -> rate",
            },
        ),
        ("sum(delta(x[5m])) > 0", set()),
        ("sum(increase(x[5m])) > 1", set()),
        ("sum(increase(x[5m])) >= 0", set()),
        ("rate(x[5m]) > 0", {"comparison: > -> !=", "function: rate -> increase"}),
        ('timestamp(x{job="a"}) - x{job="a"} > 30', {'matcher: job="a" -> (dropped)'}),
        ('x{job="a"} / on (i) y{job="a"} > 1', set()),
        ('x{job="a"} / y{job="b"} > 1', set()),
        ('x{job="a"} or y{job="a"}', set()),
        ('sum(x{job="a"}) / sum(x{job="a"}) > 1', set()),
    ],
)
def test_only_what_is_certain_is_recognised(expression: str, expected: set[str]) -> None:
    """What is never below 0 compared with 0, and a matcher that the other side keeps; nothing beyond."""
    assert same(expression) == expected


def test_a_claim_holds_for_its_rule_change_and_place_only() -> None:
    """A * stands for anything; everything else for itself."""
    claim = Claim(rules=("A",), changes=("number: 30 -> *",), place="*", why="because")
    found = [one for one in mutants("x > 30") if claim.holds_for(one)]
    assert {one.what for one in found} == {"number: 30 -> 33", "number: 30 -> 27"}
    other = Claim(rules=("B",), changes=claim.changes, place="*", why="because")
    assert not any(other.holds_for(one) for one in mutants("x > 30"))


def test_claims_need_a_reason(tmp_path: Path) -> None:
    """An entry without rules, changes or why is refused, with its number."""
    (tmp_path / "equivalent.yml").write_text("equivalent: [{rules: [A], changes: [b]}]")
    with pytest.raises(UsageError, match=r"equivalent\.yml, entry 1: it needs rules, changes and why"):
        read_claims(tmp_path)


def test_a_folder_without_claims_has_none(tmp_path: Path) -> None:
    """The file may be missing."""
    assert read_claims(tmp_path) == ()
