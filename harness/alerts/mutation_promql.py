"""Every expression that differs from a given one in one place: what a slip of the hand would make of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import promql_parser as promql

from harness.alerts import mutation_text as text
from harness.timing.promql import COMPARISONS, children, parse

SETS = ("and", "or", "unless")
AGGREGATIONS = ("sum", "min", "max", "avg", "count")
OTHER_AGGREGATION: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(other for other in AGGREGATIONS if other != name) for name in AGGREGATIONS},
    "topk": ("bottomk",),
    "bottomk": ("topk",),
    "group": ("count",),
    "stddev": ("avg",),
    "quantile": (),
}
OTHER_ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}
OTHER_FUNCTION: Mapping[str, tuple[str, ...]] = {
    "rate": ("increase",),
    "increase": ("rate",),
    "irate": ("rate",),
    "delta": ("increase",),
    "deriv": ("rate",),
    "min_over_time": ("max_over_time", "avg_over_time"),
    "max_over_time": ("min_over_time", "avg_over_time"),
    "avg_over_time": ("min_over_time", "max_over_time"),
    "last_over_time": ("min_over_time",),
    "sum_over_time": ("avg_over_time", "count_over_time"),
    "count_over_time": ("sum_over_time",),
    "changes": ("resets",),
    "resets": ("changes",),
}
LEFT_OUT = frozenset(("absent", "absent_over_time", "abs"))
FEW = 10  # up to here a whole number counts things, and one more or less is a little; beyond, a tenth is


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place of an expression written differently.

    Args:
        kind: what was changed, in a word.
        before: the place as it was.
        after: the place as it is now.
        place: the part of the expression around it, as it was.
        at: the way to that part in the tree.
        expr: the whole expression as it is now.
    """

    kind: str
    before: str
    after: str
    place: str
    at: text.Path
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    kind: str
    before: str
    after: str
    instead: str  # text of the whole node


def changes(expression: str, where: str) -> Iterator[Change]:
    """All expressions that differ from this one in one place.

    Args:
        expression: PromQL.
        where: file, group and rule, for errors.

    Raises:
        UsageError: it does not parse, or has a form that cannot be written again.
    """
    form = text.rewritten(expression, where)
    tree = parse(form, where)
    seen = {form}
    for path, node in text.walk(tree):
        below = [text.written(child) for child in children(node)]
        for place in _places(node, below):
            changed = text.written(tree, path, place.instead)
            if changed not in seen:
                seen.add(changed)
                yield Change(
                    kind=place.kind,
                    before=place.before,
                    after=place.after,
                    place=text.own_text(node, below),
                    at=path,
                    expr=changed,
                )


def _places(node: promql.Expr, below: list[str]) -> Iterator[_Place]:
    match node:
        case promql.NumberLiteral():
            yield from _numbers(node)
        case promql.VectorSelector():
            yield from _matchers(node)
            yield from _offsets(node, text.own_text(node, below))
        case promql.MatrixSelector() | promql.SubqueryExpr():
            yield from _windows(node, below)
        case promql.Call():
            yield from _functions(node, below)
        case promql.AggregateExpr():
            yield from _aggregations(node, below)
        case promql.BinaryExpr():
            yield from _operators(node, below)
            yield from _sides(node, below)
            yield from _matchings(node, below)
        case _:
            return


def nearby(value: float) -> tuple[float, ...]:
    """Numbers a little above and below: by one for small whole numbers, by a tenth for others; 0 for Inf and NaN."""
    if not math.isfinite(value):
        return (0.0,)
    if value == int(value) and abs(value) <= FEW:
        return (value + 1, value - 1)
    return (float(f"{value * 1.1:.12g}"), float(f"{value * 0.9:.12g}"))


def _numbers(node: promql.NumberLiteral) -> Iterator[_Place]:
    for value in nearby(node.val):
        yield _Place(kind="number", before=text.number(node.val), after=text.number(value), instead=text.number(value))


def _matchers(node: promql.VectorSelector) -> Iterator[_Place]:
    matchers = list(node.matchers.matchers)
    shift = text.own_text(node, []).removeprefix(text.selector(node, [text.matcher(one) for one in matchers]))
    for number, one in enumerate(matchers):
        for after in _other_matchers(one):
            others = [after if at == number else text.matcher(other) for at, other in enumerate(matchers)]
            instead = text.selector(node, [other for other in others if other]) + shift
            if instead != "{}":
                yield _Place(kind="matcher", before=text.matcher(one), after=after or "(dropped)", instead=instead)


