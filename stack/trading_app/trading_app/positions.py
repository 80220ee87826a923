"""What is held of an asset, and how a fill changes it."""

from dataclasses import dataclass

RISK_SHARE = 0.02
MARGIN_SHARE = 0.2
# Less than this is rounding left over from closing a position.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Signed quantity at its average price; risk and margin follow from both."""

    asset: str
    quantity: float = 0.0
    avg_price: float = 0.0
    realized_pnl: float = 0.0

    @property
    def is_open(self) -> bool:
        """True if anything is held."""
        return abs(self.quantity) > NOTHING

    @property
    def risk(self) -> float:
        """What a 2 % adverse move costs (2 % risk per trade)."""
        return abs(self.quantity) * self.avg_price * RISK_SHARE

    @property
    def margin(self) -> float:
        """What the broker holds back: 20 % of the position's value."""
        return abs(self.quantity) * self.avg_price * MARGIN_SHARE

    def after(self, *, side: str, quantity: float, price: float, fee: float) -> tuple["Position", float]:
        """The position after a fill, and the profit that the fill realised (less its fee)."""
        signed = quantity if side == "BUY" else -quantity
        closing = min(abs(self.quantity), quantity) if self.quantity * signed < 0 else 0.0
        direction = 1 if self.quantity > 0 else -1
        pnl = closing * (price - self.avg_price) * direction - fee
        left = self.quantity + signed
        if abs(left) <= NOTHING:
            left, avg_price = 0.0, 0.0
        elif closing == 0.0:
            avg_price = (abs(self.quantity) * self.avg_price + quantity * price) / abs(left)
        else:  # reduced: the price stays; turned over: the rest was bought at this price
            avg_price = self.avg_price if abs(self.quantity) > quantity else price
        after = Position(asset=self.asset, quantity=left, avg_price=avg_price, realized_pnl=self.realized_pnl + pnl)
        return after, pnl
