"""What the books of the trading system must come to in the end."""

from __future__ import annotations

from harness.checks import Balanced

# Quantity, cost (quantity at its average price) and realised profit of a position are sums over its executions: a fill
# adds what it moved, what it paid and what it earned, whatever the order of fills (R-44: to 0.01).
POSITIONS_BALANCE = Balanced(
    holding="position", movement="event", by="asset", amounts=("quantity", "cost", "realized_pnl"), tolerance=0.01
)
