"""What weeks of trading leave behind: a million signals, orders and events, ten million executions.

Rows lie in the order of time, as they would have come, up to the moment when they are loaded. Foreign keys are not
checked, they hold by construction. Bought and sold by turns at one price and without a fee or gain, so that no position
follows from them.
"""

from __future__ import annotations

from harness.containers.plan import DataSet, Fill, Loaded

ROWS = 1_000_000
EXECUTIONS = 10_000_000
DAYS = 7  # the longest range that a board offers: all of it is inside
PREFIX = "history-"

_ASSETS = "'BTC-PERP', 'ETH-PERP', 'SOL-PERP', 'XRP-PERP'"
_N = "lpad(n::text, 8, '0')"  # keys grow with time: their indexes grow at one end, as those of the application's do
_AT = "now() - interval '{days} days' * (1 - n / {rows}::float8)"
_SIDE = "CASE WHEN n % 2 = 0 THEN 'SELL' ELSE 'BUY' END"
_ASSET = f"(ARRAY[{_ASSETS}])[n / 2 % 4 + 1]"
_EACH = "FROM generate_series(1, {rows}) AS n"
SIGNALS = f"""
INSERT INTO trading_signals (signal_id, asset, side, price, quantity, confidence, strategy_id, timestamp, received_at,
    accepted_by)
SELECT '{{prefix}}' || {_N}, {_ASSET}, {_SIDE}, 100, 1, 0.5,
    (ARRAY['mean-reversion', 'momentum', 'order-flow'])[n % 3 + 1], {_AT}, {_AT}, 'trading-1' {_EACH}
"""
ORDERS = f"""
INSERT INTO orders (order_id, signal_id, asset, side, quantity, price, status, epoch, executed_by, created_at,
    closed_at)
SELECT '{{prefix}}o' || {_N}, '{{prefix}}' || {_N}, {_ASSET}, {_SIDE}, 1, 100, 'filled', 1, 'trading-1', {_AT}, {_AT}
{_EACH}
"""
EVENTS = f"""
INSERT INTO execution_events (execution_id, order_id, signal_id, event_type, asset, side, execution_price,
    execution_quantity, execution_fees, slippage, realized_pnl, epoch, executed_by, executed_at)
SELECT '{{prefix}}o' || {_N} || '-1', '{{prefix}}o' || {_N}, '{{prefix}}' || {_N}, 'filled', {_ASSET}, {_SIDE}, 100, 1,
    0, 1, 0, 1, 'trading-1', {_AT} {_EACH}
"""
EXECUTED = """
INSERT INTO executions
SELECT concat('{prefix}o', padded, '-1'), concat('{prefix}o', padded), concat('{prefix}', padded),
    arrayElement([{assets}], intDiv(number, 2) % 4 + 1), if(number % 2 = 0, 'BUY', 'SELL'), 100., 1., 0., 1., 0., 1,
    'history', toDateTime(toUInt32(now()) - {days} * 86400 + intDiv(number * {days} * 86400, {executions})), 0
FROM (SELECT number, substring(toString(100000000 + number), 2) AS padded FROM numbers({executions}))
"""
# Replicas do not check foreign keys. Indexes that rows do not need to be unique are built afterwards, at once.
_QUICKLY = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '128MB'",
    """
    CREATE TEMP TABLE later AS SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE NOT indisunique AND indrelid = '{table}'::regclass
    """,
    "DO $$ DECLARE one record; BEGIN FOR one IN TABLE later LOOP EXECUTE 'DROP INDEX ' || one.name; END LOOP; END $$",
)
_INDEXES = "DO $$ DECLARE one record; BEGIN FOR one IN TABLE later LOOP EXECUTE one.definition; END LOOP; END $$"
_NEWEST = "SELECT max(executed_at) FROM executions WHERE executed_by = 'history'"
_EXECUTED_SO_FAR = "SELECT count() FROM executions WHERE executed_at <="
_COUNTED = {
    "accepted": "SELECT count(*) FROM trading_signals WHERE signal_id LIKE '{prefix}%'",
    "effect": "SELECT count(*) FROM orders WHERE order_id LIKE '{prefix}%'",
    "event": "SELECT count(*) FROM execution_events WHERE signal_id LIKE '{prefix}%'",
}
# What would else be done in the background while people look.
_IN_ORDER = ("VACUUM ANALYZE {table}", "CHECKPOINT")


def history(rows: int = ROWS, executions: int = EXECUTIONS, days: int = DAYS, prefix: str = PREFIX) -> DataSet:
    """The data set in a size of one's own.

    Args:
        rows: of trading_signals, orders and execution_events, each.
        executions: rows in ClickHouse.
        days: how far it reaches back.
        prefix: of all ids.
    """

    sizes = {"rows": rows, "executions": executions, "days": days, "prefix": prefix, "assets": _ASSETS}

    def sized(*statements: str, table: str = "") -> tuple[str, ...]:
        return tuple(sql.format(**sizes, table=table) for sql in statements)

    tables = {"execution_events": EVENTS, "trading_signals": SIGNALS, "orders": ORDERS}
    return DataSet(
        fills=(
            Fill(
                what="executions",
                service="clickhouse",
                statements=sized(EXECUTED, "OPTIMIZE TABLE executions FINAL"),
                after="EXISTS TABLE executions",
            ),
            *(
                Fill(
                    what=table,
                    service="postgres",
                    statements=(*sized(*_QUICKLY, sql, table=table), _INDEXES, *sized(*_IN_ORDER, table=table)),
                )
                for table, sql in tables.items()
            ),
        ),
        prefix=prefix,
        loaded={
            **{kind: Loaded(rows=rows, counted=sized(sql)[0]) for kind, sql in _COUNTED.items()},
            # By the time, as all ids of ten million rows take a minute to read: whatever is not newer is counted, so
            # that neither a row of the run nor a second one of the history can hide there.
            "shipped": Loaded(
                rows=executions,
                counted=f"{_EXECUTED_SO_FAR} ({_NEWEST})",
                without=f" WHERE executed_at > ({_NEWEST})",
            ),
        },
    )
