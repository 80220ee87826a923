"""PostgreSQL: raw SQL as time series or table, as the built-in plugin (pkg/tsdb/sqleng).

Like Grafana's plugin it has no query timeout: a frozen server blocks until the caller goes away.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..errors import QueryError
from ..frames import Answer, Field, Frame, is_long, long_to_wide
from ..settings import Settings
from ..sources import DataSource
from .base import Health, Query, side_by_side
from .postgres_driver import ConnectionLostError, Pool, Rows, SqlError, connector
from .postgres_macros import expand

_UNREACHABLE = "failed to connect to server - please inspect Grafana server log for details"


class Postgres:
    """One PostgreSQL data source with a bounded pool."""

    def __init__(self, source: DataSource, settings: Settings, pool: Pool | None = None) -> None:
        self._timescaledb = bool(source.json_data.get("timescaledb"))
        self._row_limit = settings.row_limit
        self._pool = pool or Pool(connector(source, settings.row_limit), int(source.number("maxOpenConns", 100)))

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answers by refId; a query without SQL has no entry at all."""
        return await side_by_side(self._run, [query for query in queries if query.text("rawSql")])

    async def health(self) -> Health:
        """A ping over the pool."""
        try:
            await self._pool.run("SELECT 1")
        except (ConnectionLostError, SqlError) as error:
            return Health(ok=False, message=str(error))
        return Health(ok=True, message="Database Connection OK")

    async def close(self) -> None:
        """Close pooled connections."""
        await self._pool.close()

    async def _run(self, query: Query) -> Answer:
        wanted = query.model.get("format") or "time_series"
        if wanted not in ("time_series", "table"):
            raise QueryError(f"unrecognized query model format: {wanted!r}", status=400)
        sql = expand(query, timescaledb=self._timescaledb)
        meta = {"executedQueryString": sql}
        try:
            rows = await self._pool.run(sql)
            frame = _shape(Frame(fields=rows.fields, meta=meta | self._notice(rows)), wanted)
        except ConnectionLostError:
            return Answer(frames=[Frame(meta=meta)], error=_UNREACHABLE, status=500)
        except (SqlError, ValueError) as error:
            prefix = "db query error: pq: " if isinstance(error, SqlError) else ""
            return Answer(frames=[Frame(meta=meta)], error=f"{prefix}{error}", status=500)
        return Answer(frames=[frame])

    def _notice(self, rows: Rows) -> dict[str, object]:
        if not rows.cut:
            return {}
        told = f"Results have been limited to {self._row_limit} because the SQL row limit was reached"
        return {"notices": [{"severity": "warning", "text": told}]}


def _shape(frame: Frame, wanted: str) -> Frame:
    if frame.rows == 0:
        return replace(frame, fields=())
    return frame if wanted == "table" else _time_series(frame)


def _time_series(frame: Frame) -> Frame:
    names = [column.name for column in frame.fields]
    if "time" not in names:
        raise ValueError("db has no time column: no time column found")
    columns = [_clock(column) if column.name == "time" else _float(column) for column in frame.fields]
    frame = replace(frame, fields=columns)
    if not is_long(frame):
        return frame
    wide = long_to_wide(frame)
    if len(columns) != 3:
        return wide
    return replace(wide, fields=[_named_by_metric(column) for column in wide.fields])


def _clock(column: Field) -> Field:
    if column.kind == "number":
        values = [None if at is None else _epoch_ns(float(at)) for at in column.values]
        return Field(name="Time", kind="time", values=values, nullable=True)
    if column.kind != "time":
        raise ValueError(f"db has no time column: column time is of type {column.kind}")
    return replace(column, name="Time")


def _epoch_ns(epoch: float) -> int:
    """Epoch seconds, milliseconds or nanoseconds, told apart by magnitude as Grafana does."""
    for bigger_than, factor in ((1e16, 1), (1e11, 1_000_000)):
        if abs(epoch) > bigger_than:
            return int(epoch) * factor
    return round(epoch * 1_000) * 1_000_000


def _float(column: Field) -> Field:
    if column.kind != "number":
        return column
    values = [None if value is None else float(value) for value in column.values]
    return replace(column, values=values, go_type="float64", nullable=True)


def _named_by_metric(column: Field) -> Field:
    name = column.labels.get("metric") if len(column.labels) == 1 else None
    return column if name is None else replace(column, name=name, labels={})
