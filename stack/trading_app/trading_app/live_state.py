"""What boards read from Redis: the leader's live state and a heartbeat per instance. All can be rebuilt."""

import time
from dataclasses import dataclass
from typing import LiteralString

from trading_app.database import Database
from trading_app.lease import LEASE_KEY
from trading_app.redis_client import RedisClient

STATE_KEY = "tss:state"
HEARTBEAT_KEY = "tss:heartbeat:"

# Only the holder of the lease may show its state, or an old leader could overwrite a newer one's.
WRITE_STATE = """
if redis.call('get', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], unpack(ARGV, 2))
return 1
"""

# `pending` is counted up to a bound, `finished` only when the totals are not known.
READ_TRADES: LiteralString = """
SELECT (SELECT count(*) FROM positions WHERE quantity <> 0),
       (SELECT coalesce(sum(realized_pnl), 0) FROM positions),
       (SELECT count(*) FROM (SELECT 1 FROM pending_signals LIMIT 100000) AS waiting)
"""
READ_TOTALS: LiteralString = """
SELECT count(*) FILTER (WHERE status = 'filled'), count(*) FILTER (WHERE status = 'rejected') FROM orders
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Orders since the beginning."""

    executed: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """The state at one moment: positions held, what trading has earned so far, signals not yet executed."""

    open_trades: int
    realized_pnl: float
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """Reads the state from PostgreSQL and shows it in Redis, for one instance.

    `heartbeat_ttl_s` is how long a heartbeat stays after its instance went silent.
    """

    database: Database
    redis: RedisClient
    instance_id: str
    heartbeat_ttl_s: float

    async def totals(self) -> Totals:
        """Count all orders; for the start of a leadership only."""
        async with self.database.connection() as conn:
            row = await (await conn.execute(READ_TOTALS)).fetchone()
        executed, failed = row or (0, 0)
        return Totals(executed=executed, failed=failed)

    async def trades(self) -> Trades:
        """Read what changes from moment to moment."""
        async with self.database.connection() as conn:
            row = await (await conn.execute(READ_TRADES)).fetchone()
        open_trades, realized_pnl, pending = row or (0, 0.0, 0)
        return Trades(open_trades=open_trades, realized_pnl=realized_pnl, pending=pending)

    async def show(self, *, epoch: int, totals: Totals, trades: Trades) -> bool:
        """Write the hash; False if this instance no longer holds the lease of that epoch."""
        fields = {
            "open_trades": trades.open_trades,
            "active_orders": trades.pending,
            "signals_received": totals.executed + totals.failed + trades.pending,
            "signals_executed": totals.executed,
            "signals_failed": totals.failed,
            "pending_signals": trades.pending,
            "leader": self.instance_id,
            "epoch": epoch,
            "updated_at": f"{time.time():.3f}",
        }
        pairs = [str(part) for pair in fields.items() for part in pair]
        keys, holder = [STATE_KEY, LEASE_KEY], f"{self.instance_id}:{epoch}"
        return bool(await self.redis.script(WRITE_STATE, keys, [holder, *pairs]))

    async def beat(self) -> None:
        """Leave this instance's heartbeat."""
        key = f"{HEARTBEAT_KEY}{self.instance_id}"
        await self.redis.set(key, f"{time.time():.3f}", ttl_s=self.heartbeat_ttl_s)
