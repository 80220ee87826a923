"""A simulated exchange: a fill follows from its signal alone, so a run can be repeated and checked."""

import hashlib
from dataclasses import dataclass
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
