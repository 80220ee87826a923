"""One module a data source plugin, and the table of those that the stand-in has."""

from collections.abc import Callable, Mapping

from ..settings import Settings
from ..sources import DataSource
from .base import Plugin
from .clickhouse import ClickHouse
from .postgres import Postgres
from .prometheus import Prometheus
from .redis import Redis

PLUGINS: Mapping[str, Callable[[DataSource, Settings], Plugin]] = {
    "prometheus": Prometheus,
    "grafana-postgresql-datasource": Postgres,
    "grafana-clickhouse-datasource": ClickHouse,
    "redis-datasource": Redis,
}
"""Canonical plugin id to its maker."""

ALIASES: Mapping[str, str] = {"postgres": "grafana-postgresql-datasource"}
"""Other names a file may use; the API answers the canonical one."""
