"""Mutants of a rule file: complete, different, each with exactly one change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.alerts import mutation_text as text
from harness.alerts.mutants import mutants_of, read_rules, rewritten, rules_text
from harness.alerts.mutation_promql import changes, nearby
from harness.errors import UsageError
from harness.settings import REPOSITORY
from harness.timing.promql import parse

OURS = REPOSITORY / "stack/prometheus/rules/portfolio_manager.yml"
ONE = """
groups:
  - name: g
    interval: 30s
    rules:
      - alert: TooMany
        expr: sum by (instance) (rate(x_total{job="a"}[5m])) > 10
        for: 2m
        labels: {severity: critical, team: desk}
      - record: r
        expr: vector(1)
"""


def found(expression: str) -> dict[str, set[tuple[str, str]]]:
    """What the mutants of an expression change, by kind."""
    by_kind: dict[str, set[tuple[str, str]]] = {}
    for change in changes(expression, "here"):
        by_kind.setdefault(change.kind, set()).add((change.before, change.after))
    return by_kind


def test_every_place_of_an_expression_is_changed() -> None:
    """Threshold, comparison, aggregation, grouping, function, window and matcher of a usual rule."""
    assert found('sum by (instance) (rate(x{job="a"}[5m])) > 10') == {
        "comparison": {(">", other) for other in (">=", "<", "<=", "==", "!=")},
        "aggregation": {("sum", other) for other in ("min", "max", "avg", "count")},
        "grouping": {("by (instance)", "by ()"), ("by (instance)", "without (instance)")},
        "function": {("rate", "increase")},
        "window": {("[5m]", "[2m30s]"), ("[5m]", "[10m]")},
        "matcher": {('job="a"', after) for after in ("(dropped)", 'job!="a"', 'job="a_other"')},
        "number": {("10", "11"), ("10", "9")},
    }


def test_sets_are_exchanged_and_lose_a_side() -> None:
    """`and`, `or`, `unless`, each side alone, and the labels that both sides share."""
    kinds = found("a unless on (x, y) b")
    assert kinds["set"] == {("unless", "and"), ("unless", "or")}
    assert kinds["side"] == {("unless", "only the left side"), ("unless", "only the right side")}
    assert {after for _, after in kinds["matching"]} == {"on (x)", "on (y)", "ignoring (x, y)"}


def test_subqueries_and_offsets_are_changed() -> None:
    """Range and step of a subquery; an offset goes."""
    kinds = found("max_over_time(x[90s:15s] offset 1m)")
    assert kinds["window"] == {("[1m30s:15s]", "[45s:15s]"), ("[1m30s:15s]", "[3m:15s]")}
    assert kinds["step"] == {("[1m30s:15s]", "[1m30s:7s500ms]"), ("[1m30s:15s]", "[1m30s:30s]")}
    assert kinds["offset"] == {("offset 1m", "(dropped)")}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10, (11, 9)), (0, (1, -1)), (30, (33, 27)), (0.1, (0.11, 0.09)), (float("inf"), (0,)), (float("nan"), (0,))],
)
def test_a_little_is_one_for_counts_and_a_tenth_for_the_rest(value: float, expected: tuple[float, ...]) -> None:
    """A threshold moves so little that only a test near it notices."""
    assert nearby(value) == expected


def test_waiting_labels_and_the_rule_itself_are_changed() -> None:
    """`for` one evaluation longer, shorter and gone; severity, each label, the whole alert."""
    mutants = mutants_of(read_rules(ONE, "one.yml"))
    outside = {(one.kind, one.before, one.after) for one in mutants if one.rule == "TooMany" and not one.place}
    assert outside == {
        ("for", "2m", "2m30s"),
        ("for", "2m", "1m30s"),
        ("for", "2m", "0s"),
        ("label", "severity=critical", "severity=warning"),
        ("label", "severity=critical", "(dropped)"),
        ("label", "team=desk", "(dropped)"),
        ("rule", "TooMany", "(removed)"),
    }
    assert {one.kind for one in mutants if one.rule == "r"} == {"number", "rule"}


def test_mutants_of_our_rules_are_all_different_and_change_one_rule() -> None:
    """More than five hundred, each with an id of its own, each a file that differs from the original in its rule."""
    file = read_rules(OURS.read_text(encoding="utf-8"), "ours.yml")
    mutants = mutants_of(file)
    assert len(mutants) > 500
    assert len({one.id for one in mutants}) == len(mutants)
    assert len({rules_text(file, one) for one in mutants}) == len(mutants)
    assert {one.rule for one in mutants} == set(file.alerts())
    plain = rewritten(file)
    original = rules(rules_text(plain))
    for mutant in mutants:
        changed = rules(rules_text(plain, mutant))
        assert {name for name, rule in original.items() if rule != changed.get(name)} == {mutant.rule}


def test_a_mutant_can_stand_alone_with_what_it_may_read() -> None:
    """Other alerts are left out, recording rules stay."""
    file = read_rules(ONE.replace("record: r", "record: r\n        labels: {}") + OTHER, "one.yml")
    assert list(rules(rules_text(file, only="TooMany"))) == ["TooMany", "r"]


OTHER = """
      - alert: Other
        expr: vector(1)
