"""The SQL of an execution, as one value: a known-bad variant replaces single statements and nothing else."""

from dataclasses import dataclass
from typing import LiteralString

# Share lock: the record cannot move to another epoch until this transaction has ended, either way.
FENCE: LiteralString = "SELECT leader_id, epoch FROM leadership WHERE id = 1 FOR SHARE"

CLAIM: LiteralString = """
SELECT q.queue_id, s.signal_id, s.asset, s.side, s.price, s.quantity, s.received_at
FROM pending_signals q JOIN trading_signals s USING (signal_id)
ORDER BY q.queue_id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
"""

# A signal that already has an order gets no second one; it is not returned, so no other effect follows.
INSERT_ORDERS: LiteralString = """
INSERT INTO orders (order_id, signal_id, asset, side, quantity, price, status, epoch, executed_by, closed_at)
SELECT r.order_id, r.signal_id, r.asset, r.side, r.quantity, r.price, r.status, %(epoch)s, %(me)s,
       clock_timestamp()
FROM jsonb_to_recordset(%(rows)s) AS r(order_id text, signal_id text, asset text, side text,
    quantity double precision, price double precision, status text)
ON CONFLICT (signal_id) DO NOTHING
RETURNING order_id
"""

LOCK_POSITIONS: LiteralString = """
SELECT asset, quantity, avg_price, realized_pnl FROM positions
WHERE asset = ANY(%(assets)s) ORDER BY asset FOR UPDATE
"""

WRITE_POSITIONS: LiteralString = """
INSERT INTO positions (asset, quantity, avg_price, realized_pnl, risk, margin, updated_at)
SELECT asset, quantity, avg_price, realized_pnl, risk, margin, clock_timestamp()
FROM jsonb_to_recordset(%(rows)s) AS r(asset text, quantity double precision, avg_price double precision,
    realized_pnl double precision, risk double precision, margin double precision)
ON CONFLICT (asset) DO UPDATE SET quantity = excluded.quantity, avg_price = excluded.avg_price,
    realized_pnl = excluded.realized_pnl, risk = excluded.risk, margin = excluded.margin,
    updated_at = excluded.updated_at
"""

WRITE_EVENTS: LiteralString = """
INSERT INTO execution_events (execution_id, order_id, signal_id, event_type, asset, side, execution_price,
    execution_quantity, execution_fees, slippage, realized_pnl, epoch, executed_by, executed_at)
SELECT execution_id, order_id, signal_id, event_type, asset, side, price, quantity, fee, slippage,
       realized_pnl, %(epoch)s, %(me)s, clock_timestamp()
FROM jsonb_to_recordset(%(rows)s) AS r(execution_id text, order_id text, signal_id text, event_type text,
    asset text, side text, price double precision, quantity double precision, fee double precision,
    slippage double precision, realized_pnl double precision)
ORDER BY execution_id
RETURNING execution_id, executed_at
"""

WRITE_OUTBOX: LiteralString = """
INSERT INTO outbox (execution_id, payload)
SELECT row ->> 'execution_id', row FROM jsonb_array_elements(%(rows)s) AS row
"""

FINISH_QUEUE: LiteralString = "DELETE FROM pending_signals WHERE queue_id = ANY(%(queue_ids)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What the executor runs, in the order of its transaction."""

    fence: LiteralString = FENCE
    claim: LiteralString = CLAIM
    insert_orders: LiteralString = INSERT_ORDERS
    at_start: tuple[LiteralString, ...] = ()
