"""KNOWN BAD, fence-off: leadership and effects without the conditional epoch.

Without Redis every instance believes itself leader, takes the record without asking whose it is, claims
signals without locking them, and writes effects without comparing its epoch.
"""

from dataclasses import replace
from typing import LiteralString

from trading_app.known_bad.rebuilt import rebuilt
from trading_app.parts import Parts
from trading_app.rules import Mode, Rules, View
from trading_app.settings import Settings

TAKE_ANYWAY: LiteralString = """
WITH claimed AS (
    UPDATE leadership SET leader_id = %(me)s, epoch = epoch + 1, updated_at = clock_timestamp(),
           lease_until = clock_timestamp() + %(ttl_s)s * interval '1 second'
    WHERE id = 1 RETURNING epoch
)
INSERT INTO leadership_history (epoch, leader_id, mode)
SELECT epoch, %(me)s, %(mode)s FROM claimed RETURNING epoch
"""
NO_FENCE: LiteralString = "SELECT %(me)s::text, %(epoch)s::bigint"
CLAIM_UNLOCKED: LiteralString = """
SELECT q.queue_id, s.signal_id, s.asset, s.side, s.price, s.quantity, s.received_at
FROM pending_signals q JOIN trading_signals s USING (signal_id) ORDER BY q.queue_id LIMIT %(limit)s
"""


class RulesWithoutFence(Rules):
    """In fallback mode everybody may act."""

    __slots__ = ()

    def authority(self, view: View, now: float) -> int | None:
        """The last epoch seen, whoever holds it, once Redis is gone."""
        if view.mode is Mode.FALLBACK and view.record is not None:
            return view.record.epoch
        return super().authority(view, now)


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(
        parts,
        rules=rebuilt(RulesWithoutFence, parts.rules),
        record=replace(parts.record, claim_sql=TAKE_ANYWAY),
        statements=replace(parts.statements, fence=NO_FENCE, claim=CLAIM_UNLOCKED),
    )
