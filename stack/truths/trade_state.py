"""Trade State: what is open, what it costs, who leads."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.truth import (
    Happenings,
    Held,
    HolderNamed,
    Increase,
    Listed,
    NewestFirst,
    OfRange,
    Promise,
    Scraped,
    SumSoFar,
    TermNumber,
)
from stack.truths.words import (
    AT_ONCE,
    BY_INSTANCE,
    FILLED,
    FILLS,
    IN_REDIS,
    LEADERSHIP,
    ORDERS,
    REDIS_IS_OLD,
    REJECTED,
    SHIPPED,
    SIGNALS,
    TRADE,
    mean_slippage,
    signal_rates,
    waiting,
)


def _live_state(field: str, of: Happenings) -> SumSoFar:
    return SumSoFar(board=TRADE, panel="Live State", of=of, way=IN_REDIS, field=field, unless=REDIS_IS_OLD)


_POSITIONS = replace(FILLS, amount="quantity")
TRADE_STATE: tuple[Promise, ...] = (
    Held(board=TRADE, panel="Open Trades", of=_POSITIONS, group="asset", way=IN_REDIS, unless=REDIS_IS_OLD),
    waiting(TRADE, "Active Orders", IN_REDIS, unless=REDIS_IS_OLD),
    waiting(TRADE, "Pending Signals", IN_REDIS, unless=REDIS_IS_OLD),
    mean_slippage(TRADE, "Slippage"),
    Increase(board=TRADE, panel="Failed Trades", of=REJECTED),
    Scraped(board=TRADE, panel="Failed Trades", metric="redis_tss_signals_failed_total", how="increase"),
    HolderNamed(board=TRADE, panel="Leader", terms=LEADERSHIP, way=AT_ONCE),
    *signal_rates(TRADE, "Signals per Second"),
    *(
        OfRange(
            board=TRADE,
            panel="Slippage over Time",
            of=replace(SHIPPED, amount="slippage"),
            how=how,
            newest_interval=True,
            series=series,
        )
        for how, series in (("mean", "average"), ("greatest", "worst"))
    ),
    OfRange(board=TRADE, panel="Orders by Status", of=ORDERS, how="sum", group="status"),
    Scraped(
        board=TRADE,
        panel="Age of the Live State",
        metric="redis_tss_last_update_timestamp_seconds",
        how="age",
        by=BY_INSTANCE,
    ),
    HolderNamed(board=TRADE, panel="Live State", terms=LEADERSHIP, way=IN_REDIS, field="leader", unless=REDIS_IS_OLD),
    TermNumber(board=TRADE, panel="Live State", terms=LEADERSHIP, way=IN_REDIS, field="epoch", unless=REDIS_IS_OLD),
    Held(
        board=TRADE,
        panel="Live State",
        of=_POSITIONS,
        group="asset",
        way=IN_REDIS,
        field="open_trades",
        unless=REDIS_IS_OLD,
    ),
    _live_state("signals_received", SIGNALS),
    _live_state("signals_executed", FILLED),
    _live_state("signals_failed", REJECTED),
    waiting(TRADE, "Live State", IN_REDIS, field="pending_signals", unless=REDIS_IS_OLD),
    waiting(TRADE, "Live State", IN_REDIS, field="active_orders", unless=REDIS_IS_OLD),
    NewestFirst(
        board=TRADE,
        panel="Recent Orders",
        listed=(Listed(of=ORDERS, name="effect_id", order="at_s"),),
        column="order_id",
        most=50,
    ),
)
