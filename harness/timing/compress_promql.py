"""One PromQL expression at another time scale: the text keeps its shape, only durations change."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

import promql_parser as promql

from harness.errors import UsageError
from harness.timing.durations import DURATION, from_seconds, looks_like_duration, to_seconds
from harness.timing.promql import nodes, parse
from harness.timing.units import CannotScaleError, duration_literals

_TOKEN = re.compile(
    rf"""(?P<skip>\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)"""
    rf"""|(?P<duration>{DURATION})(?![\w.])"""
    r"""|(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<word>(?:[a-zA-Z_]|:(?=[a-zA-Z_:]))[\w:.]*)"""
    r"""|(?P<other>.)""",
    re.DOTALL,
)
_NOT_FINITE = frozenset(("inf", "nan"))


def compress_expression(
    text: str, k: float, *, where: str, real_time: Iterable[str] = (), events: Iterable[str] = ()
) -> str:
    """The expression with every duration divided by k, and nothing else changed.

    Args:
        text: PromQL.
        k: the time scale.
        where: file, group and rule, for errors.
        real_time: names of metrics that measure real work (see `units.duration_literals`).
        events: names of counters of events that follow the compressed clock.

    Raises:
        UsageError: the text does not parse, or cannot be scaled with certainty.
    """
    tree = parse(text, where)
    try:
        durations = duration_literals(tree, real_time, events)
    except CannotScaleError as problem:
        raise UsageError(f"{where}: cannot be run at another time scale: {problem}") from problem
    scaled = _rewritten(text, k, durations, where)
    if not _same_but_scaled(tree, parse(scaled, where), k, durations):
        raise UsageError(f"{where}: cannot be run at another time scale: {scaled!r} is not what {text!r} means")
    return scaled


def _rewritten(text: str, k: float, durations: frozenset[int], where: str) -> str:
    out, literal = [], -1
    for role, part in _parts(text):
        literal += role == "literal"
        if role == "span" or (role == "literal" and literal in durations):
            out.append(_scaled(part, k, where))
        else:
            out.append(part)
    return "".join(out)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The text cut into ("span", a range or offset), ("literal", a number) and ("other", all else)."""
    brackets, word_before = [""], ""
    for token in _TOKEN.finditer(text):
        kind, part = token.lastgroup, token[0]
        role = "other"
        if kind == "duration" and (brackets[-1] == "[" or word_before == "offset"):
            role = "span"
        elif kind in {"number", "duration"} or (kind == "word" and part.lower() in _NOT_FINITE):
            role = "other" if brackets[-1] in {"{", "["} else "literal"
        elif part in {"[", "{", "("}:
            brackets.append(part)
        elif part in {"]", "}", ")"}:
            brackets.pop()
        if part.strip() and part not in {"-", "+"}:
            word_before = part.lower()
        yield role, part


def _scaled(text: str, k: float, where: str) -> str:
    if looks_like_duration(text):
        scaled_s = to_seconds(text) / k
        if round(scaled_s * 1000) == 0 and to_seconds(text) > 0:
            raise UsageError(f"{where}: {text} divided by {k:g} is less than a millisecond")
        return from_seconds(scaled_s)
    value = float(int(text, 16)) if text.lower().startswith("0x") else float(text)
    return repr(value / k).removesuffix(".0") if math.isfinite(value) else text


def _same_but_scaled(before: promql.Expr, after: promql.Expr, k: float, durations: frozenset[int]) -> bool:
    """True when the trees are the same, node by node, but for scaled durations and literals."""
    literal = -1
    for old, new in zip_longest(nodes(before), nodes(after)):
        if type(old) is not type(new):
            return False
        if isinstance(old, promql.NumberLiteral) and isinstance(new, promql.NumberLiteral):
            literal += 1
            factor = k if literal in durations else 1.0
            if not _close(old.val / factor, new.val):
                return False
        elif not _same_node(old, new, k):
            return False
    return True


def _same_node(old: promql.Expr, new: promql.Expr, k: float) -> bool:
    spans = ("range", "step", "offset")
    return _meaning(old) == _meaning(new) and all(
        _scaled_span(getattr(old, span, None), getattr(new, span, None), k) for span in spans
    )


def _meaning(node: promql.Expr) -> tuple[object, ...]:
    """All that a node says apart from durations, numbers and what stands below it."""
    match node:
        case promql.VectorSelector():
            return (node.name, str(node.matchers))
        case promql.BinaryExpr():
            return (str(node.op), *_modifier(node))
        case promql.AggregateExpr():
            by = node.modifier
            grouping = (by.type == promql.AggModifierType.By, *by.labels) if by else ()
            return (str(node.op), *grouping)
        case promql.Call():
            return (node.func.name,)
        case promql.StringLiteral():
            return (node.val,)
        case _:
            return ()


def _scaled_span(old: object, new: object, k: float) -> bool:
    if old is None or new is None:
        return old is new
    # Durations are whole milliseconds, so half of one is lost at most.
    return abs(_seconds(old) / k - _seconds(new)) <= 0.000_501


def _seconds(span: object) -> float:
    return float(span.total_seconds())  # type: ignore[attr-defined]  # the parser gives timedelta


def _close(expected: float, found: float) -> bool:
    both_nan = math.isnan(expected) and math.isnan(found)
    return expected == found or both_nan or math.isclose(expected, found, rel_tol=1e-12)


def _modifier(node: promql.BinaryExpr) -> tuple[object, ...]:
    modifier = node.modifier
    if modifier is None:
        return ()
    matching = modifier.matching
    on = (matching.type == promql.LabelModifierType.Include, tuple(matching.labels)) if matching else None
    return (str(modifier.card), modifier.return_bool, on, tuple(modifier.group_labels or ()))
