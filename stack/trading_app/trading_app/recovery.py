"""Restores the book of positions from PostgreSQL before this instance may trade."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, LiteralString

from trading_app.database import Database
from trading_app.positions import Position

# A rupee's hundredth: more than rounding, and money all the same (seed 004).
TOLERANCE = 0.01

READ: LiteralString = "SELECT asset, quantity, avg_price, realized_pnl, risk, margin FROM positions ORDER BY asset"


class RecoveryCode(IntEnum):
    """Error codes as exported."""

    NONE = 0
    DB_UNAVAILABLE = 1
    DATA_CORRUPT = 2
    VALIDATION_FAILED = 3


class RecoveryFailedError(Exception):
    """The stored positions cannot be trusted; `code` says in which way."""

    def __init__(self, code: RecoveryCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


# Makes a position of a stored row, or raises RecoveryFailedError.
Trusted = Callable[[tuple[Any, ...]], Position]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPosition:
    """A position as found, with the risk and margin that were stored beside it."""

    position: Position
    risk: float
    margin: float


async def recover(database: Database, trusted: Trusted) -> list[Position]:
    """Read all positions, let `trusted` judge each; return those that are open.

    Raises:
        RecoveryFailedError: a position is damaged (DATA_CORRUPT), or its risk or margin off
        (VALIDATION_FAILED).
        UnavailableError: PostgreSQL did not answer.
    """
    async with database.connection() as conn:
        rows = await (await conn.execute(READ)).fetchall()
    return [position for position in map(trusted, rows) if position.is_open]


def validated(row: tuple[Any, ...]) -> Position:
    """A stored row as a position, if it can be trusted; raises RecoveryFailedError if not."""
    stored = parse(row)
    validate(stored)
    return stored.position


def parse(row: tuple[Any, ...]) -> StoredPosition:
    """A row as a position; DATA_CORRUPT if it cannot be one."""
    asset, *numbers = row
    if any(not isinstance(n, float) or not math.isfinite(n) for n in numbers):
        raise RecoveryFailedError(
            RecoveryCode.DATA_CORRUPT, f"position {asset}: a value is not a finite number: {numbers}"
        )
    quantity, avg_price, realized_pnl, risk, margin = numbers
    if avg_price < 0 or risk < 0 or margin < 0 or (quantity != 0 and avg_price == 0):
        raise RecoveryFailedError(RecoveryCode.DATA_CORRUPT, f"position {asset}: impossible values {numbers}")
    position = Position(asset=asset, quantity=quantity, avg_price=avg_price, realized_pnl=realized_pnl)
    return StoredPosition(position=position, risk=risk, margin=margin)


def validate(stored: StoredPosition) -> None:
    """VALIDATION_FAILED if risk or margin differ from what the position gives by more than 0.01."""
    position = stored.position
    for what, found, due in (
        ("risk", stored.risk, position.risk),
        ("margin", stored.margin, position.margin),
    ):
        if abs(found - due) > TOLERANCE:
            sentence = f"position {position.asset}: stored {what} {found:.4f}, must be {due:.4f}"
            raise RecoveryFailedError(RecoveryCode.VALIDATION_FAILED, sentence)
