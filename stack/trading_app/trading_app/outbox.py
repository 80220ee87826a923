"""Ships executions from PostgreSQL to ClickHouse: at least once, in batches, backing off while it is down.

Every instance ships, claiming rows with SKIP LOCKED, so an instance cut off from ClickHouse holds nothing
up; the followers take only rows that have waited for a while, so that normally one instance does the work in
full batches.
"""

import random
from dataclasses import dataclass, field
from typing import Any, LiteralString, Protocol

from trading_app.database import Database

CLAIM: LiteralString = """
SELECT outbox_id, payload FROM outbox
WHERE shipped_at IS NULL AND created_at <= clock_timestamp() - %(older_than_s)s * interval '1 second'
ORDER BY outbox_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SHIPPED: LiteralString = "UPDATE outbox SET shipped_at = clock_timestamp() WHERE outbox_id = ANY(%(ids)s)"
# Bounded: counting a backlog of hours at every scrape would be a load of its own.
PENDING: LiteralString = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE shipped_at IS NULL LIMIT 100000) AS waiting"


class Sink(Protocol):
    """Where executions go."""

    async def insert(self, rows: list[dict[str, Any]]) -> None:
        """Store rows or raise UnavailableError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Ships for one instance.

    Args:
        database: connections whose transactions may last as long as a ClickHouse request.
        sink: receives the rows.
        batch: most rows in one request.
        limit_s: limit for claiming, sending and marking one batch.
    """

    database: Database
    sink: Sink
    batch: int
    limit_s: float

    async def ship(self, *, older_than_s: float) -> int:
        """Send one batch of rows that have waited at least `older_than_s`; return how many.

        Raises:
            UnavailableError: PostgreSQL or ClickHouse failed; the rows stay and will be sent (perhaps again).
        """
        async with self.database.connection(self.limit_s) as conn, conn.transaction():
            values = {"older_than_s": older_than_s, "limit": self.batch}
            claimed = await (await conn.execute(CLAIM, values)).fetchall()
            if claimed:
                await self.sink.insert([payload for _, payload in claimed])
                await conn.execute(SHIPPED, {"ids": [outbox_id for outbox_id, _ in claimed]})
        return len(claimed)

    async def pending(self) -> int:
        """How many rows wait, counted up to 100,000."""
        async with self.database.connection() as conn:
            row = await (await conn.execute(PENDING)).fetchone()
        return 0 if row is None else int(row[0])


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Exponential delays with jitter between half and the whole of the step, in seconds."""

    minimum_s: float
    maximum_s: float
    _failures: int = field(default=0)

    def failed(self) -> float:
        """The delay before the next attempt."""
        step_s = min(self.maximum_s, self.minimum_s * 2 ** min(self._failures, 30))
        self._failures += 1
        return float(step_s) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards no secret

    def succeeded(self) -> None:
        """Begin again with the shortest delay."""
        self._failures = 0
