"""Mutants that cannot change what a rule means: recognised from the expression, or listed with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml

from harness.alerts import mutation_text as text
from harness.alerts.mutants import Mutant
from harness.errors import UsageError
from harness.timing.promql import children, parse

FILE_NAME = "equivalent.yml"
SAME_SIGN = frozenset(("sum", "max", "avg"))  # of values that are never negative
_NEVER_NEGATIVE = frozenset(("rate", "increase", "irate", "changes", "resets", "absent", "count_over_time"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Mutants that somebody says change no meaning. In `changes` and `place` a * stands for anything.

    Args:
        rules: names of the rules.
        changes: forms of `Mutant.what`.
        place: form of the part of the expression around the change.
        why: the reason, a sentence.
    """

    rules: tuple[str, ...]
    changes: tuple[str, ...]
    place: str
    why: str

    def holds_for(self, mutant: Mutant) -> bool:
        """True where the mutant is one of those."""
        return (
            mutant.rule in self.rules
            and any(_like(form, mutant.what) for form in self.changes)
            and _like(self.place, mutant.place)
        )


def read_claims(folder: Path) -> tuple[Claim, ...]:
    """The claims beside the unit tests of a folder; none where there is no such file.

    Raises:
        UsageError: the file cannot be read, or a claim is not complete.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return ()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UsageError(f"{path} cannot be read: {' '.join(str(problem).split())}") from problem
    listed = content.get("equivalent") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise UsageError(f"{path}: it has no list 'equivalent'")
    return tuple(_claim(one, f"{path}, entry {number}") for number, one in enumerate(listed, start=1))


def recognised(mutant: Mutant, expression: str) -> str:
    """Why this mutant of the expression means the same; empty where that is not certain."""
    tree = parse(text.rewritten(expression, mutant.id), mutant.id)
    if mutant.kind == "matcher" and mutant.after == "(dropped)" and _other_side_keeps(tree, mutant):
        return "the other side of the operation keeps the matcher, and both must have the same labels"
    if _against_zero(tree, mutant):
        return "what is compared with 0 is never negative, so this asks the same of it"
    return ""


def _claim(one: Any, where: str) -> Claim:
    if not isinstance(one, Mapping) or not all(one.get(key) for key in ("rules", "changes", "why")):
        raise UsageError(f"{where}: it needs rules, changes and why")
    return Claim(
        rules=tuple(map(str, one["rules"])),
        changes=tuple(map(str, one["changes"])),
        place=str(one.get("place", "*")),
        why=str(one["why"]),
    )


def _like(form: str, found: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, form.split("*"))), found, re.DOTALL) is not None


def _other_side_keeps(tree: promql.Expr, mutant: Mutant) -> bool:
    """A selector within an operation whose two sides are matched by all their labels."""
    for path, node in text.walk(tree):
        below = mutant.path[: len(path)] == path and len(mutant.path) > len(path)
        if not (below and isinstance(node, promql.BinaryExpr) and str(node.op) not in {"or", "unless"}):
            continue
        if node.modifier is not None and (node.modifier.matching is not None or node.modifier.return_bool):
            continue
        sides = (_labels_of(node.lhs), _labels_of(node.rhs))
        if all(side is not None and mutant.before in side for side in sides):
            return True
    return False


def _labels_of(node: promql.Expr) -> tuple[str, ...] | None:
    """The matchers of the one selector that a node's labels come from; None where they come otherwise."""
    while isinstance(node, promql.Call | promql.ParenExpr | promql.MatrixSelector):
        if len(children(node)) != 1 or (isinstance(node, promql.Call) and node.func.name in {"absent", "vector"}):
            return None
        (node,) = children(node)
    if not isinstance(node, promql.VectorSelector):
        return None
    return tuple(text.matcher(one) for one in node.matchers.matchers)


def _against_zero(tree: promql.Expr, mutant: Mutant) -> bool:
    """A comparison of the whole expression with 0, where nothing is below it."""
    if not isinstance(tree, promql.BinaryExpr) or not _is_zero(tree.rhs) or not _never_negative(tree.lhs):
        return False
    operator, change = str(tree.op), (mutant.kind, mutant.before, mutant.after)
    positive = isinstance(tree.lhs, promql.AggregateExpr) and str(tree.lhs.op) in {"count", "group"}
    if not mutant.path:
        same = {frozenset((">", "!=")), frozenset(("==", "<="))}
        if positive:
            same |= {frozenset((">", ">=")), frozenset(("!=", ">="))}
        return frozenset((mutant.before, mutant.after)) in same
    if operator not in {">", "!=", "==", "<="}:
        return False
    if change == ("number", "0", "-1"):
        return positive and operator == ">"
    summed = isinstance(tree.lhs, promql.AggregateExpr)
    if mutant.kind == "aggregation" and mutant.path == (0,):
        return summed and {mutant.before, mutant.after} <= SAME_SIGN
    only_aggregated = mutant.path == ((0, 0) if summed else (0,))
    return mutant.kind == "function" and {mutant.before, mutant.after} == {"rate", "increase"} and only_aggregated


def _is_zero(node: promql.Expr) -> bool:
    return isinstance(node, promql.NumberLiteral) and node.val == 0


def _never_negative(node: promql.Expr) -> bool:
    match node:
        case promql.ParenExpr():
            return _never_negative(node.expr)
        case promql.AggregateExpr():
            return str(node.op) in {"count", "group"} or (
                str(node.op) in SAME_SIGN | {"min"} and _never_negative(node.expr)
            )
        case promql.Call():
            return node.func.name in _NEVER_NEGATIVE
        case promql.VectorSelector():
            return node.name == "up"
        case _:
            return False