def _other_matchers(one: promql.Matcher) -> tuple[str, str, str]:
    """Dropped, negated, with another value."""
    sign = text.MATCH_SIGNS[str(one.op)]
    negated = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[sign]
    other = f"(?:{one.value})_other" if "~" in sign else f"{one.value}_other"
    return ("", f"{one.name}{negated}{text.quoted(one.value)}", f"{one.name}{sign}{text.quoted(other)}")


def _offsets(node: promql.VectorSelector | promql.SubqueryExpr, own: str) -> Iterator[_Place]:
    if node.offset is not None:
        before, _, _ = own.rpartition(" offset ")
        shown = own[len(before) :].strip()
        yield _Place(kind="offset", before=shown, after="(dropped)", instead=before)


def _windows(node: promql.MatrixSelector | promql.SubqueryExpr, below: list[str]) -> Iterator[_Place]:
    own = text.own_text(node, below)
    step = node.step if isinstance(node, promql.SubqueryExpr) else None
    step_s = None if step is None else float(step.total_seconds())
    for factor in (0.5, 2.0):
        if isinstance(node, promql.MatrixSelector):
            longer = text.ranged(node, below[0], text.range_s(node) * factor)
        else:
            longer = text.subquery(node, below[0], text.range_s(node) * factor, step_s)
        yield _Place(kind="window", before=_bracket(own), after=_bracket(longer), instead=longer)
    if isinstance(node, promql.SubqueryExpr):
        yield from _offsets(node, own)
        if step_s is not None:
            for factor in (0.5, 2.0):
                stepped = text.subquery(node, below[0], text.range_s(node), step_s * factor)
                yield _Place(kind="step", before=_bracket(own), after=_bracket(stepped), instead=stepped)


def _bracket(own: str) -> str:
    return own[own.rindex("[") : own.rindex("]") + 1]


def _functions(node: promql.Call, below: list[str]) -> Iterator[_Place]:
    name = node.func.name
    for other in OTHER_FUNCTION.get(name, ()):
        yield _Place(kind="function", before=name, after=other, instead=f"{other}({', '.join(below)})")
    if name in LEFT_OUT:
        yield _Place(kind="function", before=name, after="(dropped)", instead=below[0])
    if name == "timestamp":
        yield _Place(kind="function", before=name, after="time()", instead="time()")


def _aggregations(node: promql.AggregateExpr, below: list[str]) -> Iterator[_Place]:
    operator, grouped = str(node.op), text.grouping(node)
    for other in OTHER_AGGREGATION.get(operator, ()):
        instead = text.aggregation(other, grouped, below)
        yield _Place(kind="aggregation", before=operator, after=other, instead=instead)
    if node.modifier is None:
        return
    word, labels = grouped.partition(" ")[0], list(node.modifier.labels)
    other_word = text.labelled("without" if word == "by" else "by", labels)
    for label in labels:
        fewer = text.labelled(word, [one for one in labels if one != label])
        yield _Place(kind="grouping", before=grouped, after=fewer, instead=text.aggregation(operator, fewer, below))
    yield _Place(
        kind="grouping", before=grouped, after=other_word, instead=text.aggregation(operator, other_word, below)
    )


def _operators(node: promql.BinaryExpr, below: list[str]) -> Iterator[_Place]:
    operator = str(node.op)
    kind, others = "arithmetic", tuple(filter(None, (OTHER_ARITHMETIC.get(operator),)))
    if operator in COMPARISONS:
        kind, others = "comparison", tuple(sorted(COMPARISONS - {operator}))
    elif operator in SETS:
        kind, others = "set", tuple(other for other in SETS if other != operator)
    for other in others:
        instead = text.binary(other, text.modifier(node), node, below)
        yield _Place(kind=kind, before=operator, after=other, instead=f"({instead})")


def _sides(node: promql.BinaryExpr, below: list[str]) -> Iterator[_Place]:
    """Only one of the two sides of a set operator."""
    operator = str(node.op)
    if operator in SETS:
        for side, instead in zip(("left", "right"), below, strict=True):
            yield _Place(kind="side", before=operator, after=f"only the {side} side", instead=f"({instead})")


def _matchings(node: promql.BinaryExpr, below: list[str]) -> Iterator[_Place]:
    """One label less in on or ignoring, and the other word of the two."""
    if node.modifier is None or node.modifier.matching is None:
        return
    whole, own = text.modifier(node), text.matching(node.modifier.matching)
    word, labels = own.partition(" ")[0], list(node.modifier.matching.labels)
    fewer = [text.labelled(word, [one for one in labels if one != label]) for label in labels]
    for after in (*fewer, text.labelled("ignoring" if word == "on" else "on", labels)):
        instead = text.binary(str(node.op), whole.replace(own, after), node, below)
        yield _Place(kind="matching", before=own, after=after, instead=f"({instead})")
