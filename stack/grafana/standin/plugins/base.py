"""What every data source plugin takes and gives."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import QueryError
from ..frames import Answer
from ..timerange import TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query of a request, with the request's defaults filled in."""

    ref_id: str
    model: Mapping[str, Any]
    interval_ms: int
    max_data_points: int
    span: TimeRange

    def text(self, key: str) -> str:
        """A text of the query model, empty if absent."""
        value = self.model.get(key)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the health button shows."""

    ok: bool
    message: str
    crashed: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


class Plugin(Protocol):
    """A running data source."""

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Answers by refId. Raises PluginError if the plugin cannot work at all."""

    async def health(self) -> Health:
        """Whether the data source answers."""

    async def close(self) -> None:
        """Let connections go."""


async def guarded(run: Callable[[Query], Awaitable[Answer]], query: Query) -> Answer:
    """One query's answer; its failure becomes an error entry, so that the others are not lost."""
    try:
        return await run(query)
    except QueryError as error:
        return Answer(error=error.message, status=error.status, source=error.source)


async def one_by_one(run: Callable[[Query], Awaitable[Answer]], queries: Sequence[Query]) -> dict[str, Answer]:
    """Queries of one data source after one another, as Prometheus and Redis do it."""
    return {query.ref_id: await guarded(run, query) for query in queries}


async def side_by_side(run: Callable[[Query], Awaitable[Answer]], queries: Sequence[Query]) -> dict[str, Answer]:
    """Queries of one data source at the same time, as PostgreSQL and ClickHouse do it."""
    async with asyncio.TaskGroup() as group:
        tasks = {query.ref_id: group.create_task(guarded(run, query)) for query in queries}
    return {ref_id: task.result() for ref_id, task in tasks.items()}
