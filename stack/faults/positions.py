"""Stored positions that are off: what a recovery has to notice before it trades on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from harness.containers.running import RunningStack
from harness.faults.data import ask, change
from harness.faults.hold import For, Hold
from harness.poll import Seen

ASSET = "CHAOS-PERP"  # nobody trades it, so no execution puts it right
QUANTITY, PRICE = 2.0, 1000.0
RISK, MARGIN = QUANTITY * PRICE * 0.02, QUANTITY * PRICE * 0.2  # as the application reckons them
ROUNDING = 1e-6

INSERT = """
INSERT INTO positions (asset, quantity, avg_price, realized_pnl, risk, margin)
VALUES (%(asset)s, %(quantity)s, %(price)s, 0, %(risk)s, %(margin)s)
"""
MANY = "CHAOS-MANY-"  # and a number
INSERT_MANY = """
INSERT INTO positions (asset, quantity, avg_price, realized_pnl, risk, margin)
SELECT %(prefix)s || number, %(quantity)s, %(price)s, 0, %(risk)s, %(margin)s
FROM generate_series(1, %(count)s) AS number
"""
COUNT_MANY = """
SELECT count(*) FILTER (WHERE starts_with(asset, %(prefix)s)), count(*) FROM positions WHERE abs(quantity) > 1e-9
"""
DELETE_MANY = "DELETE FROM positions WHERE starts_with(asset, %(prefix)s)"
READ = "SELECT quantity, avg_price, risk FROM positions WHERE asset = %(asset)s"
DELETE = "DELETE FROM positions WHERE asset = %(asset)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What both have in common: a row that is deleted again. Two of them cannot be in place at a time."""

    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=60))

    def mend(self, stack: RunningStack) -> None:
        """Delete it; nothing happens where it is not."""
        change(stack, DELETE, {"asset": ASSET})

    def healed(self, stack: RunningStack) -> str:
        """The row is gone."""
        if ask(stack, READ, {"asset": ASSET}):
            raise Seen(f"{ASSET} is still there")
        return f"{ASSET} is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewedPosition(_Stored):
    """A position whose stored risk is off by `off` rupees from what quantity and price give.

    The application bears 0.01 (R-44) and halts an instance that starts with more: VALIDATION_FAILED.
    """

    kind: ClassVar[str] = "skewed-position"
    off: float

    def strike(self, stack: RunningStack) -> None:
        """Store it."""
        _store(stack, QUANTITY, PRICE, RISK + self.off)

    def effect(self, stack: RunningStack) -> str:
        """The row is there, off by as much."""
        quantity, price, risk = ask(stack, READ, {"asset": ASSET}) or (0.0, 0.0, 0.0)
        off = risk - quantity * price * 0.02
        if quantity == 0 or abs(off - self.off) > ROUNDING:
            raise Seen(f"the stored risk of {ASSET} is {risk}, off by {off:g}")
        return f"the stored risk of {ASSET} is off by {off:.6g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorruptPosition(_Stored):
    """A position that can be none: an instance that starts with it halts, DATA_CORRUPT.

    Args:
        damage: "not-a-number" for the quantity, or "free" for one that is held at the price 0.
    """

    kind: ClassVar[str] = "corrupt-position"
    damage: Literal["not-a-number", "free"] = "not-a-number"

    def strike(self, stack: RunningStack) -> None:
        """Store it."""
        if self.damage == "not-a-number":
            _store(stack, math.nan, PRICE, RISK)
        else:
            _store(stack, QUANTITY, 0.0, 0.0)

    def effect(self, stack: RunningStack) -> str:
        """The row is there, damaged."""
        quantity, price, _ = ask(stack, READ, {"asset": ASSET}) or (0.0, 1.0, 0.0)
        if not (math.isnan(quantity) or price == 0):
            raise Seen(f"the position {ASSET} is {quantity} at {price}")
        return f"the position {ASSET} is {quantity} at {price}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyPositions:
    """So many positions more are open, each right in itself; who starts meanwhile has to recover them as well."""

    kind: ClassVar[str] = "many-positions"
    count: int
    target: str = "postgres"
    hold: Hold = field(default_factory=lambda: For(production_s=0))

    def strike(self, stack: RunningStack) -> None:
        """Store them."""
        values = {"count": self.count, "prefix": MANY, "quantity": QUANTITY, "price": PRICE, "risk": RISK}
        change(stack, INSERT_MANY, {**values, "margin": MARGIN})

    def effect(self, stack: RunningStack) -> str:
        """As many are there."""
        found, all_open = ask(stack, COUNT_MANY, {"prefix": MANY}) or (0, 0)
        if found != self.count:
            raise Seen(f"{found} of {self.count} positions are there")
        return f"{found} more positions are open, {all_open} in all"

    def mend(self, stack: RunningStack) -> None:
        """Delete them; nothing happens where there are none."""
        change(stack, DELETE_MANY, {"prefix": MANY})

    def healed(self, stack: RunningStack) -> str:
        """They are gone."""
        found, all_open = ask(stack, COUNT_MANY, {"prefix": MANY}) or (0, 0)
        if found:
            raise Seen(f"{found} of them are still there")
        return f"they are gone, {all_open} are open"


def _store(stack: RunningStack, quantity: float, price: float, risk: float) -> None:
    values = {"asset": ASSET, "quantity": quantity, "price": price, "risk": risk, "margin": MARGIN if price else 0.0}
    change(stack, INSERT, values)
