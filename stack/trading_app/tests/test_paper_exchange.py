"""The simulated exchange and the book of positions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_app.paper_exchange import FEE_SHARE, KEPT_S, MAX_SLIPPAGE_BPS, Line, Order, execute
from trading_app.positions import Position

AT = datetime(2026, 1, 1, tzinfo=UTC)
SIDES = st.sampled_from(["BUY", "SELL"])
PRICES = st.floats(0.01, 1e5)
QUANTITIES = st.floats(0.001, 1e3)


def order(signal_id: str = "s", side: str = "BUY", price: float = 100.0, quantity: float = 2.0) -> Order:
    """An order like any other."""
    return Order(signal_id=signal_id, asset="BTC", side=side, price=price, quantity=quantity, received_at=AT)


@given(st.text(min_size=1), SIDES, PRICES, QUANTITIES)
def test_same_signal_same_fill(signal_id: str, side: str, price: float, quantity: float) -> None:
    """A fill depends on its signal alone."""
    one = order(signal_id, side, price, quantity)
    assert execute(one, max_notional=1e9) == execute(one, max_notional=1e9)


@given(st.text(min_size=1), SIDES, PRICES, QUANTITIES)
def test_fill_is_complete_and_slippage_tells_the_price(
    signal_id: str, side: str, price: float, quantity: float
) -> None:
    """The whole quantity is filled, and slippage is the distance from the asked price in basis points."""
    fill = execute(order(signal_id, side, price, quantity), max_notional=1e9)
    worse = (fill.price - price) * (1 if side == "BUY" else -1)
    assert (fill.status, fill.quantity) == ("filled", quantity)
    assert worse / price * 10_000 == pytest.approx(fill.slippage, abs=1e-6)
    assert -MAX_SLIPPAGE_BPS <= fill.slippage <= MAX_SLIPPAGE_BPS
    assert fill.fee == pytest.approx(fill.price * quantity * FEE_SHARE)


def test_slippage_is_mostly_against_us() -> None:
    """Over many signals the average slippage is worse than nothing, as on a real exchange."""
    fills = [execute(order(f"signal-{n}"), max_notional=1e9).slippage for n in range(1000)]
    assert 1.0 < sum(fills) / len(fills) < 3.0


def test_order_beyond_the_limit_is_rejected() -> None:
    """An order worth more than the limit executes nothing and costs nothing."""
    fill = execute(order(price=100, quantity=2), max_notional=199)
    assert (fill.status, fill.quantity, fill.fee, fill.slippage) == ("rejected", 0.0, 0.0, 0.0)
    assert execute(order(price=100, quantity=2), max_notional=200).status == "filled"


def test_position_realises_profit_when_reduced() -> None:
    """Buying twice averages the price; selling a part realises its share of the profit, less the fee."""
    position, first = Position(asset="BTC").after(side="BUY", quantity=1, price=100, fee=1)
    position, _ = position.after(side="BUY", quantity=1, price=110, fee=0)
    assert (position.quantity, position.avg_price, first) == (2, 105, -1)
    position, pnl = position.after(side="SELL", quantity=1, price=120, fee=0.5)
    assert (position.quantity, position.avg_price, pnl) == (1, 105, 14.5)
    assert position.realized_pnl == 13.5


def test_position_turns_over() -> None:
    """Selling more than is held closes at a profit and opens a short position at the new price."""
    position, pnl = Position(asset="BTC", quantity=1, avg_price=100).after(side="SELL", quantity=3, price=90, fee=0)
    assert (position.quantity, position.avg_price, pnl) == (-2, 90, -10)
    position, pnl = position.after(side="BUY", quantity=2, price=80, fee=0)
    assert (position.is_open, position.avg_price, pnl) == (False, 0, 20)


@given(st.lists(st.tuples(SIDES, PRICES, QUANTITIES), max_size=20))
def test_money_is_conserved(fills: list[tuple[str, float, float]]) -> None:
    """What was paid and earned equals the realised profit plus what the position cost."""
    position, cash = Position(asset="BTC"), 0.0
    for side, price, quantity in fills:
        position, _ = position.after(side=side, quantity=quantity, price=price, fee=0)
        cash += quantity * price * (-1 if side == "BUY" else 1)
    turnover = sum(price * quantity for _, price, quantity in fills)
    assert cash == pytest.approx(
        position.realized_pnl - position.quantity * position.avg_price, abs=1e-6 + 1e-9 * turnover
    )


def test_a_line_without_a_limit_takes_everything() -> None:
    """As much as anybody asks for, however much was sent."""
    line = Line()
    line.sent(1_000_000)
    assert line.room(200) == 200


@given(st.integers(1, 500), st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(1, 400)), max_size=50))
def test_never_more_orders_than_the_exchange_takes(per_s: int, asked: list[tuple[float, int]]) -> None:
    """In any stretch of time so many a second, and what an idle line kept."""
    now_s = 0.0
    line, sent = Line(per_s=per_s, clock=lambda: now_s), []
    for wait_s, most in asked:
        now_s += wait_s
        count = line.room(most)
        assert 0 <= count <= most
        line.sent(count)
        sent.append((now_s, count))
    for at, (from_s, _) in enumerate(sent):
        assert sum(count for _, count in sent[at:]) <= (now_s - from_s) * per_s + max(1.0, KEPT_S * per_s) + 1e-6


def test_a_line_is_used_up_to_its_limit() -> None:
    """Who asks often gets all of it."""
    now_s = 0.0
    line, sent = Line(per_s=120, clock=lambda: now_s), 0
    while now_s < 10:
        count = line.room(200)
        line.sent(count)
        sent += count
        now_s += 0.003
    assert 1199 <= sent - KEPT_S * 120 <= 1201
