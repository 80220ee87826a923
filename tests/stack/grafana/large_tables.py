"""Stores as they are after weeks of trading: a million signals, orders and events, ten million executions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql

from harness.containers.identity import new_run_id
from harness.containers.plan import Login, StackPlan
from harness.containers.running import RunningStack
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.clickhouse import clickhouse
from stack.services.postgres import DATABASE as POSTGRES_DATABASE
from stack.services.postgres import postgres

ROWS = 1_000_000
EXECUTIONS = 10_000_000
DAYS = 7  # the longest range that a board offers: all of it is inside
OWNER = Login(user="owner", password="ownerowner1")
CLICKHOUSE = Login(user="chuser", password="chpassword1")
MONITOR_PASSWORD = "monitorpassword1"
_APPLICATION = Path(__file__).parents[3] / "stack" / "trading_app" / "trading_app" / "clickhouse.py"
# Rows in the order of time, as they would have come; foreign keys are not checked, they hold by construction.
FILL = (
    """
    INSERT INTO trading_signals (signal_id, asset, side, price, quantity, confidence, strategy_id, timestamp,
        received_at, accepted_by)
    SELECT 's' || n, 'BTC-PERP', 'BUY', 100, 1, 0.5, (ARRAY['mean-reversion', 'momentum', 'order-flow'])[n % 3 + 1],
        AT_N, AT_N, 'trading-1' FROM generate_series(1, ROWS) AS n
    """,
    """
    INSERT INTO orders (order_id, signal_id, asset, side, quantity, price, status, epoch, executed_by, created_at,
        closed_at)
    SELECT 'o' || n, 's' || n, 'BTC-PERP', 'BUY', 1, 100, 'filled', 1, 'trading-1', AT_N, AT_N
    FROM generate_series(1, ROWS) AS n
    """,
    """
    INSERT INTO execution_events (execution_id, order_id, signal_id, event_type, asset, side, execution_price,
        execution_quantity, execution_fees, slippage, realized_pnl, epoch, executed_by, executed_at)
    SELECT 'o' || n || '-1', 'o' || n, 's' || n, 'filled', 'BTC-PERP', 'BUY', 100, 1, 0.05, 1, 1, 1, 'trading-1', AT_N
    FROM generate_series(1, ROWS) AS n
    """,
    """
    INSERT INTO model_quality_metrics (model_version, metric_name, metric_value, evaluated_at)
    SELECT (ARRAY['momentum-2.3.0', 'mean-reversion-1.0.0', 'order-flow-1.1.0'])[n % 3 + 1],
        (ARRAY['win_rate', 'orders', 'successful_orders', 'pnl', 'mean_confidence', 'confidence_drift'])[n / 3 % 6 + 1],
        0.5, AT_N FROM generate_series(1, ROWS) AS n WHERE n % 2 = 0
    """,
)
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE NOT indisunique AND indrelid::regclass::text IN
    ('trading_signals', 'orders', 'execution_events', 'model_quality_metrics')
"""
AT_N = "now() - interval 'DAYS days' * (1 - n / ROWS::float8)"
FILL_EXECUTIONS = """
INSERT INTO executions SELECT concat('o', toString(number), '-1'), concat('o', toString(number)),
    concat('s', toString(number)), arrayElement(['BTC-PERP', 'ETH-PERP', 'SOL-PERP', 'XRP-PERP'], number % 4 + 1),
    'BUY', 100., 1., 0.05, 1., 1., 1, 'trading-1',
    toDateTime(toUInt32(now()) - DAYS * 86400 + intDiv(number * DAYS * 86400, EXECUTIONS)), 0
FROM numbers(EXECUTIONS)
"""


def sized(text: str) -> str:
    """The SQL with the sizes of this page put in."""
    sizes = {"AT_N": AT_N, "DAYS": DAYS, "ROWS": ROWS, "EXECUTIONS": EXECUTIONS}
    for name, size in sizes.items():
        text = text.replace(name, str(size))
    return text


