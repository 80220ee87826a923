"""The reference trading application: three instances, each with its own links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.containers.plan import HttpReady, Link, Service
from harness.errors import UsageError
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.postgres import DATABASE as POSTGRES_DATABASE

PORT = 8000
SETTINGS = ("exchange_orders_per_s", "max_backlog")  # scenarios may want these other than usual

# Production timings of the application, s. Each is divided by the time scale, down to a floor: below it a busy
# two-core machine elects leaders out of thin air (docs/decisions/time-scale.md).
TIMINGS_S: Mapping[str, float] = {
    "lease_ttl_s": 30,
    "lease_renew_s": 10,
    "db_lease_ttl_s": 30,
    "db_timeout_s": 2,
    "redis_timeout_s": 1,
    "db_sync_s": 2.5,
    "heartbeat_s": 5,
    "redis_retry_s": 5,
    "state_write_s": 5,
    "clickhouse_read_s": 15,
    "outbox_backoff_min_s": 1,
    "outbox_backoff_max_s": 30,
    "outbox_takeover_s": 30,
    "recovery_backoff_min_s": 1,
    "recovery_backoff_max_s": 15,
    "leadership_window_s": 3600,
    "sync_window_s": 300,
    "rate_window_s": 30,
    "quality_s": 5,
    "heartbeat_stale_warning_s": 30,
    "heartbeat_stale_critical_s": 60,
}
FLOORS_S: Mapping[str, float] = {
    "lease_ttl_s": 2.0,
    "lease_renew_s": 0.5,
    "db_lease_ttl_s": 2.0,
    "db_timeout_s": 0.75,  # real work of a busy machine, which no factor makes faster
    "redis_timeout_s": 0.5,
    "quality_s": 1.0,  # as often as boards look at most
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """What an instance needs to log in."""

    redis: str
    postgres: str
    clickhouse_user: str
    clickhouse: str


def trading(
    number: int,
    *,
    links: tuple[Link, ...],
    passwords: Passwords,
    timings_s: Mapping[str, float],
    known_bad: tuple[str, ...],
    settings: tuple[tuple[str, str], ...] = (),
) -> Service:
    """Instance trading-<number>.

    Args:
        number: from 1.
        links: its proxied connections, by name "trading-<number>:<service>".
        passwords: its logins.
        timings_s: settings in real s, by name.
        known_bad: wrong variants to switch on.
        settings: of `SETTINGS`, those that a scenario wants other than usual.

    Raises:
        UsageError: a setting is none that a scenario may change.
    """
    name = f"trading-{number}"
    ports = {link.name.partition(":")[2]: str(link.port) for link in links if link.name.startswith(f"{name}:")}
    environment = {
        "TRADING_INSTANCE_ID": name,
        "TRADING_KNOWN_BAD": ",".join(known_bad),
        "TRADING_POSTGRES_DATABASE": POSTGRES_DATABASE,
        "TRADING_POSTGRES_PASSWORD": passwords.postgres,
        "TRADING_REDIS_PASSWORD": passwords.redis,
        "TRADING_CLICKHOUSE_DATABASE": CLICKHOUSE_DATABASE,
        "TRADING_CLICKHOUSE_USER": passwords.clickhouse_user,
        "TRADING_CLICKHOUSE_PASSWORD": passwords.clickhouse,
    }
    for service, port in ports.items():
        environment[f"TRADING_{service.upper()}_HOST"] = "toxiproxy"
        environment[f"TRADING_{service.upper()}_PORT"] = port
    for setting, value in settings:
        if setting not in SETTINGS:
            raise UsageError(
                f"the application has no setting '{setting}' for scenarios; there are {', '.join(SETTINGS)}"
            )
        environment[f"TRADING_{setting.upper()}"] = value
    environment |= {f"TRADING_{setting.upper()}": f"{value:.6g}" for setting, value in timings_s.items()}
    return Service(
        name=name,
        image="trading_app",
        ready=HttpReady(port=PORT, path="/health"),
        environment=environment,
        ports=(PORT,),
        needs=("postgres", "redis", "toxiproxy"),
    )
