"""The parts of one instance, built from its settings. Building opens no connection."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trading_app.admission import Admission
from trading_app.clickhouse import ClickHouse
from trading_app.database import Database
from trading_app.executor import Executor
from trading_app.inbox import Inbox
from trading_app.lease import RedisLease
from trading_app.live_state import LiveState
from trading_app.outbox import Outbox
from trading_app.record import LeadershipRecord
from trading_app.recovery import Trusted, validated
from trading_app.redis_client import RedisClient
from trading_app.rules import Rules
from trading_app.settings import Settings
from trading_app.statements import Statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Clients and building blocks; each kind of work has connections of its own, so none waits for
    another. A known-bad variant replaces some of them."""

    rules: Rules
    clock: Callable[[], float]
    trusted: Trusted
    statements: Statements
    executor: type[Executor]
    coordination: Database
    execution: Database
    api: Database
    shipping: Database
    quality: Database
    redis: RedisClient
    clickhouse: ClickHouse
    record: LeadershipRecord
    lease: RedisLease
    admission: Admission
    inbox: Inbox
    outbox: Outbox
    live_state: LiveState

    def databases(self) -> tuple[Database, ...]:
        """All of them, to be closed."""
        return (self.coordination, self.execution, self.api, self.shipping, self.quality)


def build(settings: Settings) -> Parts:
    """The parts for `settings`."""
    me = settings.instance_id
    coordination = _database(settings, "coordination", 2)
    execution = _database(settings, "execution", 2)
    api = _database(settings, "api", settings.api_connections)
    shipping = _database(settings, "shipping", 2, busy_s=2 * settings.clickhouse_timeout_s)
    redis = RedisClient(
        host=settings.redis_host,
        port=settings.redis_port,
        password=settings.redis_password.get_secret_value(),
        timeout_s=settings.redis_timeout_s,
    )
    clickhouse = _clickhouse(settings)
    admission = Admission(
        max_in_flight=settings.max_in_flight,
        within_s=settings.accept_within_s,
        slow_s=settings.accept_slow_s,
        max_backlog=settings.max_backlog,
    )
    return Parts(
        rules=Rules(
            instance_id=me,
            db_lease_ttl_s=settings.db_lease_ttl_s,
            lease_ttl_s=settings.lease_ttl_s,
            fallback_patience_s=settings.lease_renew_s,
        ),
        clock=time.monotonic,
        trusted=validated,
        statements=Statements(),
        executor=Executor,
        coordination=coordination,
        execution=execution,
        api=api,
        shipping=shipping,
        quality=_database(settings, "quality", 1),
        redis=redis,
        clickhouse=clickhouse,
        record=LeadershipRecord(database=coordination, instance_id=me, ttl_s=settings.db_lease_ttl_s),
        lease=RedisLease(redis=redis, instance_id=me, ttl_s=settings.lease_ttl_s),
        admission=admission,
        inbox=Inbox(
            database=api,
            instance_id=me,
            writers=settings.api_connections,
            batch=settings.accept_batch,
            within_s=settings.accept_within_s,
            heard=admission.heard,
        ),
        outbox=Outbox(
            database=shipping,
            sink=clickhouse,
            batch=settings.outbox_batch,
            limit_s=2 * settings.clickhouse_timeout_s + settings.db_timeout_s,
        ),
        live_state=LiveState(
            database=execution,
            redis=redis,
            instance_id=me,
            heartbeat_ttl_s=settings.heartbeat_stale_critical_s,
        ),
    )


def _database(settings: Settings, purpose: str, size: int, busy_s: float = 0.0) -> Database:
    """Connections for one purpose; `busy_s` is how long its transactions may wait for another service."""
    target: dict[str, Any] = {
        "host": settings.postgres_host,
        "port": settings.postgres_port,
        "dbname": settings.postgres_database,
        "user": settings.postgres_user,
        "password": settings.postgres_password.get_secret_value(),
        "application_name": settings.instance_id,
    }
    idle_limit_s = settings.db_timeout_s + busy_s
    return Database(
        target=target, purpose=purpose, size=size, timeout_s=settings.db_timeout_s, idle_limit_s=idle_limit_s
    )


def _clickhouse(settings: Settings) -> ClickHouse:
    return ClickHouse(
        url=f"http://{settings.clickhouse_host}:{settings.clickhouse_port}",
        database=settings.clickhouse_database,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password.get_secret_value(),
        timeout_s=settings.clickhouse_timeout_s,
    )
