"""ClickHouse: executions for the boards and the record."""

from __future__ import annotations

from harness.containers.plan import HttpReady, Login, Service

DATABASE = "trade_system"


def clickhouse(login: Login) -> Service:
    """ClickHouse with one database and one user."""
    return Service(
        name="clickhouse",
        image="clickhouse",
        ready=HttpReady(port=8123, path="/ping"),
        environment={
            "CLICKHOUSE_DB": DATABASE,
            "CLICKHOUSE_USER": login.user,
            "CLICKHOUSE_PASSWORD": login.password,
            "CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT": "0",
        },
        ports=(8123,),
    )
