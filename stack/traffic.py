"""Trading signals as the load generator posts them: repeatable from the seed and the arrival's number."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

# Paper assets with a price that their signals move around, and a usual lot.
ASSETS: Final[Mapping[str, tuple[float, float]]] = {
    "BTC-PERP": (64_000.0, 0.05),
    "ETH-PERP": (3_200.0, 1.0),
    "SOL-PERP": (150.0, 20.0),
    "XRP-PERP": (0.55, 5_000.0),
}
STRATEGIES: Final = ("mean-reversion", "momentum", "order-flow")
_NAMES: Final = tuple(ASSETS)
# Spreads neighbouring indices over the generator's seeds; any large odd number does.
_STRIDE: Final = 1_000_003


def signal(seed: int, index: int, signal_id: str, due_s: float) -> Mapping[str, Any]:
    """The body of `POST /signals`.

    Args:
        seed: of the run.
        index: of the arrival; the same seed and index give the same trade.
        signal_id: unique id of the signal.
        due_s: event time, s since the epoch.
    """
    # Repeatable, not secret.
    draw = random.Random(seed * _STRIDE + index)  # noqa: S311
    asset = _NAMES[draw.randrange(len(_NAMES))]
    price, lot = ASSETS[asset]
    return {
        "signal_id": signal_id,
        "asset": asset,
        "side": "BUY" if draw.random() < 0.5 else "SELL",
        "price": round(price * (1 + draw.uniform(-0.02, 0.02)), 4),
        "quantity": round(lot * draw.uniform(0.5, 2.0), 6),
        "confidence": round(draw.uniform(0.5, 0.99), 4),
        "strategy_id": STRATEGIES[draw.randrange(len(STRATEGIES))],
        "timestamp": round(due_s, 6),
    }
