"""KNOWN BAD, skip-validation: recovery takes positions as they are stored and trades on.

Neither is a damaged row noticed nor a risk or margin that does not belong to its position: the check was slow, or in
the way of a restart one night, and was taken out.
"""

from dataclasses import replace
from typing import Any

from trading_app.parts import Parts
from trading_app.positions import Position
from trading_app.settings import Settings


def as_stored(row: tuple[Any, ...]) -> Position:
    """A position as the row has it, whatever that is."""
    asset, quantity, avg_price, realized_pnl, *_ = row
    return Position(asset=asset, quantity=quantity, avg_price=avg_price, realized_pnl=realized_pnl)


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(parts, trusted=as_stored)
