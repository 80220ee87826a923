"""What an acknowledgement is worth."""

import time
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from services import Services, eventually

pytestmark = pytest.mark.containers

# Each table with one of its columns.
READABLE = {
    "trading_signals": "asset",
    "orders": "asset",
    "execution_events": "asset",
    "model_versions": "strategy_id",
    "model_quality_metrics": "metric_name",
    "subscriptions": "symbol",
}
GAUGES = (
    "portfolio_manager_is_leader",
    "portfolio_manager_leader_epoch",
    "portfolio_manager_leader_redis_info",
    "portfolio_manager_leader_db_info",
    "portfolio_manager_last_heartbeat_timestamp",
    "portfolio_manager_fallback_mode",
    "portfolio_manager_heartbeat_running",
    "portfolio_manager_db_sync_failure_rate",
    "portfolio_manager_db_sync_p50_latency_ms",
    "portfolio_manager_db_sync_p95_latency_ms",
    "portfolio_manager_db_sync_p99_latency_ms",
    "portfolio_manager_overall_alert_status",
    "portfolio_manager_recovery_time_ms",
    "portfolio_manager_recovery_success_count",
    "portfolio_manager_recovery_failure_count",
    "portfolio_manager_recovery_error_code",
    "portfolio_manager_recovery_timestamp_seconds",
    "portfolio_manager_positions_recovered",
    "redis_tss_pending_signals",
    "redis_tss_last_update_timestamp_seconds",
    "trade_state_updates_per_sec",
    "clickhouse_slippage_average",
    "trading_realized_pnl",
    "instance_queue_length",
    "instance_start_time_seconds",
    "instance_cpu_usage",
    "instance_memory_usage",
    "trading_outbox_pending",
    "trading_signals_in_flight",
    "trading_signals_limit",
    "trading_backlog_seen",
    "trading_expected_wait_seconds",
)
COUNTERS = (
    "portfolio_manager_leadership_changes_total",
    "portfolio_manager_fencing_conflicts_total",
    "portfolio_manager_db_sync_attempts_total",
    "redis_tss_signals_received_total",
    "redis_tss_signals_executed_total",
    "redis_tss_signals_failed_total",
    "redis_tss_connection_errors_total",
    "instance_socket_failures_total",
    "trading_signals_refused_total",
)
WRITES: tuple[LiteralString, ...] = (
    "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE {table} SET {column} = 'mine'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "DROP TABLE {table}",
)


def test_acknowledged_signal_is_stored_and_executed(three: Services) -> None:
    """A signal sent to any instance is stored before the answer and executed once, soon, down to ClickHouse."""
    for name in ("trading-1", "trading-2", "trading-3"):
        answer = three.send(name, f"accepted-{name}", quantity=2)
        assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
        assert three.rows("SELECT accepted_by FROM trading_signals WHERE signal_id = %s", f"accepted-{name}") == [
            (name,)
        ]
    orders = "SELECT count(*), min(status) FROM orders WHERE signal_id LIKE 'accepted-%'"
    eventually("three orders", lambda: three.rows(orders) == [(3, "filled")])
    shipped = "SELECT uniqExact(execution_id) FROM executions WHERE signal_id LIKE 'accepted-%'"
    eventually("three rows in ClickHouse", lambda: three.clickhouse(shipped) == "3")
    assert three.rows("SELECT count(*) FROM pending_signals") == [(0,)]


