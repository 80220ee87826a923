"""POST /api/ds/query: from a request body to one answer a refId, on as many data sources as it names."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from .errors import ApiError, PluginError, coded, plain
from .frames import Answer, answer_json
from .plugins.base import Plugin, Query
from .sources import DataSource
from .timerange import parse


class Desk(Protocol):
    """Where queries find their data sources."""

    def find(self, uid: str, number: int) -> DataSource | None:
        """A data source by uid, or by its deprecated number."""

    async def plugin(self, source: DataSource) -> Plugin:
        """Its running plugin. Raises ApiError 404 if there is none, PluginError if it cannot be made."""


Batch = tuple[DataSource, Sequence[Query]]


def read(body: Any, desk: Desk) -> list[Batch]:
    """Check a request body and sort its queries by data source.

    Raises:
        ApiError: 400 or 404 in Grafana's words.
    """
    if not isinstance(body, dict) or not isinstance(body.get("queries", []), list):
        raise plain(400, "bad request data")
    ends = [body.get("from", ""), body.get("to", "")]
    if not all(isinstance(end, str) for end in ends):
        raise plain(400, "bad request data")
    models = body.get("queries") or []
    if not models:
        raise coded(400, "query.noQueries", "No queries found")
    if not all(isinstance(model, dict) for model in models):
        raise plain(400, "bad request data")
    span = parse(ends[0], ends[1], datetime.now(tz=UTC))
    batches: dict[str, tuple[DataSource, list[Query]]] = {}
    seen: set[str] = set()
    for model in models:
        source = _source(model, desk)
        query = Query(
            ref_id=str(model.get("refId") or "A"),
            model=model,
            interval_ms=_whole(model, "intervalMs", 1_000),
            max_data_points=_whole(model, "maxDataPoints", 100),
            span=span,
        )
        if query.ref_id in seen:
            raise coded(400, "query.duplicateRefId", "Multiple queries using the same RefId is not allowed")
        seen.add(query.ref_id)
        batches.setdefault(source.uid, (source, []))[1].append(query)
    return list(batches.values())


def _source(model: Mapping[str, Any], desk: Desk) -> DataSource:
    reference = model.get("datasource")
    uid = str(reference.get("uid") or "") if isinstance(reference, dict) else ""
    if uid in ("__expr__", "-100"):
        raise coded(501, "standin.notImplemented", "this stand-in does not implement server-side expressions")
    number = model.get("datasourceId")
    if not uid and not isinstance(number, int):
        raise coded(400, "query.invalidDatasourceId", "Query does not contain a valid data source identifier")
    source = desk.find(uid, number if isinstance(number, int) and not uid else 0)
    if source is None:
        raise plain(404, "Data source not found")
    return source


def _whole(model: Mapping[str, Any], key: str, default: int) -> int:
    value = model.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise plain(400, "bad request data")
    return int(value) if value >= 1 else default


async def run(batches: Sequence[Batch], desk: Desk) -> tuple[int, dict[str, Any]]:
    """Run all queries, data sources side by side.

    Returns:
        HTTP status (200, or 400 when any result carries an error) and body.

    Raises:
        ApiError: the only data source's plugin failed as a whole (500) or is not installed (404).
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_batch(source, queries, desk)) for source, queries in batches]
    answers: dict[str, Answer] = {}
    for (_, queries), task in zip(batches, tasks, strict=True):
        outcome = task.result()
        if isinstance(outcome, ApiError) and len(batches) == 1:
            raise outcome
        answers |= _as_errors(outcome, queries) if isinstance(outcome, ApiError) else outcome
    status = 400 if any(answer.error is not None for answer in answers.values()) else 200
    return status, {"results": {ref_id: answer_json(ref_id, answers[ref_id]) for ref_id in sorted(answers)}}


def _as_errors(failure: ApiError, queries: Sequence[Query]) -> dict[str, Answer]:
    return {query.ref_id: Answer(error=str(failure), status=failure.status) for query in queries}


async def _batch(source: DataSource, queries: Sequence[Query], desk: Desk) -> dict[str, Answer] | ApiError:
    try:
        plugin = await desk.plugin(source)
        return await plugin.query(queries)
    except ApiError as error:
        return error
    except PluginError as error:
        return coded(
            500,
            "plugin.downstreamError",
            "An error occurred within the plugin",
            extra={"standin": str(error)},
        )
