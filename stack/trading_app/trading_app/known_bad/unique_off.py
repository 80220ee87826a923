"""KNOWN BAD, unique-off: the database no longer refuses a second order for the same signal."""

from dataclasses import replace
from typing import LiteralString

from trading_app.parts import Parts
from trading_app.settings import Settings

DROP_UNIQUE: LiteralString = "ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_signal_id_key"
INSERT_BLINDLY: LiteralString = """
INSERT INTO orders (order_id, signal_id, asset, side, quantity, price, status, epoch, executed_by, closed_at)
SELECT r.order_id, r.signal_id, r.asset, r.side, r.quantity, r.price, r.status, %(epoch)s, %(me)s,
       clock_timestamp()
FROM jsonb_to_recordset(%(rows)s) AS r(order_id text, signal_id text, asset text, side text,
    quantity double precision, price double precision, status text)
RETURNING order_id
"""


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    at_start = (*parts.statements.at_start, DROP_UNIQUE)
    return replace(parts, statements=replace(parts.statements, insert_orders=INSERT_BLINDLY, at_start=at_start))
