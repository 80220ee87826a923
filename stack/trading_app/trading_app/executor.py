"""Executes accepted signals: one fenced transaction per batch, all effects or none."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from trading_app import paper_exchange
from trading_app import statements as sql
from trading_app.database import Connection, Database
from trading_app.errors import AuthorityLostError, FencingConflictError
from trading_app.paper_exchange import Fill, Line, Order
from trading_app.positions import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction did. Latencies: seconds from acceptance to execution, by the database's clock."""

    filled: int = 0
    rejected: int = 0
    latencies_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Execution:
    """One signal with its fill, on its way through the transaction."""

    order_id: str
    execution_id: str
    order: Order
    fill: Fill
    realized_pnl: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """Executes under an epoch that it is given.

    Args:
        database: connections for executing.
        statements: the SQL that guards and claims.
        instance_id: this instance.
        batch: most signals in one transaction.
        max_notional: limit of the paper exchange.
        limit_s: limit for a whole transaction; its statements have the shorter one of their connection.
            A slow database may take many round trips, but never longer than a lease.
        may_commit: asked with the epoch right before the commit; False rolls back.
        line: says how many orders the exchange takes now.
    """

    database: Database
    statements: sql.Statements
    instance_id: str
    batch: int
    max_notional: float
    limit_s: float
    may_commit: Callable[[int], bool]
    line: Line = field(default_factory=Line)

    async def has_work(self) -> bool:
        """True if a signal waits that the exchange would take now. Cheap, takes no lock."""
        if not self.line.room(self.batch):
            return False
        async with self.database.connection() as conn:
            found = await (await conn.execute("SELECT 1 FROM pending_signals LIMIT 1")).fetchone()
        return found is not None

    async def execute(self, epoch: int) -> Batch:
        """Execute up to a batch of waiting signals under `epoch`.

        Raises:
            AuthorityLostError: the own lease ended meanwhile; nothing was written.
            FencingConflictError: the record shows another leader or epoch; nothing was written.
            UnavailableError: PostgreSQL failed; the batch happened whole or not at all.
        """
        async with self.database.connection(self.limit_s) as conn, conn.transaction():
            await self._check_fence(conn, epoch)
            batch = await self._run(conn, epoch)
            if not self.may_commit(epoch):
                raise AuthorityLostError(f"the lease of epoch {epoch} ended during the transaction")
            return batch

    async def _check_fence(self, conn: Connection, epoch: int) -> None:
        values = {"me": self.instance_id, "epoch": epoch}
        row = await (await conn.execute(self.statements.fence, values)).fetchone()
        if row is None or row != (self.instance_id, epoch):
            raise FencingConflictError(f"epoch {epoch} of {self.instance_id} is not in the record, which shows {row}")

    async def _run(self, conn: Connection, epoch: int) -> Batch:
        limit = self.line.room(self.batch)
        claimed = await (await conn.execute(self.statements.claim, {"limit": limit})).fetchall()
        if not claimed:
            return Batch()
        self.line.sent(len(claimed))
        executions = [self._execute(row) for row in claimed]
        executions = await self._insert_orders(conn, executions, epoch)
        executions = await self._move_positions(conn, executions)
        executed_at = await self._write_events(conn, executions, epoch)
        await self._write_outbox(conn, executions, executed_at, epoch)
        await conn.execute(sql.FINISH_QUEUE, {"queue_ids": [row[0] for row in claimed]})
        return _counted(executions, executed_at)

    def _execute(self, row: tuple[Any, ...]) -> _Execution:
        order = Order(signal_id=row[1], asset=row[2], side=row[3], price=row[4], quantity=row[5], received_at=row[6])
        fill = paper_exchange.execute(order, max_notional=self.max_notional)
        order_id = uuid.uuid4().hex
        return _Execution(order_id=order_id, execution_id=f"{order_id}-1", order=order, fill=fill)

    async def _insert_orders(self, conn: Connection, executions: list[_Execution], epoch: int) -> list[_Execution]:
        """Write the orders; only what got one goes on."""
        rows = [
            {
                "order_id": e.order_id,
                "signal_id": e.order.signal_id,
                "asset": e.order.asset,
                "side": e.order.side,
                "quantity": e.order.quantity,
                "price": e.order.price,
                "status": e.fill.status,
            }
            for e in executions
        ]
        values = {"rows": Jsonb(rows), "epoch": epoch, "me": self.instance_id}
        inserted = {row[0] async for row in await conn.execute(self.statements.insert_orders, values)}
        return [e for e in executions if e.order_id in inserted]

    async def _move_positions(self, conn: Connection, executions: list[_Execution]) -> list[_Execution]:
        assets = sorted({e.order.asset for e in executions if e.fill.status == "filled"})
        if not assets:
            return executions
        held = await conn.execute(sql.LOCK_POSITIONS, {"assets": assets})
        book = {asset: Position(asset=asset) for asset in assets}
        async for asset, quantity, avg_price, pnl in held:
            book[asset] = Position(asset=asset, quantity=quantity, avg_price=avg_price, realized_pnl=pnl)
        moved = [_moved(book, e) for e in executions]
        await self.write_positions(conn, list(book.values()))
        return moved

    async def write_positions(self, conn: Connection, positions: list[Position]) -> None:
        """Store positions as they are now, in the transaction of the orders that moved them."""
        rows = [{**asdict(p), "risk": p.risk, "margin": p.margin} for p in positions]
        await conn.execute(sql.WRITE_POSITIONS, {"rows": Jsonb(rows)})

    async def _write_events(
        self, conn: Connection, executions: Iterable[_Execution], epoch: int
    ) -> dict[str, datetime]:
        rows = [{**_flat(e), "event_type": e.fill.status} for e in executions]
        values = {"rows": Jsonb(rows), "epoch": epoch, "me": self.instance_id}
        return {row[0]: row[1] async for row in await conn.execute(sql.WRITE_EVENTS, values)}

    async def _write_outbox(
        self, conn: Connection, executions: Iterable[_Execution], executed_at: dict[str, datetime], epoch: int
    ) -> None:
        """Queue fills for ClickHouse; a rejected order executed nothing."""
        rows = []
        for e in executions:
            if e.fill.status == "filled":
                at_ms = int(executed_at[e.execution_id].timestamp() * 1000)
                at = {"executed_at": at_ms // 1000, "executed_at_ms": at_ms}
                rows.append({**_flat(e), **at, "epoch": epoch, "executed_by": self.instance_id})
        if rows:
            await conn.execute(sql.WRITE_OUTBOX, {"rows": Jsonb(rows)})


def _moved(book: dict[str, Position], execution: _Execution) -> _Execution:
    """Apply one fill to the book of positions."""
    order, fill = execution.order, execution.fill
    if fill.status != "filled":
        return execution
    position, pnl = book[order.asset].after(side=order.side, quantity=fill.quantity, price=fill.price, fee=fill.fee)
    book[order.asset] = position
    return replace(execution, realized_pnl=pnl)


def _flat(execution: _Execution) -> dict[str, Any]:
    """The columns that an event and a ClickHouse row share."""
    return {
        "execution_id": execution.execution_id,
        "order_id": execution.order_id,
        "signal_id": execution.order.signal_id,
        "asset": execution.order.asset,
        "side": execution.order.side,
        "price": execution.fill.price,
        "quantity": execution.fill.quantity,
        "fee": execution.fill.fee,
        "slippage": execution.fill.slippage,
        "realized_pnl": execution.realized_pnl,
    }


def _counted(executions: list[_Execution], executed_at: dict[str, datetime]) -> Batch:
    filled = sum(e.fill.status == "filled" for e in executions)
    latencies_s = tuple((executed_at[e.execution_id] - e.order.received_at).total_seconds() for e in executions)
    return Batch(filled=filled, rejected=len(executions) - filled, latencies_s=latencies_s)
