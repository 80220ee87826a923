"""How many accepted signals wait to be executed: the queue that all instances fill and the leader empties."""

from dataclasses import dataclass
from typing import LiteralString

from trading_app.admission import Admission
from trading_app.database import Database
from trading_app.errors import UnavailableError

# Never reads more rows than decide.
COUNT: LiteralString = "SELECT count(*) FROM (SELECT 1 FROM pending_signals LIMIT %(most)s) AS waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Counts for one instance's door.

    Args:
        database: a connection that accepting does not wait for.
        admission: the door, which is told.
        every_s: how often.
    """

    database: Database
    admission: Admission
    every_s: float

    async def count(self) -> float:
        """Count; due again after the interval, later if PostgreSQL did not tell: what is not known keeps nobody out."""
        most = self.admission.max_backlog
        try:
            async with self.database.connection() as conn:
                row = await (await conn.execute(COUNT, {"most": most})).fetchone()
        except UnavailableError:
            self.admission.backlog = 0
            return 4 * self.every_s
        self.admission.backlog = row[0] if row else 0
        return self.every_s
