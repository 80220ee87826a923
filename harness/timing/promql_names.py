"""Names in an expression that no series has: Prometheus takes them without a word and answers with something else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import promql_parser as promql

from harness.timing.promql import children, nodes, parse

Told = Mapping[str, frozenset[str]]
_MACRO = re.compile(r"\$__(\w+)|\$\{__(\w+)\}")
_VARIABLE = re.compile(r"\$\{?[A-Za-z]\w*(:\w+)?\}?")
_MAKES_LABEL = ("label_replace", "label_join")


def unknown_names(text: str, told: Told, untold: Collection[str] = ()) -> tuple[str, ...]:
    """Each metric that nobody tells, and each label that nothing below its place in the expression has.

    `sum by (pod) (...)` over series without `pod` is one sum; `a == on (pod) b` compares whatever comes first; a metric
    that was renamed is an empty vector, which `or vector(0)` makes a zero. None of these is an error to Prometheus.

    Args:
        text: PromQL, with a board's variables and macros in it.
        told: labels by metric, of every series that Prometheus has.
        untold: metrics that need not be there.

    Returns:
        A sentence's end a name ("reads x, which nobody tells"), in the order of the text.

    Raises:
        UsageError: it does not parse.
    """
    tree = parse(_filled(text), text)
    return tuple(dict.fromkeys(wrong for node in nodes(tree) for wrong in _of(node, told, untold)))


def _filled(text: str) -> str:
    """The text with something that parses in each place that a board leaves open; no names are in those."""

    def macro(hit: re.Match[str]) -> str:
        name = hit[1] or hit[2]
        return "60" if name.endswith(("_s", "_ms")) else "1m"

    return _VARIABLE.sub("1", _MACRO.sub(macro, text))


def _of(node: promql.Expr, told: Told, untold: Collection[str]) -> Iterator[str]:
    match node:
        case promql.VectorSelector():
            if str(node.name) in told or str(node.name) not in untold:
                yield from _of_selector(str(node.name), node.matchers.matchers, told)
        case promql.AggregateExpr() if node.modifier is not None:
            how = "by" if node.modifier.type == promql.AggModifierType.By else "without"
            yield from _missing(how, node.modifier.labels, [_labels(node.expr, told)])
        case promql.BinaryExpr() if node.modifier is not None and node.modifier.matching is not None:
            matching = node.modifier.matching
            how = "on" if matching.type == promql.LabelModifierType.Include else "ignoring"
            sides = [_labels(side, told) for side in (node.lhs, node.rhs)]
            yield from _missing(how, matching.labels, sides)


def _of_selector(metric: str, matchers: Iterable[promql.Matcher], told: Told) -> Iterator[str]:
    if metric not in told:
        yield f"reads {metric}, which nobody tells"
        return
    for label in sorted({one.name for one in matchers} - told[metric] - {"__name__"}):
        yield f"asks {metric} for the label {label}, which it does not have"


def _missing(how: str, named: Iterable[str], sides: Iterable[frozenset[str]]) -> Iterator[str]:
    """The labels that a side with series does not have; numbers have none, and are not asked."""
    for label in named:
        if any(side and label not in side for side in sides):
            yield f"groups {how} ({label}), which no series there has"


def _labels(tree: promql.Expr, told: Told) -> frozenset[str]:
    """Every label that a series of this expression may have; empty where it reads no metric that is told."""
    below = frozenset[str]().union(*(_labels(child, told) for child in children(tree)))
    match tree:
        case promql.VectorSelector():
            return told.get(str(tree.name), frozenset())
        case promql.AggregateExpr() if tree.modifier is not None:
            named = frozenset(tree.modifier.labels)
            return below & named if tree.modifier.type == promql.AggModifierType.By else below - named
        case promql.Call() if tree.func.name in _MAKES_LABEL and isinstance(tree.args[1], promql.StringLiteral):
            return below | {tree.args[1].val}
        case _:
            return below