def test_same_signal_twice_is_one_signal(three: Services) -> None:
    """The same body again is acknowledged as a duplicate, at another instance too; another body is a conflict."""
    at = time.time()
    snapshot = {"bid": 99.5, "depth": [1, 2.25]}
    first = three.send("trading-1", "twice", timestamp=at, market_data_snapshot=snapshot, model_version="m1")
    again = three.send("trading-2", "twice", timestamp=at, market_data_snapshot=snapshot, model_version="m1")
    other = three.send("trading-3", "twice", timestamp=at, market_data_snapshot={"bid": 98}, model_version="m1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    eventually("one order", lambda: three.rows("SELECT count(*) FROM orders WHERE signal_id = 'twice'") == [(1,)])


def test_too_large_an_order_is_rejected_once(three: Services) -> None:
    """An order that the exchange refuses is final as well: one rejected order, counted as failed, not shipped."""
    three.send("trading-1", "too-large", price=1e9, quantity=1e6)
    status = "SELECT status FROM orders WHERE signal_id = 'too-large'"
    eventually("a rejected order", lambda: three.rows(status) == [("rejected",)])
    eventually("failed in the live state", lambda: int(three.redis("HGET", "tss:state", "signals_failed")) >= 1)
    assert three.rows("SELECT count(*) FROM outbox WHERE payload ->> 'signal_id' = 'too-large'") == [(0,)]


def test_nothing_is_acknowledged_without_postgres(three: Services) -> None:
    """With PostgreSQL frozen or stopped no signal is acknowledged, within seconds; nobody leads; then all is well.

    503 means that the signal is surely not stored; where a statement was under way the answer is 504, unknown.
    """
    refused: list[str] = []
    postgres = three.containers["postgres"]
    for prefix, stop, start in (
        ("frozen", postgres.pause, postgres.unpause),
        ("stopped", postgres.stop, postgres.start),
    ):
        stop()
        began = time.monotonic()
        answers = {f"{prefix}-{n}": three.send(f"trading-{n}", f"{prefix}-{n}").status_code for n in (1, 2, 3)}
        assert set(answers.values()) <= {503, 504}
        refused += [signal_id for signal_id, status in answers.items() if status == 503]
        assert time.monotonic() - began < 6
        eventually("nobody leads", lambda: three.leaders("trading-1", "trading-2", "trading-3") == [])
        assert three.get("trading-1", "/health").status_code == 503
        assert three.metric("trading-1", 'portfolio_manager_db_sync_attempts_total{result="failure"}')
        start()
        three.ready("trading-1", "trading-2", "trading-3")
        assert three.send("trading-1", f"{prefix}-after").status_code == 201
    done = "SELECT count(*) FROM orders WHERE signal_id IN ('frozen-after', 'stopped-after')"
    eventually("both executed", lambda: three.rows(done) == [(2,)])
    assert refused
    stored = {row[0] for row in three.rows("SELECT signal_id FROM trading_signals")}
    assert not stored & set(refused)


def test_every_figure_of_the_contract_is_exported(three: Services) -> None:
    """Under a leader that has executed something, every metric that boards and rules read is there, with its type."""
    three.send("trading-1", "figures")
    eventually("slippage is read back", lambda: three.metric("trading-1", "clickhouse_slippage_average") is not None)
    (leader,) = three.leaders("trading-1", "trading-2", "trading-3")
    lines = three.get(leader, "/metrics").text.splitlines()
    types = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    sampled = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    assert {name: types.get(name) for name in GAUGES} == dict.fromkeys(GAUGES, "gauge")
    assert {name: types.get(name) for name in COUNTERS} == dict.fromkeys(COUNTERS, "counter")
    assert types["redis_tss_signal_processing_latency"] == "histogram"
    assert types["trading_execution_transaction_seconds"] == "histogram"
    assert set(GAUGES + COUNTERS) <= sampled


def test_connections_are_kept(three: Services) -> None:
    """While all is well the instances work on the same few connections, made once."""

    def sessions() -> list[tuple[str, int]]:
        named = "SELECT application_name, pid FROM pg_stat_activity WHERE application_name LIKE %s ORDER BY 1, 2"
        return three.rows(named, "trading-1:%")

    def polls() -> float | None:
        return three.metric("trading-1", 'portfolio_manager_db_sync_attempts_total{result="success"}')

    eventually("it has synchronised", lambda: (polls() or 0) > 3)
    before, at = sessions(), polls() or 0
    eventually("it goes on", lambda: (polls() or 0) > at + 5)
    after = sessions()
    assert len({pid for _, pid in before} & {pid for _, pid in after}) >= 2
    assert len(after) <= 9


def test_monitor_may_read_six_tables_and_nothing_else(services: Services) -> None:
    """The dashboards' role selects from its six tables; writes and all other tables are refused (R-04)."""
    tables = {row[0] for row in services.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert set(READABLE).issubset(tables)
    refused: list[sql.SQL | sql.Composed] = [
        sql.SQL("CREATE TABLE public.mine ()"),
        sql.SQL("CREATE TEMP TABLE mine ()"),
        sql.SQL("SET ROLE trading_app"),
    ]
    refused += [sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(table)) for table in tables - set(READABLE)]
    for table, column in READABLE.items():
        named = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        refused += [sql.SQL(write).format(**named) for write in WRITES]
    with services.connect("grafana_monitor") as conn:
        conn.execute("SET default_transaction_read_only = off")  # the grants must hold without that belt
        for table in READABLE:
            conn.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)
