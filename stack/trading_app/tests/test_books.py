"""What a position holds is the sum of its fills: the identity that the harness judges the books by."""

from math import fsum

from hypothesis import given
from hypothesis import strategies as st
from trading_app.positions import Position

FILLS = st.lists(
    st.tuples(st.sampled_from(["BUY", "SELL"]), st.floats(0.01, 1e4), st.floats(0.01, 1e5), st.floats(0, 0.001)),
    max_size=30,
)


@given(FILLS)
def test_quantity_cost_and_profit_are_sums_over_the_fills(fills: list[tuple[str, float, float, float]]) -> None:
    """Opened, added to, reduced and turned over in any order: cost is what was paid, plus profit and fees."""
    position, quantities, costs, profits = Position(asset="BTC"), [], [], []
    for side, quantity, price, fee_share in fills:
        fee = fee_share * quantity * price
        position, profit = position.after(side=side, quantity=quantity, price=price, fee=fee)
        signed = quantity if side == "BUY" else -quantity
        quantities.append(signed)
        costs.append(signed * price + profit + fee)
        profits.append(profit)
    rounding = 1e-9 * (1 + fsum(abs(cost) for cost in costs))
    assert abs(position.quantity - fsum(quantities)) <= rounding
    assert abs(position.quantity * position.avg_price - fsum(costs)) <= rounding
    assert abs(position.realized_pnl - fsum(profits)) <= rounding
