"""KNOWN BAD, ship-twice: each attempt to ship an execution gives its rows new ids, and ClickHouse merges by these.

Delivery is at least once, so after an answer that did not come the rows are sent again. The id that should make the
second arrival harmless is made per attempt instead of per execution: both stay, and both count. All instances need the
variant, as whoever comes first makes the table.
"""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from trading_app.clickhouse import CREATE_TABLE
from trading_app.outbox import Sink
from trading_app.parts import Parts
from trading_app.settings import Settings

BY_SHIPMENT = CREATE_TABLE.replace("execution_id String,", "execution_id String, shipment_id String,", 1).replace(
    "ORDER BY (executed_at, execution_id)", "ORDER BY (executed_at, shipment_id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumbering:
    """Passes rows on to `sink` under ids that no earlier attempt had."""

    sink: Sink

    async def insert(self, rows: list[dict[str, Any]]) -> None:
        """Store rows or raise UnavailableError."""
        await self.sink.insert([{**row, "shipment_id": uuid.uuid4().hex} for row in rows])


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    parts.clickhouse.create_table = BY_SHIPMENT
    return replace(parts, outbox=replace(parts.outbox, sink=Renumbering(sink=parts.clickhouse)))
