"""SQL macros of grafana-clickhouse-datasource 4.0.3 (pkg/macros) that a trading board may use."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from ..errors import QueryError
from .base import Query

_NAME = re.compile(r"\$__(\w+)")


def expand(query: Query) -> str:
    """The SQL of a query with the plugin's macros filled in; arguments may hold parentheses.

    Raises:
        QueryError: a macro that 4.0.3 does not have, or would turn into SQL that ClickHouse refuses.
    """
    sql, out, at = query.text("rawSql"), [], 0
    for hit in _NAME.finditer(sql):
        if hit.start() < at:
            continue  # inside the argument of the macro before it
        macro = _MACROS.get(hit[1])
        if macro is None:
            raise QueryError(
                f"this stand-in does not expand $__{hit[1]}, and neither does the plugin 4.0.3", status=400
            )
        argument, end = _argument(sql, hit.end())
        out += [sql[at : hit.start()], macro(argument, query)]
        at = end
    return "".join([*out, sql[at:]])


def _argument(sql: str, at: int) -> tuple[str, int]:
    if not sql.startswith("(", at):
        return "", at
    depth = 0
    for end in range(at, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        if depth == 0:
            return sql[at + 1 : end].strip(), end + 1
    raise QueryError("a macro has no closing parenthesis", status=400)


def _seconds(at_ms: int) -> str:
    return f"toDateTime({at_ms // 1_000})"


def _milliseconds(at_ms: int) -> str:
    return f"fromUnixTimestamp64Milli({at_ms})"


def _date(at_ms: int) -> str:
    return f"toDate('{datetime.fromtimestamp(at_ms / 1_000, tz=UTC):%Y-%m-%d}')"


def _between(form: Callable[[int], str]) -> Callable[[str, Query], str]:
    return lambda column, query: f"{column} >= {form(query.span.from_ms)} AND {column} <= {form(query.span.to_ms)}"


def _interval_s(query: Query) -> int:
    return max(1, query.interval_ms // 1_000)


_MACROS: dict[str, Callable[[str, Query], str]] = {
    "fromTime": lambda _, query: _seconds(query.span.from_ms),
    "toTime": lambda _, query: _seconds(query.span.to_ms),
    "fromTime_ms": lambda _, query: _milliseconds(query.span.from_ms),
    "toTime_ms": lambda _, query: _milliseconds(query.span.to_ms),
    "timeFilter": _between(_seconds),
    "timeFilter_ms": _between(_milliseconds),
    "dateFilter": _between(_date),
    "timeInterval": lambda column, query: (
        f"toStartOfInterval(toDateTime({column}), INTERVAL {_interval_s(query)} second)"
    ),
    "timeInterval_ms": lambda column, query: (
        f"toStartOfInterval(toDateTime64({column}, 3), INTERVAL {max(1, query.interval_ms)} millisecond)"
    ),
    "interval_s": lambda _, query: str(_interval_s(query)),
}
