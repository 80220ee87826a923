"""ClickHouse over HTTP: raw SQL as series or table, as grafana-clickhouse-datasource 4.0.3 does it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx

from ..errors import PluginError, QueryError
from ..frames import Answer, Frame, is_long, long_to_wide
from ..settings import Settings
from ..sources import DataSource
from .base import Health, Query, side_by_side
from .clickhouse_macros import expand
from .clickhouse_types import column_field

_CONNECTIONS = 5  # pool of 5
_PREFERRED = {0: "graph", 1: "table"}


class ClickHouse:
    """One ClickHouse data source; its client is checked once, when it is first used."""

    def __init__(
        self, source: DataSource, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        del settings  # this plugin has timeouts of its own
        self._dial_s = _seconds(source, "dialTimeout", 10)
        self._query_s = _seconds(source, "queryTimeout", 60)
        self._native = str(source.json_data.get("protocol") or "native") != "http"
        self._checked = False
        self._client = _client(source, self._dial_s, transport)

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answers by refId. Raises PluginError if the first connection hangs or the protocol is not HTTP."""
        if self._native:
            raise PluginError("this stand-in speaks only protocol http to ClickHouse, not native")
        await self._first_connection()
        return await side_by_side(self._run, queries)

    async def health(self) -> Health:
        """A ping; this release of the plugin lets a failed one crash the check."""
        try:
            async with asyncio.timeout(self._dial_s):
                answer = await self._client.get("/", params={"query": "SELECT 1"})
                answer.raise_for_status()
        except (TimeoutError, httpx.HTTPError) as error:
            return Health(ok=False, message=str(error), crashed=True)
        return Health(ok=True, message="Data source is working")

    async def close(self) -> None:
        """Close kept connections."""
        await self._client.aclose()

    async def _first_connection(self) -> None:
        if self._checked:
            return
        try:
            async with asyncio.timeout(self._dial_s):
                await self._client.get("/ping")
        except TimeoutError as error:
            raise PluginError("connection timed out") from error
        except httpx.HTTPError:
            pass  # refused: the plugin keeps its client and the query reports it
        self._checked = True

    async def _run(self, query: Query) -> Answer:
        wanted = query.model.get("format", 0)
        if not isinstance(wanted, int) or isinstance(wanted, bool):
            raise QueryError(f"error unmarshaling query JSON: format must be a number, not {wanted!r}", status=400)
        if wanted not in _PREFERRED:
            raise QueryError(f"this stand-in does not implement format {wanted} (logs and traces)", status=400)
        sql = expand(query)
        frame = Frame(
            name=query.ref_id,
            fields=_fields(await self._rows(sql)),
            meta={"executedQueryString": sql, "preferredVisualisationType": _PREFERRED[wanted]},
        )
        return Answer(frames=[frame if wanted == 1 else _series(frame)])

    async def _rows(self, sql: str) -> Any:
        params = {
            "default_format": "JSONCompact",
            "output_format_json_quote_64bit_integers": "0",
            "output_format_json_quote_denormals": "1",
            "wait_end_of_query": "1",
        }
        try:
            async with asyncio.timeout(self._query_s):
                answer = await self._client.post("/", params=params, content=sql.rstrip().rstrip(";"))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise QueryError("context deadline exceeded", status=504, source="downstream") from error
        except httpx.HTTPError as error:
            raise QueryError(
                f"clickhouse: {str(error) or type(error).__name__}", status=502, source="downstream"
            ) from error
        if answer.status_code != 200:
            raise QueryError(f"clickhouse: {answer.text.strip()}", status=500, source="downstream")
        try:
            return json.loads(answer.content)
        except ValueError as error:
            raise QueryError("clickhouse: the answer is not a result set", status=500) from error


def _client(source: DataSource, dial_s: float, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    options = source.json_data
    secure = "https" if options.get("secure") else "http"
    return httpx.AsyncClient(
        base_url=f"{secure}://{options.get('host')}:{options.get('port') or 8123}",
        headers={
            "X-ClickHouse-User": str(options.get("username") or "default"),
            "X-ClickHouse-Key": source.secure.get("password", ""),
        },
        params={"database": str(options.get("defaultDatabase") or "default")},
        transport=transport,
        trust_env=False,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        timeout=httpx.Timeout(None, connect=dial_s),
    )


def _seconds(source: DataSource, key: str, default: int) -> float:
    value = source.json_data.get(key)
    if value in (None, ""):
        return default
    if not isinstance(value, str):
        raise PluginError(f"{key} of data source {source.name} must be a quoted number: {value!r} makes 4.0.3 panic")
    return float(value)


def _fields(body: Any) -> list[Any]:
    rows = body["data"]
    return [
        column_field(column["name"], column["type"], [row[index] for row in rows])
        for index, column in enumerate(body["meta"])
    ]


def _series(frame: Frame) -> Frame:
    if frame.rows == 0:
        return replace(frame, fields=())
    if not is_long(frame):
        return frame
    try:
        return long_to_wide(frame)
    except ValueError as error:
        raise QueryError(str(error), status=400) from error
