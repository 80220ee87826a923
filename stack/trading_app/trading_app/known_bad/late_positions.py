"""KNOWN BAD, late-positions: positions are written in a transaction of their own, after that of the orders.

The usual way to keep the orders' transaction short, or to keep positions in another service. An instance that dies in
between leaves orders that no position knows of, and the next one trades on from there.
"""

from dataclasses import dataclass, field, replace

from trading_app.database import Connection
from trading_app.executor import Batch, Executor
from trading_app.parts import Parts
from trading_app.positions import Position
from trading_app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSteps(Executor):
    """Commits the orders first, and then what they did to the positions."""

    _later: list[Position] = field(default_factory=list)

    async def execute(self, epoch: int) -> Batch:
        """Execute a batch, then write the positions that it moved."""
        self._later.clear()
        batch = await Executor.execute(self, epoch)
        if self._later:
            async with self.database.connection() as conn:
                await Executor.write_positions(self, conn, self._later)
        return batch

    async def write_positions(self, conn: Connection, positions: list[Position]) -> None:
        """Keep them for later."""
        self._later.extend(positions)


def apply(parts: Parts, _: Settings) -> Parts:
    """Build the mistake in."""
    return replace(parts, executor=TwoSteps)