@dataclass(frozen=True, slots=True)
class LargeStores:
    """PostgreSQL and ClickHouse, filled; `filled_s` says how long each took."""

    stack: RunningStack
    filled_s: dict[str, float]

    def postgres(self) -> psycopg.Connection[Any]:
        """A session as the boards' role."""
        return self._session("grafana_monitor", MONITOR_PASSWORD)

    def owner(self) -> psycopg.Connection[Any]:
        """A session that may do everything."""
        return self._session(OWNER.user, OWNER.password)

    def clickhouse(self, query: str, **settings: object) -> dict[str, Any]:
        """Ask ClickHouse for JSON, which tells how many rows it read."""
        return dict(self._clickhouse(query + " FORMAT JSON", **settings).json())

    def _session(self, user: str, password: str) -> psycopg.Connection[Any]:
        host, port = self.stack.endpoint("postgres", 5432)
        return psycopg.connect(
            host=host, port=port, user=user, password=password, dbname=POSTGRES_DATABASE, autocommit=True
        )

    def _clickhouse(self, query: str, **settings: object) -> requests.Response:
        answer = requests.post(
            self.stack.url("clickhouse", 8123),
            params={"database": CLICKHOUSE_DATABASE, **{key: str(value) for key, value in settings.items()}},
            data=query,
            auth=(CLICKHOUSE.user, CLICKHOUSE.password),
            timeout=120,
        )
        assert answer.ok, answer.text
        return answer

    def fill(self) -> None:
        """All tables at once, as far as the machine has processors."""
        (table,) = re.findall(r'CREATE_TABLE = """(.*?)"""', _APPLICATION.read_text(encoding="utf-8"), re.DOTALL)
        self._clickhouse(table)
        with self.owner() as session:
            # Without a log and without the indexes that rows do not need to be unique; these are built afterwards.
            for table in ("execution_events", "orders", "pending_signals", "trading_signals", "model_quality_metrics"):
                session.execute(sql.SQL("ALTER TABLE {} SET UNLOGGED").format(sql.Identifier(table)))
            indexes = session.execute(INDEXES).fetchall()
            for name, _ in indexes:
                session.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        with ThreadPoolExecutor(max_workers=3) as pool:
            for work in [pool.submit(self._executions), *(pool.submit(self._rows, sized(rows)) for rows in FILL)]:
                work.result()
            begun = time.monotonic()
            for work in [pool.submit(self._build, definition) for _, definition in indexes]:
                work.result()
        with self.owner() as session:
            session.execute("ANALYZE")
        self.filled_s["indexes"] = time.monotonic() - begun

    def _executions(self) -> None:
        begun = time.monotonic()
        self._clickhouse(sized(FILL_EXECUTIONS))
        self.filled_s["executions"] = time.monotonic() - begun

    def _build(self, definition: str) -> None:
        with self.owner() as session:
            session.execute("SET maintenance_work_mem = '128MB'")
            session.execute(definition)

    def _rows(self, rows: str) -> None:
        begun = time.monotonic()
        with self.owner() as session:
            session.execute("SET session_replication_role = replica")
            session.execute("SET synchronous_commit = off")
            session.execute(rows)
        self.filled_s[rows.split()[2]] = time.monotonic() - begun


@contextmanager
def large_stores() -> Iterator[LargeStores]:
    """Both stores with their rows; nothing of them is left afterwards."""
    plan = StackPlan(
        services=(
            postgres(OWNER, app_password="apppassword1", monitor_password=MONITOR_PASSWORD),
            clickhouse(CLICKHOUSE),
        )
    )
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["postgres"], CATALOGUE["clickhouse"]])
    engine = client()
    images = {key: image.reference for key, image in had.items()}
    with RunningStack(plan=plan, images=images, run_id=new_run_id(), client=engine) as stack:
        stores = LargeStores(stack, {})
        stores.fill()
        yield stores
    engine.close()
