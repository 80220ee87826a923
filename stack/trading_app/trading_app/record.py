"""The leadership record in PostgreSQL, one statement per question.

The database's clock judges the lease; `clock_timestamp()` rather than `now()`, as a statement may have
waited for a lock.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from trading_app.database import Database
from trading_app.errors import UnavailableError
from trading_app.rules import Mode, Record

SYNC: LiteralString = """
WITH beat AS (
    INSERT INTO instance_heartbeats (instance_id, at, mode) VALUES (%(me)s, clock_timestamp(), %(mode)s)
    ON CONFLICT (instance_id) DO UPDATE SET at = excluded.at, mode = excluded.mode
), renewed AS (
    UPDATE leadership SET updated_at = clock_timestamp(),
           lease_until = clock_timestamp() + %(ttl_s)s * interval '1 second'
    WHERE id = 1 AND leader_id = %(me)s AND epoch = %(held)s::bigint RETURNING epoch
)
SELECT leader_id, epoch, extract(epoch FROM lease_until - clock_timestamp())::double precision,
       EXISTS (SELECT 1 FROM renewed)
FROM leadership WHERE id = 1
"""

CLAIM: LiteralString = """
WITH claimed AS (
    UPDATE leadership SET leader_id = %(me)s, epoch = epoch + 1, updated_at = clock_timestamp(),
           lease_until = clock_timestamp() + %(ttl_s)s * interval '1 second'
    WHERE id = 1 AND (leader_id IS NULL OR leader_id = %(me)s OR lease_until IS NULL
                      OR lease_until < clock_timestamp())
    RETURNING epoch
)
INSERT INTO leadership_history (epoch, leader_id, mode)
SELECT epoch, %(me)s, %(mode)s FROM claimed RETURNING epoch
"""

RELEASE: LiteralString = """
UPDATE leadership SET lease_until = clock_timestamp(), updated_at = clock_timestamp()
WHERE id = 1 AND leader_id = %(me)s AND epoch = %(held)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadershipRecord:
    """The record as one instance uses it.

    Args:
        database: connections kept for coordination alone, so that signals never delay a renewal.
        instance_id: this instance.
        ttl_s: length of the lease in seconds.
        claim_sql: the conditional takeover.
    """

    database: Database
    instance_id: str
    ttl_s: float
    claim_sql: LiteralString = CLAIM

    async def sync(self, held: int | None, mode: Mode) -> Record:
        """Renew the lease of `held` (or only read), leave a heartbeat, return what the record shows."""
        row = await self._one(SYNC, held=held, mode=str(mode))
        if row is None:
            raise UnavailableError("the table leadership lost its only row; run INSERT INTO leadership (id) VALUES (1)")
        leader_id, epoch, remaining_s, renewed = row
        remaining_s = float("-inf") if remaining_s is None else remaining_s
        return Record(leader_id=leader_id, epoch=epoch, remaining_s=remaining_s, renewed=renewed)

    async def claim(self, mode: Mode) -> int | None:
        """Take a lapsed record: the new epoch, None if somebody else holds it."""
        row = await self._one(self.claim_sql, mode=str(mode))
        return None if row is None else int(row[0])

    async def release(self, held: int) -> None:
        """End this instance's lease of that epoch now."""
        await self._run(RELEASE, held=held)

    async def _one(self, sql: LiteralString, **values: Any) -> tuple[Any, ...] | None:
        async with self.database.connection() as conn:
            return await (await conn.execute(sql, self._values(values))).fetchone()

    async def _run(self, sql: LiteralString, **values: Any) -> None:
        async with self.database.connection() as conn:
            await conn.execute(sql, self._values(values))

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"me": self.instance_id, "ttl_s": self.ttl_s, **values}
