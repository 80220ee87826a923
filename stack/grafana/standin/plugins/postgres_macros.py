"""SQL macros of the PostgreSQL plugin (pkg/tsdb/grafana-postgresql-datasource/macros.go)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from .. import spans
from ..errors import QueryError
from ..timerange import TimeRange
from .base import Query

_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)(\s*,)?")


def expand(query: Query, *, timescaledb: bool = False) -> str:
    """The SQL of a query with every macro filled in.

    Raises:
        QueryError: an unknown macro, a missing argument, or one the stand-in does not have.
    """
    span = query.span
    sql = query.text("rawSql")
    sql = sql.replace("$__interval_ms", str(query.interval_ms)).replace("$__interval", spans.text(query.interval_ms))
    sql = sql.replace("$__unixEpochFrom()", str(span.from_ms // 1_000))
    sql = sql.replace("$__unixEpochTo()", str(span.to_ms // 1_000))
    if timescaledb and "$__timeGroup" in sql:
        raise QueryError("this stand-in does not implement $__timeGroup with timescaledb", status=400)
    return _MACRO.sub(lambda hit: _one(hit, span), sql)


def _one(hit: re.Match[str], span: TimeRange) -> str:
    name, inner, comma = hit[1], hit[2], hit[3] or ""
    macro = _MACROS.get(name)
    if macro is None:
        raise QueryError(f'unknown macro "{name}"', status=400)
    args = [part.strip() for part in inner.split(",")]
    done = macro(args, span)
    if comma and name in ("__timeGroup", "__unixEpochGroup"):
        done += ' AS "time"'
    return done + comma


def _rfc3339(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1_000, tz=UTC)
    fraction = f"{at_ms % 1_000 / 1_000:.3f}".lstrip("0").rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _column(args: Sequence[str], name: str) -> str:
    if not args[0]:
        raise QueryError(f"missing time column argument for macro {name}", status=400)
    return args[0]


def _group_s(args: Sequence[str], name: str) -> float:
    if len(args) < 2:
        raise QueryError(f"macro {name} needs time column and interval and optional fill value", status=400)
    if len(args) > 2:
        raise QueryError(f"this stand-in does not implement the fill argument of {name}", status=400)
    try:
        return spans.parse_ms(args[1].strip("'\"")) / 1_000
    except ValueError as error:
        raise QueryError(f"error parsing interval {args[1]}", status=400) from error


def _time_filter(args: Sequence[str], span: TimeRange) -> str:
    column = _column(args, "__timeFilter")
    return f"{column} BETWEEN '{_rfc3339(span.from_ms)}' AND '{_rfc3339(span.to_ms)}'"


def _epoch_filter(args: Sequence[str], span: TimeRange) -> str:
    column = _column(args, "__unixEpochFilter")
    return f"{column} >= {span.from_ms // 1_000} AND {column} <= {span.to_ms // 1_000}"


def _nano_filter(args: Sequence[str], span: TimeRange) -> str:
    column = _column(args, "__unixEpochNanoFilter")
    return f"{column} >= {span.from_ms * 1_000_000} AND {column} <= {span.to_ms * 1_000_000}"


def _time_group(args: Sequence[str], _span: TimeRange) -> str:
    size = f"{_group_s(args, '__timeGroup'):g}"
    return f"floor(extract(epoch from {args[0]})/{size})*{size}"


def _epoch_group(args: Sequence[str], _span: TimeRange) -> str:
    size = f"{_group_s(args, '__unixEpochGroup'):g}"
    return f"floor(({args[0]})/{size})*{size}"


_MACROS: dict[str, Callable[[Sequence[str], TimeRange], str]] = {
    "__time": lambda args, _: f'{_column(args, "__time")} AS "time"',
    "__timeEpoch": lambda args, _: f'extract(epoch from {_column(args, "__timeEpoch")}) as "time"',
    "__timeFilter": _time_filter,
    "__timeFrom": lambda _, span: f"'{_rfc3339(span.from_ms)}'",
    "__timeTo": lambda _, span: f"'{_rfc3339(span.to_ms)}'",
    "__timeGroup": _time_group,
    "__timeGroupAlias": lambda args, span: f'{_time_group(args, span)} AS "time"',
    "__unixEpochFilter": _epoch_filter,
    "__unixEpochNanoFilter": _nano_filter,
    "__unixEpochNanoFrom": lambda _, span: str(span.from_ms * 1_000_000),
    "__unixEpochNanoTo": lambda _, span: str(span.to_ms * 1_000_000),
    "__unixEpochGroup": _epoch_group,
    "__unixEpochGroupAlias": lambda args, span: f'{_epoch_group(args, span)} AS "time"',
}
