"""Which number literals of an expression are durations: analysis of its dimensions.

When every duration of a system is divided by k, an age in seconds shrinks with it while a count does not. So
`timestamp(x) - x > 30` has to become `> 2` for k = 15, and `sum(up) < 2` has to stay. Each node of the tree
gets a kind; a literal takes the kind of what it is compared with or added to. What cannot be told for certain
is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

import promql_parser as promql

from harness.timing.promql import COMPARISONS, children, nodes


class Kind(Enum):
    """How a value behaves when durations are divided by k."""

    NUMBER = "a plain number"
    REAL = "a real time or amount that is not compressed"
    DURATION = "a duration"
    INSTANT = "a moment of the wall clock"
    PER_TIME = "a rate per real time"
    PER_RUN_TIME = "a rate per compressed time"
    IN_WINDOW = "a count over a window"
    LITERAL = "a literal of any unit"
    UNKNOWN = "a value of unknown unit"


class CannotScaleError(Exception):
    """The expression depends on time in a way that has no certain scaled counterpart."""


@dataclass(frozen=True, slots=True)
class _Value:
    """The kind of a node, and the places of the literals below it whose unit is not settled yet."""

    kind: Kind
    literals: tuple[int, ...] = ()
    zero: bool = False


# Kinds by function name, where the argument does not decide.
_FIXED = {
    "time": Kind.INSTANT,
    "timestamp": Kind.INSTANT,
    "pi": Kind.NUMBER,
    "absent": Kind.NUMBER,
    "absent_over_time": Kind.NUMBER,
    "present_over_time": Kind.NUMBER,
    # Samples in a window: window and scrape interval shrink alike.
    "count_over_time": Kind.NUMBER,
    "changes": Kind.IN_WINDOW,
    "resets": Kind.IN_WINDOW,
    "increase": Kind.IN_WINDOW,
    "sgn": Kind.NUMBER,
}
_SAME_AS_ARGUMENT = frozenset(
    [
        "abs",
        "scalar",
        "vector",
        "sort",
        "sort_desc",
        "sort_by_label",
        "sort_by_label_desc",
        "label_replace",
        "label_join",
        "avg_over_time",
        "min_over_time",
        "max_over_time",
        "last_over_time",
        "sum_over_time",
        "stddev_over_time",
        "predict_linear",
    ]
)
_CLAMPS = frozenset(("clamp", "clamp_min", "clamp_max"))
_SLOPES = frozenset(("rate", "irate", "deriv", "delta", "idelta"))
_ONLY_NUMBERS = frozenset(("ceil", "floor", "round", "exp", "ln", "log2", "log10", "sqrt"))
_SETS = frozenset(("and", "unless"))
_INSTANTS = ("*_timestamp", "*_timestamp_seconds", "*_timestamp_in_seconds", "*_time_seconds", "*_created")
_TIMES = ("*_seconds", "*_seconds_*", "*_ms", "*_ms_*", "*_milliseconds*", "*latency*", "*duration*", "*_age")
_RATES = ("*_per_sec", "*_per_second", "*_per_minute", "*_per_hour", "*:rate*")


def duration_literals(tree: promql.Expr, real_time: Iterable[str] = (), events: Iterable[str] = ()) -> frozenset[int]:
    """The places of the number literals that are durations, counted from 0 in the order of the text.

    Args:
        tree: the expression.
        real_time: names (`*` allowed) of metrics that measure real work or real amounts and do not shrink.
        events: names (`*` allowed) of counters of events that follow the compressed clock: their rates grow with it.

    Raises:
        CannotScaleError: something in the expression cannot be scaled with certainty; says what.
    """
    analysis = _Analysis(real_time=tuple(real_time), events=tuple(events))
    analysis.value(tree)
    return frozenset(analysis.durations)


@dataclass(slots=True)
class _Analysis:
    real_time: tuple[str, ...]
    events: tuple[str, ...] = ()
    durations: set[int] = field(default_factory=set)
    seen: int = 0

    def value(self, node: promql.Expr) -> _Value:
        if isinstance(node, promql.VectorSelector | promql.SubqueryExpr):
            _refuse_fixed_moment(node)
        match node:
            case promql.NumberLiteral():
                self.seen += 1
                return _Value(Kind.LITERAL, (self.seen - 1,), zero=node.val == 0)
            case promql.BinaryExpr():
                return self._binary(node)
            case promql.Call():
                return self._call(node, [self.value(child) for child in node.args])
            case promql.AggregateExpr():
                return self._aggregate(node)
            case promql.VectorSelector():
                return self._selector(node.name or "")
            case _:  # brackets, signs, ranges and texts
                below = children(node)
                return self.value(below[0]) if below else _Value(Kind.NUMBER)

    def _selector(self, name: str) -> _Value:
        return _Value(kind_of_metric(name, self.real_time))

    def _is_real(self, tree: promql.Expr) -> bool:
        """True when all that is read below measures real work."""
        names = [node.name or "" for node in nodes(tree) if isinstance(node, promql.VectorSelector)]
        return bool(names) and all(kind_of_metric(name, self.real_time) is Kind.REAL for name in names)

    def _follows(self, tree: promql.Expr) -> bool:
        """True when all that is read below counts events of the compressed clock."""
        names = [node.name or "" for node in nodes(tree) if isinstance(node, promql.VectorSelector)]
        return bool(names) and all(any(fnmatchcase(name, one) for one in self.events) for name in names)

    def _binary(self, node: promql.BinaryExpr) -> _Value:
        left, right = self.value(node.lhs), self.value(node.rhs)
        operator = str(node.op)
        if operator in COMPARISONS:
            kind = self._compared(left, right, operator)
            as_bool = node.modifier is not None and node.modifier.return_bool
            return _Value(Kind.NUMBER) if as_bool else _Value(kind)
        if operator in _SETS:
            return left
        if operator == "or":
            return self._either(left, right)
        if operator in {"+", "-"}:
            return self._sum(left, right, operator)
        if operator == "*" and {left.kind, right.kind} == {Kind.PER_RUN_TIME, Kind.LITERAL}:
            # A rate per second times the seconds of an hour: the count of an hour, which no time scale changes.
            self.durations.update(left.literals + right.literals)
            return _Value(Kind.NUMBER)
        return _product(left, right, operator)

    def _compared(self, left: _Value, right: _Value, operator: str) -> Kind:
        if left.zero or right.zero:  # no unit changes what is above or below zero
            return right.kind if left.zero else left.kind
        joined = self._joined(left, right)
        if joined in {Kind.NUMBER, Kind.REAL, Kind.DURATION, Kind.LITERAL}:
            return joined
        same_kind = left.kind == right.kind
        if same_kind and joined is not Kind.UNKNOWN:
            return joined
        raise CannotScaleError(f"it compares {left.kind.value} with {right.kind.value} ({operator})")

    def _either(self, left: _Value, right: _Value) -> _Value:
        try:
            kind = self._joined(left, right)
        except CannotScaleError:
            return _Value(Kind.UNKNOWN)
        return _Value(kind, left.literals + right.literals if kind is Kind.LITERAL else ())

    def _sum(self, left: _Value, right: _Value, operator: str) -> _Value:
        if left.kind is right.kind is Kind.INSTANT and operator == "-":
            return _Value(Kind.DURATION)
        for moment, other in ((left, right), (right, left)):
            if moment.kind is Kind.INSTANT and other.kind in {Kind.DURATION, Kind.LITERAL}:
                self.durations.update(other.literals)
                return _Value(Kind.INSTANT)
        kind = self._joined(left, right)
        if kind is Kind.LITERAL:
            return _Value(kind, left.literals + right.literals)
        return _Value(kind)

    def _joined(self, left: _Value, right: _Value) -> Kind:
        """The one kind that both are; literals take the kind of the other side."""
        for one, other in ((left, right), (right, left)):
            if one.kind is Kind.LITERAL:
                if other.kind is Kind.DURATION:
                    self.durations.update(one.literals)
                return other.kind
        if {left.kind, right.kind} == {Kind.NUMBER, Kind.REAL}:
            return Kind.REAL
        if left.kind is not right.kind:
            raise CannotScaleError(f"it joins {left.kind.value} with {right.kind.value}")
        return left.kind

    def _aggregate(self, node: promql.AggregateExpr) -> _Value:
        if node.param is not None:
            self.value(node.param)  # a count, a quantile or a name: never a duration
        below = self.value(node.expr)
        operator = str(node.op)
        if operator in {"count", "count_values", "group"}:
            return _Value(Kind.NUMBER)
        if operator == "stddev" and below.kind is Kind.INSTANT:
            return _Value(Kind.DURATION)
        if operator == "stdvar" or (operator == "sum" and below.kind is Kind.INSTANT):
            return _only_numbers(below)
        return below

    def _call(self, node: promql.Call, arguments: list[_Value]) -> _Value:
        name = node.func.name
        if name == "histogram_quantile":  # in the unit of the buckets; how fast they fill does not matter
            return _Value(Kind.REAL if self._is_real(node.args[1]) else Kind.UNKNOWN)
        first = arguments[0] if arguments else _Value(Kind.NUMBER)
        if name in _FIXED:
            return _Value(_FIXED[name])
        if name in {"rate", "irate"} and self._follows(node):
            return _Value(Kind.PER_RUN_TIME)
        if name in _SLOPES:
            return _Value(_slope(name, first.kind))
        if name in _CLAMPS:
            return self._clamped(arguments)
        if name == "predict_linear":
            self.durations.update(arguments[1].literals)
        if name in _SAME_AS_ARGUMENT:
            return first
        if name == "quantile_over_time":
            return arguments[1]
        return _only_numbers(first) if name in _ONLY_NUMBERS else _Value(Kind.UNKNOWN)

    def _clamped(self, arguments: list[_Value]) -> _Value:
        for limit in arguments[1:]:
            if self._joined(arguments[0], limit) not in {Kind.NUMBER, Kind.REAL, Kind.DURATION} and not limit.zero:
                raise CannotScaleError(f"it clamps {arguments[0].kind.value}")
        return arguments[0]


def kind_of_metric(name: str, real_time: Iterable[str] = ()) -> Kind:
    """What the suffix of the name says; unit suffixes are Prometheus' naming practice.

    Args:
        name: the metric.
        real_time: names (`*` allowed) of metrics that measure real work or real amounts.
    """
    if any(fnmatchcase(name, pattern) for pattern in real_time):
        return Kind.REAL
    for kind, patterns in ((Kind.INSTANT, _INSTANTS), (Kind.PER_TIME, _RATES), (Kind.UNKNOWN, _TIMES)):
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return kind
    return Kind.UNKNOWN if not name or ":" in name else Kind.NUMBER


def _refuse_fixed_moment(node: promql.VectorSelector | promql.SubqueryExpr) -> None:
    if node.at is not None and node.at.type == promql.AtModifierType.At:
        raise CannotScaleError("it reads a fixed moment (@ with a timestamp)")


def _slope(function: str, of: Kind) -> Kind:
    """A moment grows by a second each second; anything else grows per real time, or within a window."""
    if function in {"delta", "idelta"}:
        return Kind.DURATION if of is Kind.INSTANT else Kind.IN_WINDOW
    if of is Kind.INSTANT:
        return Kind.NUMBER
    return Kind.PER_TIME if of in {Kind.NUMBER, Kind.REAL} else Kind.UNKNOWN


def _only_numbers(value: _Value) -> _Value:
    return value if value.kind in {Kind.NUMBER, Kind.REAL, Kind.LITERAL} else _Value(Kind.UNKNOWN)


def _product(left: _Value, right: _Value, operator: str) -> _Value:
    kinds = (left.kind, right.kind)
    plain = {Kind.NUMBER, Kind.LITERAL}
    if kinds == (Kind.LITERAL, Kind.LITERAL):
        # Scaling the first factor scales the product; in a power no factor does.
        return _Value(Kind.LITERAL, left.literals) if operator in {"*", "/"} else _Value(Kind.UNKNOWN)
    if operator == "/" and left.kind is right.kind and left.kind is not Kind.INSTANT:
        return _Value(Kind.UNKNOWN if left.kind is Kind.UNKNOWN else Kind.NUMBER)
    if operator in {"*", "/"} and right.kind in plain and left.kind is not Kind.INSTANT:
        return _Value(left.kind if left.kind is not Kind.LITERAL else Kind.NUMBER)
    if operator == "*" and left.kind in plain and right.kind is not Kind.INSTANT:
        return _Value(right.kind)
    return _Value(Kind.NUMBER if set(kinds) <= plain else Kind.UNKNOWN)
