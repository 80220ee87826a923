"""A simulated exchange: a fill follows from its signal alone, so a run can be repeated and checked.

Like a real one it takes so many orders a second and no more, where a limit is set.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

MAX_SLIPPAGE_BPS = 5.0
FEE_SHARE = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be executed. `received_at` is the database's time of acceptance."""

    signal_id: str
    asset: str
    side: str
    price: float
    quantity: float
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What the exchange made of it. `slippage`: basis points of the asked price, positive is worse."""

    status: str
    price: float
    quantity: float
    fee: float
    slippage: float


# What was not used is kept for so long: a line that was idle takes that much at once.
KEPT_S = 1.0


@dataclass(slots=True, kw_only=True)
class Line:
    """One instance's line to the exchange: a token bucket.

    Args:
        per_s: most orders a second; 0 for any number.
        clock: monotonic s.
    """

    per_s: float = 0.0
    clock: Callable[[], float] = time.monotonic
    _room: float = field(default=0.0, init=False)
    _seen_s: float | None = field(default=None, init=False)

    def room(self, most: int) -> int:
        """How many orders it takes now, up to `most`."""
        if not self.per_s:
            return most
        now_s = self.clock()
        idle_s = KEPT_S if self._seen_s is None else now_s - self._seen_s
        self._seen_s = now_s
        self._room = min(self._room + idle_s * self.per_s, max(1.0, KEPT_S * self.per_s))
        return min(most, int(self._room))

    def sent(self, orders: int) -> None:
        """So many went through."""
        self._room -= orders


def execute(order: Order, *, max_notional: float) -> Fill:
    """Fill an order completely, or reject it when price x quantity exceeds `max_notional`."""
    if order.price * order.quantity > max_notional:
        return Fill(status="rejected", price=order.price, quantity=0.0, fee=0.0, slippage=0.0)
    slippage_bps = round(_share(order.signal_id) * MAX_SLIPPAGE_BPS, 4)
    worse = 1 if order.side == "BUY" else -1
    price = order.price * (1 + worse * slippage_bps / 10_000)
    fee = price * order.quantity * FEE_SHARE
    return Fill(status="filled", price=price, quantity=order.quantity, fee=fee, slippage=slippage_bps)


def _share(signal_id: str) -> float:
    """A number in [-0.2, 1): most fills are a little worse than asked, some better."""
    digest = hashlib.sha256(signal_id.encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 1.2 - 0.2
