"""One target of a panel as the query, or the queries, that its data source's browser side sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.panels.sources import EXPRESSION, Source
from harness.panels.variables import Value, fill

_POSTGRES = ("grafana-postgresql-datasource", "postgres")


def query_bodies(
    target: Mapping[str, Any], source: Source, values: Mapping[str, Value], panel_id: int
) -> list[dict[str, Any]]:
    """The queries of one target; none when it asks nothing.

    Args:
        target: as stored on the board.
        source: the data source that answers it.
        values: variables, with the built-in ones of the panel.
        panel_id: goes into Prometheus's request id.
    """
    kind = str((target.get("datasource") or {}).get("type")) if isinstance(target.get("datasource"), Mapping) else ""
    if EXPRESSION in kind:
        return [dict(target)]
    filled: dict[str, Any] = {key: _filled(value, values, source.type) for key, value in target.items()}
    filled |= {"refId": str(target.get("refId") or "A"), "datasource": source.reference}
    if source.number:
        filled["datasourceId"] = source.number
    if source.type == "prometheus":
        return _prometheus(filled, panel_id)
    if source.type in _POSTGRES:
        kept = ("refId", "datasource", "datasourceId", "rawSql", "format")
        return [{key: filled[key] for key in kept if key in filled}] if filled.get("rawSql") else []
    if source.type == "grafana-clickhouse-datasource" and not filled.get("rawSql"):
        return []
    return [filled]


def _filled(value: Any, values: Mapping[str, Value], source_type: str) -> Any:
    if isinstance(value, str):
        return fill(value, values, source_type)
    if isinstance(value, list):
        return [_filled(item, values, source_type) for item in value]
    if isinstance(value, Mapping):
        return {key: _filled(item, values, source_type) for key, item in value.items()}
    return value


def _prometheus(query: dict[str, Any], panel_id: int) -> list[dict[str, Any]]:
    """A target that wants range and instant is sent twice, the second time as `<refId>-Instant`."""
    if not query.get("expr"):
        return []
    ref_id = query["refId"]
    query |= {"utcOffsetSec": 0, "requestId": f"{panel_id}{ref_id}"}
    if not (query.get("range") and query.get("instant")):
        return [query]
    second = {"refId": f"{ref_id}-Instant", "requestId": f"{panel_id}{ref_id}-Instant", "range": False}
    return [{**query, "instant": False}, {**query, **second}]