"""


@pytest.mark.parametrize(
    "broken",
    ["nothing", "groups: []", "groups: [{name: g}]", "groups: [{name: g, rules: [{alert: A}]}]", "a: [", "groups: [1]"],
)
def test_a_file_without_rules_is_refused_in_a_sentence(broken: str) -> None:
    """The error names the file."""
    with pytest.raises(UsageError, match=r"^mine\.yml"):
        read_rules(broken, "mine.yml")


def test_an_expression_that_does_not_parse_is_named() -> None:
    """File, group and rule stand in the error."""
    file = read_rules(ONE.replace("> 10", "> > 10"), "mine.yml")
    with pytest.raises(UsageError, match=r"mine\.yml, group g, rule TooMany"):
        mutants_of(file)


names = st.sampled_from(["a", "b:c", "up"])
labels = st.sampled_from(["", '{x="1"}', '{x!="1", y=~"a.*\\\\d"}'])
spans = st.sampled_from(["500ms", "90s", "1h", "5m"])
vectors = st.builds(lambda name, label: name + label, names, labels)
leaves = st.one_of(
    vectors,
    st.builds(lambda vector, span, back: f"rate({vector}[{span}] offset {back})", vectors, spans, spans),
    st.builds(lambda vector, span: f"max_over_time((-{vector})[{span}:1s])", vectors, spans),
    st.sampled_from(["time()", "vector(-2.5)", "1e-7", "absent(a)"]),
)


def combined(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Operators, aggregations and brackets around expressions."""
    return st.one_of(
        st.builds(
            lambda left, op, right: f"({left}) {op} ({right})", below, st.sampled_from(["+", "/", "%", "^"]), below
        ),
        st.builds(lambda left, right: f"sum({left}{PLUS}) or on (x) sum({right}{PLUS})", below, below),
        st.builds(lambda inner: f"-({inner})", below),
        st.builds(lambda inner: f"sum by (x) ({inner}{PLUS}) > bool 2", below),
    )


PLUS = " + a"  # makes a vector of what may be a scalar


@given(st.recursive(leaves, combined, max_leaves=4))
def test_written_again_an_expression_keeps_its_meaning(expression: str) -> None:
    """The parser sees the same tree in both, brackets aside."""
    form = text.rewritten(expression, "here")
    assert bare(parse(form, "here").prettify()) == bare(parse(expression, "here").prettify())


# An expression has dozens of mutants, each parsed: what is broken for one kind of expression is broken for most.
@settings(max_examples=25)
@given(st.recursive(leaves, combined, max_leaves=4))
def test_every_mutant_parses_and_differs(expression: str) -> None:
    """No mutant is broken PromQL, none is the original, none comes twice."""
    made = [change.expr for change in changes(expression, "here")]
    assert all(parse(one, "here") for one in made)
    assert text.rewritten(expression, "here") not in made
    assert len(set(made)) == len(made)


def bare(expression: str) -> str:
    """An expression without brackets and blanks."""
    return "".join(char for char in expression if char not in "() \n")


def rules(content: str) -> dict[str, Any]:
    """The rules of a file by name."""
    loaded = json.loads(content)
    return {rule.get("alert", rule.get("record")): rule for group in loaded["groups"] for rule in group["rules"]}
