"""Grafana's stand-in on real data sources: PostgreSQL, ClickHouse, Redis and Prometheus with rows in them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from harness.containers.identity import new_run_id
from harness.containers.plan import Login, StackPlan
from harness.containers.running import RunningStack
from harness.machine.engine import client, ready_engine
from harness.machine.images import ImageStore
from stack.images import CATALOGUE, GRAFANA_STANDIN
from stack.services.clickhouse import clickhouse
from stack.services.grafana import expected_panels, grafana
from stack.services.postgres import postgres
from stack.services.prometheus import prometheus
from stack.services.redis import redis
from stack.services.trading import Passwords

ADMIN = Login(user="admin", password="adminadmin1")
OWNER = Login(user="owner", password="ownerowner1")
CLICKHOUSE = Login(user="chuser", password="chpassword1")
REDIS_PASSWORD, MONITOR_PASSWORD = "redispassword1", "monitorpassword1"
EXECUTIONS = """
CREATE TABLE executions (execution_id String, slippage Float64, executed_at DateTime)
ENGINE = ReplacingMergeTree ORDER BY execution_id
"""
QUERIES: dict[str, dict[str, Any]] = {
    "prometheus": {"datasource": {"uid": "prom"}, "expr": "up", "instant": True},
    "postgres": {"datasource": {"uid": "pg"}, "rawSql": "SELECT count(*) AS n FROM orders", "format": "table"},
    "clickhouse": {"datasource": {"uid": "ch"}, "rawSql": "SELECT count() AS n FROM executions", "format": 1},
    "redis": {"datasource": {"uid": "redis"}, "command": "hget", "keyName": "tss:state", "field": "open_trades"},
}


@dataclass(frozen=True)
class Board:
    """A running Grafana and its data sources."""

    stack: RunningStack

    @property
    def url(self) -> str:
        """Where Grafana listens now."""
        return self.stack.url("grafana", 3000)

    def ask(self, *services: str, within_s: float = 30.0) -> tuple[int, dict[str, Any], float]:
        """Status, body and seconds of one request to these data sources."""
        queries = [{"refId": service, "intervalMs": 1000, **QUERIES[service]} for service in services]
        body = {"from": "now-15m", "to": "now", "queries": queries}
        begun = time.monotonic()
        answer = requests.post(
            f"{self.url}/api/ds/query", json=body, auth=(ADMIN.user, ADMIN.password), timeout=within_s
        )
        return answer.status_code, answer.json(), time.monotonic() - begun

    def get(self, path: str) -> Any:
        """GET as the administrator."""
        return requests.get(self.url + path, auth=(ADMIN.user, ADMIN.password), timeout=30).json()

    def wait_for(self, service: str, within_s: float = 30.0) -> None:
        """Until the data source answers again."""
        deadline, seen = time.monotonic() + within_s, "nothing"
        while time.monotonic() < deadline:
            status, body, _ = self.ask(service)
            if status == 200:
                return
            seen = f"HTTP {status}: {json.dumps(body)[:300]}"
        pytest.fail(f"{service} did not answer within {within_s} s through Grafana; seen last: {seen}")


def plan() -> StackPlan:
    """The four data sources and Grafana."""
    passwords = Passwords(
        redis=REDIS_PASSWORD,
        postgres="apppassword1",
        clickhouse_user=CLICKHOUSE.user,
        clickhouse=CLICKHOUSE.password,
    )
    return StackPlan(
        services=(
            redis(REDIS_PASSWORD),
            postgres(OWNER, app_password="apppassword1", monitor_password=MONITOR_PASSWORD),
            clickhouse(CLICKHOUSE),
            prometheus(15),
            grafana(ADMIN, passwords=passwords, monitor_password=MONITOR_PASSWORD, scrape_interval_s=1),
        ),
        panels=expected_panels(),
    )


@contextmanager
def running_board() -> Iterator[Board]:
    """A stack with data in every store; nothing of it is left afterwards."""
    wanted = ("redis", "postgres", "clickhouse", "prometheus")
    store = ImageStore(ready_engine().host)
    had = store.ensure_all([*(CATALOGUE[key] for key in wanted), GRAFANA_STANDIN])
    images = {key: image.reference for key, image in had.items()}
    engine = client()
    with RunningStack(plan=plan(), images=images, run_id=new_run_id(), client=engine) as stack:
        fill(stack)
        made = Board(stack)
        for service in QUERIES:
            made.wait_for(service)
        yield made
    engine.close()


def fill(stack: RunningStack) -> None:
    """Rows that the panels of the board read.

    All executions are of one second, and so in one bucket of a curve: one that is inserted again keeps its time.
    """
    at = f"toDateTime({int(time.time())})"
    for service, command in (
        ("redis", ("redis-cli", "-a", REDIS_PASSWORD, "hset", "tss:state", "open_trades", "3", "leader", "trading-1")),
        (
            "redis",
            ("redis-cli", "-a", REDIS_PASSWORD, "hset", "tss:state", "active_orders", "2", "pending_signals", "0"),
        ),
        ("clickhouse", (*clickhouse_client(), EXECUTIONS)),
        ("clickhouse", (*clickhouse_client(), TWO_EXECUTIONS.replace("AT", at))),
        ("clickhouse", (*clickhouse_client(), FIRST_AGAIN.replace("AT", at))),
        ("postgres", ("psql", "-U", OWNER.user, "trading", "-c", ORDERS)),
    ):
        code, output = stack.container(service).exec_run(list(command))
        assert code == 0, output


def clickhouse_client() -> tuple[str, ...]:
    """The command line of ClickHouse's own client."""
    login = ("--user", CLICKHOUSE.user, "--password", CLICKHOUSE.password)
    return ("clickhouse-client", *login, "--database", "trade_system", "--query")


TWO_EXECUTIONS = "INSERT INTO executions VALUES ('e1', 2, AT), ('e2', 4, AT)"
FIRST_AGAIN = "INSERT INTO executions VALUES ('e1', 2, AT)"
ORDERS = """
INSERT INTO trading_signals (signal_id, asset, side, price, quantity, confidence, strategy_id, timestamp, accepted_by)
SELECT 's' || n, 'BTC', 'BUY', 1, 1, 0.9, 'm', now(), 'trading-1' FROM generate_series(1, 60) AS n;
INSERT INTO orders (order_id, signal_id, asset, side, quantity, price, status, epoch, executed_by)
SELECT 'o' || n, 's' || n, 'BTC', 'BUY', 1, 1, CASE WHEN n = 1 THEN 'rejected' ELSE 'filled' END, 1, 'trading-1'
FROM generate_series(1, 60) AS n;
"""
