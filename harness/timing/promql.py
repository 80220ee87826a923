"""Walking PromQL trees: the children of a node, the windows it looks back over, the jobs it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import promql_parser as promql

from harness.errors import UsageError


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
    """How far back in time the expression looks at most, s: ranges and offsets along each branch."""
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


def _own_range_s(node: promql.Expr) -> float:
    span_s = 0.0
    if isinstance(node, promql.MatrixSelector | promql.SubqueryExpr) and node.range is not None:
        span_s += node.range.total_seconds()
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
