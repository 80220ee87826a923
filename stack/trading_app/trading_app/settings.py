"""All settings, read from the environment (prefix TRADING_), checked against each other once at the start."""

import socket
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from trading_app.errors import SettingsError


class Settings(BaseSettings):
    """Addresses, secrets, limits and timings. Durations are seconds and default to production values.

    A compressed run divides every duration by its factor; the checks between them hold at any scale.
    """

    model_config = SettingsConfigDict(env_prefix="TRADING_", frozen=True, extra="ignore", allow_inf_nan=False)

    instance_id: str = Field(default_factory=socket.gethostname, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    listen_host: str = "0.0.0.0"  # noqa: S104 - inside a container; publishing is the engine's
    listen_port: int = Field(default=8000, ge=0, le=65535)
    known_bad: str = ""

    postgres_host: str = "postgres"
    postgres_port: int = Field(default=5432, ge=1, le=65535)
    postgres_database: str = "trading"
    postgres_user: str = "trading_app"
    postgres_password: SecretStr
    redis_host: str = "redis"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_password: SecretStr
    clickhouse_host: str = "clickhouse"
    clickhouse_port: int = Field(default=8123, ge=1, le=65535)
    clickhouse_database: str = "trade_system"
    clickhouse_user: str
    clickhouse_password: SecretStr

    lease_ttl_s: float = Field(default=30, gt=0)
    lease_renew_s: float = Field(default=10, gt=0)
    db_lease_ttl_s: float = Field(default=30, gt=0)
    db_sync_s: float = Field(default=5, gt=0)
    heartbeat_s: float = Field(default=5, gt=0)
    redis_retry_s: float = Field(default=5, gt=0)
    state_write_s: float = Field(default=5, gt=0)
    state_min_interval_s: float = Field(default=0.25, gt=0)
    redis_timeout_s: float = Field(default=1, gt=0)
    db_timeout_s: float = Field(default=2, gt=0)
    clickhouse_timeout_s: float = Field(default=5, gt=0)
    clickhouse_read_s: float = Field(default=15, gt=0)
    outbox_poll_s: float = Field(default=1, gt=0)
    outbox_backoff_min_s: float = Field(default=1, gt=0)
    outbox_backoff_max_s: float = Field(default=30, gt=0)
    outbox_takeover_s: float = Field(default=30, gt=0)
    recovery_backoff_min_s: float = Field(default=1, gt=0)
    recovery_backoff_max_s: float = Field(default=15, gt=0)
    execute_poll_s: float = Field(default=0.05, gt=0)
    leadership_window_s: float = Field(default=3600, gt=0)
    sync_window_s: float = Field(default=300, gt=0)
    rate_window_s: float = Field(default=30, gt=0)
    quality_s: float = Field(default=5, gt=0)
    heartbeat_stale_warning_s: float = Field(default=30, gt=0)
    heartbeat_stale_critical_s: float = Field(default=60, gt=0)

    max_in_flight: int = Field(default=128, ge=1)
    accept_within_s: float = Field(default=1, gt=0)
    accept_slow_s: float = Field(default=0.25, gt=0)
    max_backlog: int = Field(default=1000, ge=1)
    backlog_poll_s: float = Field(default=0.25, gt=0)
    max_body_bytes: int = Field(default=65_536, ge=256)
    api_connections: int = Field(default=2, ge=1)
    accept_batch: int = Field(default=100, ge=1)
    execute_batch: int = Field(default=200, ge=1)
    outbox_batch: int = Field(default=500, ge=1)
    quality_orders: int = Field(default=500, ge=2)
    quality_rows_kept: int = Field(default=500_000, ge=1)
    exchange_max_notional: float = Field(default=10_000_000, gt=0)
    exchange_orders_per_s: float = Field(default=0, ge=0)

    def problems(self) -> list[str]:
        """Relations between settings that do not hold, one sentence each."""
        at_most = [
            ("lease_renew_s", self.lease_renew_s, "half of lease_ttl_s", self.lease_ttl_s / 2),
            ("db_sync_s", self.db_sync_s, "half of db_lease_ttl_s", self.db_lease_ttl_s / 2),
            ("db_timeout_s", self.db_timeout_s, "half of db_lease_ttl_s", self.db_lease_ttl_s / 2),
            ("redis_timeout_s", self.redis_timeout_s, "half of lease_ttl_s", self.lease_ttl_s / 2),
            ("heartbeat_s", self.heartbeat_s, "half of the warning age", self.heartbeat_stale_warning_s / 2),
            ("outbox_backoff_min_s", self.outbox_backoff_min_s, "outbox_backoff_max_s",
            self.outbox_backoff_max_s), ("recovery_backoff_min_s", self.recovery_backoff_min_s,
            "recovery_backoff_max_s", self.recovery_backoff_max_s), (
                "heartbeat_stale_warning_s",
                self.heartbeat_stale_warning_s,
                "heartbeat_stale_critical_s",
                self.heartbeat_stale_critical_s,
            ),
        ]  # fmt: skip
        return [
            f"TRADING_{name.upper()} is {value:g} s and must be at most {what} ({limit:g} s)"
            for name, value, what, limit in at_most
            if value > limit
        ]


def load() -> Settings:
    """Settings from the environment.

    Raises:
        SettingsError: a variable is missing, malformed or contradicts another.
    """
    nothing_given: dict[str, Any] = {}  # every field comes from the environment
    try:
        settings = Settings(**nothing_given)
    except ValidationError as error:
        told = [f"TRADING_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].lower()}" for e in error.errors()]
        raise SettingsError("settings are not usable: " + "; ".join(told)) from None
    if problems := settings.problems():
        raise SettingsError("settings contradict each other: " + "; ".join(problems))
    return settings
