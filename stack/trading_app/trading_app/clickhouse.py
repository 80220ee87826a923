"""ClickHouse over HTTP: the table of executions, inserts, and the average slippage read back."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from trading_app.errors import UnavailableError

# Valid on 18.16 and on current servers. Rows that arrive twice (delivery is at least once) merge: an execution that is
# sent again keeps its time. The time comes first, so that a range of it is read and not the whole table.
CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS executions (
    execution_id String, order_id String, signal_id String, asset String, side String,
    price Float64, quantity Float64, fee Float64, slippage Float64, realized_pnl Float64,
    epoch UInt64, executed_by String, executed_at DateTime, executed_at_ms UInt64
) ENGINE = ReplacingMergeTree ORDER BY (executed_at, execution_id)
"""
AVERAGE_SLIPPAGE = "SELECT avg(slippage), count() FROM executions WHERE executed_at > now() - {window_s:d}"


class ClickHouse:
    """A client that answers or raises UnavailableError within `timeout_s` seconds per phase of a request.

    `errors` counts the requests without an answer since the start.
    """

    def __init__(self, *, url: str, database: str, user: str, password: str, timeout_s: float) -> None:
        self._database = database
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password},
            timeout=timeout_s,
            trust_env=False,
        )
        self.create_table = CREATE_TABLE
        self._table_made = False
        self.errors = 0

    async def insert(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write executions."""
        lines = "\n".join(map(json.dumps, rows))
        await self._on_table("INSERT INTO executions FORMAT JSONEachRow", lines)

    async def average_slippage(self, window_s: float) -> float | None:
        """Mean slippage in basis points over the last `window_s` seconds, None without executions."""
        query = AVERAGE_SLIPPAGE.format(window_s=max(1, int(window_s))) + " FORMAT JSONCompact"
        answer = await self._on_table(query)
        try:
            average, count = json.loads(answer)["data"][0]
            return float(average) if int(count) else None
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise UnavailableError(f"ClickHouse answered something else: {answer[:200]}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _on_table(self, query: str, data: str = "") -> str:
        """Run a query on the table, which is made when it is not known to be there."""
        if not self._table_made:
            await self._run(self.create_table)
            self._table_made = True
        try:
            return await self._run(query, data)
        except UnavailableError:
            self._table_made = False  # it may have come back without its data
            raise

    async def _run(self, query: str, data: str = "") -> str:
        """POST a query; data of an insert is the body, the query then a parameter."""
        parameters = {"database": self._database}
        if data:
            parameters["query"] = query
        try:
            answer = await self._client.post("/", params=parameters, content=data or query)
        except (httpx.HTTPError, OSError) as error:
            self.errors += 1
            raise UnavailableError(f"ClickHouse did not answer: {error or type(error).__name__}") from error
        if answer.status_code != 200:
            raise UnavailableError(f"ClickHouse refused ({answer.status_code}): {answer.text[:300].strip()}")
        return answer.text
