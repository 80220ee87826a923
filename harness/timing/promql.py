"""Walking PromQL trees: the children of a node, the windows it looks back over, the jobs it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import promql_parser as promql

from harness.errors import UsageError

COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))


def parse(text: str, where: str) -> promql.Expr:
    """The tree of an expression.

    Args:
        text: PromQL.
        where: file, group and rule, for the error.

    Raises:
        UsageError: the text is no PromQL; names where it stands.
    """
    try:
        tree: promql.Expr = promql.parse(text)
    except ValueError as problem:
        raise UsageError(f"{where}: the expression does not parse: {problem}") from problem
    return tree


def children(node: promql.Expr) -> tuple[promql.Expr, ...]:
    """The nodes below, in the order in which they stand in the text."""
    match node:
        case promql.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case promql.BinaryExpr():
            return (node.lhs, node.rhs)
        case promql.UnaryExpr() | promql.ParenExpr() | promql.SubqueryExpr():
            return (node.expr,)
        case promql.Call():
            return tuple(node.args)
        case promql.MatrixSelector():
            return (node.vector_selector,)
        case _:
            return ()


def nodes(tree: promql.Expr) -> Iterator[promql.Expr]:
    """Every node, each before those below it, in the order of the text."""
    yield tree
    for child in children(tree):
        yield from nodes(child)


def window_s(tree: promql.Expr) -> float:
    """How far back in time the expression looks at most, s: ranges and offsets along each branch.

    Not counted: the range of `last_over_time`, where a new sample replaces the old one at once.
    """
    if isinstance(tree, promql.Call) and tree.func.name == "last_over_time":
        return max(window_s(child) - _range_s(child) for child in children(tree))
    below_s = max((window_s(child) for child in children(tree)), default=0.0)
    return below_s + _own_range_s(tree)


def jobs_read(tree: promql.Expr, known: Iterable[str], where: str) -> frozenset[str]:
    """Which of the known scrape jobs the expression reads; all where it does not say.

    Raises:
        UsageError: it asks for a job that is not scraped.
    """
    known = frozenset(known)
    read: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, promql.VectorSelector):
            read |= _jobs_of(node, known, where)
    return frozenset(read) or known


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An expression that compares something with a number."""

    expr: str
    operator: str
    threshold: float


def compared(text: str) -> Compared | None:
    """What an expression compares with which number; None where it is not a comparison with one.

    Raises:
        UsageError: it does not parse.
    """
    tree = parse(text, text)
    if not isinstance(tree, promql.BinaryExpr) or str(tree.op) not in COMPARISONS:
        return None
    number, sign = tree.rhs, 1
    if isinstance(number, promql.UnaryExpr):
        number, sign = number.expr, -1
    if not isinstance(number, promql.NumberLiteral):
        return None
    return Compared(expr=tree.lhs.prettify(), operator=str(tree.op), threshold=sign * number.val)


def metrics_read(text: str) -> frozenset[str]:
    """Names of the metrics that an expression reads.

    Raises:
        UsageError: it does not parse, or reads a metric without naming it.
    """
    found = [node for node in nodes(parse(text, text)) if isinstance(node, promql.VectorSelector)]
    if any(not node.name for node in found):
        raise UsageError(f"{text.strip()!r} reads a metric that it does not name")
    return frozenset(str(node.name) for node in found)


def _range_s(node: promql.Expr) -> float:
    if isinstance(node, promql.MatrixSelector | promql.SubqueryExpr) and node.range is not None:
        return float(node.range.total_seconds())
    return 0.0


def _own_range_s(node: promql.Expr) -> float:
    span_s = _range_s(node)
    if isinstance(node, promql.VectorSelector | promql.SubqueryExpr) and node.offset is not None:
        span_s += max(node.offset.total_seconds(), 0.0)
    return span_s


def _jobs_of(selector: promql.VectorSelector, known: frozenset[str], where: str) -> frozenset[str]:
    read = known
    for matcher in selector.matchers.matchers:
        if matcher.name == "job":
            read = frozenset(job for job in read if _matches(matcher, job))
    if not read:
        raise UsageError(f"{where}: {selector.prettify()} reads a job that Prometheus does not scrape")
    return read


def _matches(matcher: promql.Matcher, value: str) -> bool:
    if matcher.op == promql.MatchOp.Equal:
        return value == matcher.value
    if matcher.op == promql.MatchOp.NotEqual:
        return value != matcher.value
    hit = re.fullmatch(matcher.value, value) is not None
    return hit if matcher.op == promql.MatchOp.Re else not hit
