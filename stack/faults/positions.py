"""Stored positions that are off: what a recovery has to notice before it trades on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.containers.running import RunningStack
from harness.faults.data import ask, change
from harness.faults.hold import For, Hold
from harness.poll import Seen

ASSET = "CHAOS-PERP"  # nobody trades it, so no execution puts it right
QUANTITY, PRICE = 2.0, 1000.0
RISK, MARGIN = QUANTITY * PRICE * 0.02, QUANTITY * PRICE * 0.2  # as the application reckons them

INSERT = """
INSERT INTO positions (asset, quantity, avg_price, realized_pnl, risk, margin)
VALUES (%(asset)s, %(quantity)s, %(price)s, 0, %(risk)s, %(margin)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewedPosition:
    """A position whose stored risk is off by `off` rupees from what quantity and price give."""

    kind: ClassVar[str] = "skewed-position"
    off: float
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def strike(self, stack: RunningStack) -> None:
        """Store it."""
        values = {"asset": ASSET, "quantity": QUANTITY, "price": PRICE, "risk": RISK + self.off, "margin": MARGIN}
        change(stack, INSERT, values)

    def effect(self, stack: RunningStack) -> str:
        """The row is there, off by as much."""
        row = ask(stack, "SELECT risk FROM positions WHERE asset = %(asset)s", {"asset": ASSET})
        if row is None or abs(row[0] - RISK - self.off) > 1e-6:
            raise Seen(f"the risk of {ASSET} is {row and row[0]}, not {RISK + self.off}")
        return f"the stored risk of {ASSET} is off by {self.off:g}"

    def mend(self, stack: RunningStack) -> None:
        """Delete it; nothing happens where it is not."""
        change(stack, "DELETE FROM positions WHERE asset = %(asset)s", {"asset": ASSET})

    def healed(self, stack: RunningStack) -> str:
        """The row is gone."""
        if ask(stack, "SELECT 1 FROM positions WHERE asset = %(asset)s", {"asset": ASSET}):
            raise Seen(f"{ASSET} is still there")
        return f"{ASSET} is gone"
