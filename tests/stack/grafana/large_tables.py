"""Stores as they are after weeks of trading: a million signals, orders and events, ten million executions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests

from harness.containers.identity import new_run_id
from harness.containers.plan import DataSet, Fill, Login, StackPlan
from harness.containers.running import RunningStack
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from harness.probes.database import Databases
from harness.run.loading import load
from stack.history import DAYS, ROWS, history
from stack.images import CATALOGUE
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.clickhouse import clickhouse
from stack.services.postgres import DATABASE as POSTGRES_DATABASE
from stack.services.postgres import postgres

OWNER = Login(user="owner", password="ownerowner1")
CLICKHOUSE = Login(user="chuser", password="chpassword1")
MONITOR_PASSWORD = "monitorpassword1"
_APPLICATION = Path(__file__).parents[3] / "stack" / "trading_app" / "trading_app" / "clickhouse.py"
# Nobody trades here: what is lost in a crash need not be kept. The application keeps fewer figures of its models.
UNLOGGED = tuple(
    f"ALTER TABLE {table} SET UNLOGGED"
    for table in ("execution_events", "orders", "pending_signals", "trading_signals", "model_quality_metrics")
)
QUALITY = """
INSERT INTO model_quality_metrics (model_version, metric_name, metric_value, evaluated_at)
SELECT (ARRAY['momentum-2.3.0', 'mean-reversion-1.0.0', 'order-flow-1.1.0'])[n % 3 + 1],
    (ARRAY['win_rate', 'orders', 'successful_orders', 'pnl', 'mean_confidence', 'confidence_drift'])[n / 3 % 6 + 1],
    0.5, now() - interval '{days} days' * (1 - n / {rows}::float8) FROM generate_series(1, {rows}, 2) AS n
"""


@dataclass(frozen=True, slots=True)
class LargeStores:
    """PostgreSQL and ClickHouse, filled."""

    stack: RunningStack

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
        """Both stores at once, as a scenario has them filled; PostgreSQL without a log."""
        (table,) = re.findall(r'CREATE_TABLE = """(.*?)"""', _APPLICATION.read_text(encoding="utf-8"), re.DOTALL)
        self._clickhouse(table)
        first = DataSet(
            fills=(
                Fill(what="quality", service="postgres", statements=(*UNLOGGED, QUALITY.format(days=DAYS, rows=ROWS))),
            ),
            prefix="",
            loaded={},
        )
        load(Databases(stack=self.stack), [first, history()], lambda line: None)


@contextmanager
def large_stores() -> Iterator[LargeStores]:
    """Both stores with their rows; nothing of them is left afterwards."""
    plan = StackPlan(
        services=(
            postgres(OWNER, app_password="apppassword1", monitor_password=MONITOR_PASSWORD),
            clickhouse(CLICKHOUSE),
        ),
        logins={"postgres": OWNER, "clickhouse": CLICKHOUSE},
        databases={"postgres": POSTGRES_DATABASE, "clickhouse": CLICKHOUSE_DATABASE},
    )
    had = ImageStore(ready_engine().host).ensure_all([CATALOGUE["postgres"], CATALOGUE["clickhouse"]])
    engine = client()
    images = {key: image.reference for key, image in had.items()}
    with RunningStack(plan=plan, images=images, run_id=new_run_id(), client=engine) as stack:
        stores = LargeStores(stack)
        stores.fill()
        yield stores
    engine.close()
