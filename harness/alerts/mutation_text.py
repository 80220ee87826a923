"""A PromQL tree written as text again, with one of its nodes written differently.

The parser's own short form drops milliseconds and brackets; this one keeps the meaning: what it writes parses to the
same tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import promql_parser as promql

from harness.errors import UsageError
from harness.timing.durations import from_seconds
from harness.timing.promql import children, parse

Path = tuple[int, ...]
MATCH_SIGNS = {
    str(promql.MatchOp.Equal): "=",
    str(promql.MatchOp.NotEqual): "!=",
    str(promql.MatchOp.Re): "=~",
    str(promql.MatchOp.NotRe): "!~",
}


def walk(node: promql.Expr, path: Path = ()) -> Iterator[tuple[Path, promql.Expr]]:
    """Every node with the way to it: the numbers of the children from the root on."""
    yield path, node
    for number, child in enumerate(children(node)):
        yield from walk(child, (*path, number))


def written(node: promql.Expr, at: Path | None = None, instead: str = "") -> str:
    """The expression as text.

    Args:
        node: the root.
        at: the node that is written differently.
        instead: its text.
    """
    if at == ():
        return instead
    below = [
        written(child, at[1:] if at and at[0] == number else None, instead)
        for number, child in enumerate(children(node))
    ]
    return own_text(node, below)


def rewritten(text: str, where: str) -> str:
    """The expression in this module's form.

    Raises:
        UsageError: it does not parse, or this module cannot write it without changing it.
    """
    tree = parse(text, where)
    try:
        form = written(tree)
    except UsageError as problem:
        raise UsageError(f"{where}: {problem}") from problem
    if written(parse(form, where)) != form:
        raise UsageError(f"{where}: the expression has a form that cannot be mutated yet: {text.strip()!r}")
    return form


def own_text(node: promql.Expr, below: Sequence[str]) -> str:
    """The text of one node around the texts of those below it."""
    match node:
        case promql.NumberLiteral():
            return number(node.val)
        case promql.StringLiteral():
            return quoted(node.val)
        case promql.VectorSelector():
            return selector(node, [matcher(one) for one in node.matchers.matchers]) + _shifted(node)
        case promql.MatrixSelector():
            return ranged(node, below[0], range_s(node))
        case promql.SubqueryExpr():
            return subquery(node, below[0], range_s(node), _seconds(node.step))
        case _:
            return _operation(node, below)


def _operation(node: promql.Expr, below: Sequence[str]) -> str:
    match node:
        case promql.ParenExpr():
            return f"({below[0]})"
        case promql.UnaryExpr():
            return f"-{_bracketed(node.expr, below[0])}"
        case promql.Call():
            return f"{node.func.name}({', '.join(below)})"
        case promql.AggregateExpr():
            return aggregation(str(node.op), grouping(node), below)
        case promql.BinaryExpr():
            return binary(str(node.op), modifier(node), node, below)
    raise UsageError(f"{node.prettify()!r} is of a kind that cannot be mutated yet")


def number(value: float) -> str:
    """A number as PromQL reads it."""
    if value in {float("inf"), float("-inf")}:
        return "Inf" if value > 0 else "-Inf"
    return "NaN" if value != value else repr(value).removesuffix(".0")  # noqa: PLR0124 - only NaN differs from itself


def quoted(text: str) -> str:
    """A text in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def matcher(one: promql.Matcher) -> str:
    """A label matcher."""
    return f"{one.name}{MATCH_SIGNS[str(one.op)]}{quoted(one.value)}"


def selector(node: promql.VectorSelector, matchers: Sequence[str]) -> str:
    """A metric with other matchers than it has; offset and @ are left out."""
    if node.matchers.or_matchers:
        raise UsageError(f"{node.name or ''} has matchers joined by 'or', which cannot be mutated yet")
    name = node.name or ""
    return f"{name}{{{', '.join(matchers)}}}" if matchers or not name else name


def range_s(node: promql.MatrixSelector | promql.SubqueryExpr) -> float:
    """The range that a node looks back over, s."""
    return _seconds(node.range) or 0.0


def ranged(node: promql.MatrixSelector, vector: str, length_s: float) -> str:
    """A metric over a range; the range stands before offset and @."""
    shift = _shifted(node.vector_selector)
    return f"{vector.removesuffix(shift)}[{from_seconds(length_s)}]{shift}"


def subquery(node: promql.SubqueryExpr, below: str, length_s: float, step_s: float | None) -> str:
    """An expression over a range; without a step Prometheus takes its own."""
    inner = below if isinstance(node.expr, promql.ParenExpr | promql.Call | promql.VectorSelector) else f"({below})"
    step = "" if step_s is None else from_seconds(step_s)
    return f"{inner}[{from_seconds(length_s)}:{step}]{_shifted(node)}"


def grouping(node: promql.AggregateExpr) -> str:
    """The by or without of an aggregation."""
    if node.modifier is None:
        return ""
    return labelled("by" if node.modifier.type == promql.AggModifierType.By else "without", node.modifier.labels)


def aggregation(operator: str, grouped: str, below: Sequence[str]) -> str:
    """An aggregation around its parameter and its vector."""
    return f"{operator}{f' {grouped} ' if grouped else ''}({', '.join(below)})"


def modifier(node: promql.BinaryExpr) -> str:
    """What stands between an operator and its right side: bool, on, ignoring, group_left, group_right."""
    if node.modifier is None:
        return ""
    words = ["bool"] if node.modifier.return_bool else []
    if node.modifier.matching is not None:
        words.append(matching(node.modifier.matching))
    return " ".join([*words, *_grouped(node.modifier)])


def matching(labels: promql.LabelModifier) -> str:
    """The on or ignoring of an operator."""
    include = labels.type == promql.LabelModifierType.Include
    return labelled("on" if include else "ignoring", labels.labels)


def labelled(word: str, labels: Sequence[str]) -> str:
    """A word and its list of labels."""
    return f"{word} ({', '.join(labels)})"


def binary(operator: str, between: str, node: promql.BinaryExpr, below: Sequence[str]) -> str:
    """An operator between its sides, which get brackets where they are operators or signs themselves."""
    left, right = (_bracketed(side, text) for side, text in zip((node.lhs, node.rhs), below, strict=True))
    return " ".join(part for part in (left, operator, between, right) if part)


def _bracketed(node: promql.Expr, text: str) -> str:
    return f"({text})" if isinstance(node, promql.BinaryExpr | promql.UnaryExpr) else text


def _grouped(modifier: promql.BinModifier) -> list[str]:
    side = {
        str(promql.VectorMatchCardinality.ManyToOne): "group_left",
        str(promql.VectorMatchCardinality.OneToMany): "group_right",
    }.get(str(modifier.card))
    return [labelled(side, modifier.group_labels or ())] if side else []


def _shifted(node: promql.VectorSelector | promql.SubqueryExpr) -> str:
    at = "" if node.at is None else f" @ {_moment(node.at)}"
    if node.offset is None:
        return at
    seconds = node.offset.total_seconds()
    return f"{at} offset {'-' if seconds < 0 else ''}{from_seconds(abs(seconds))}"


def _moment(at: promql.AtModifier) -> str:
    if at.at is not None:
        return number(at.at.timestamp())
    return "start()" if at.type == promql.AtModifierType.Start else "end()"


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else float(span.total_seconds())
