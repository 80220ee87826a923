"""Queries of the boards, one class a data source, in the form that each plugin reads.

The Foundation SDK has a model for Prometheus only; the other three are written after the plugins' own.
"""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prom")
POSTGRES = DataSourceRef(type_val="grafana-postgresql-datasource", uid="pg")
CLICKHOUSE = DataSourceRef(type_val="grafana-clickhouse-datasource", uid="ch")
REDIS = DataSourceRef(type_val="redis-datasource", uid="redis")

# An execution may be shipped twice (the outbox retries). FINAL counts it once, whether merged yet or not, and reads the
# time range only, as the table is sorted by time; grouping by the id takes five times as long over ten million rows.
EXECUTIONS = "FROM executions FINAL WHERE $__timeFilter(executed_at)"
BY_TIME = "toDateTime(intDiv(toUInt32(executed_at), $__interval_s) * $__interval_s) AS time"


@dataclass(frozen=True)
class _Json(Dataquery):
    payload: dict[str, object]

    def to_json(self) -> dict[str, object]:
        return self.payload


@dataclass(frozen=True)
class _Built(Builder[Dataquery]):
    payload: dict[str, object]

    def build(self) -> Dataquery:
        return _Json(self.payload)


def over_time(ref_id: str, expr: str, legend: str) -> Builder[Dataquery]:
    """PromQL over the board's time range."""
    return _promql(ref_id, expr, legend).range()


def now(ref_id: str, expr: str, legend: str) -> Builder[Dataquery]:
    """PromQL at the end of the board's time range."""
    return _promql(ref_id, expr, legend).instant()


def facts(ref_id: str, expr: str) -> Builder[Dataquery]:
    """PromQL at the end of the range for a table: a row a series, a column a label."""
    return _promql(ref_id, expr, "").instant().format(PromQueryFormat.TABLE)


def _promql(ref_id: str, expr: str, legend: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().ref_id(ref_id).datasource(PROMETHEUS).expr(expr).legend_format(legend)
    return query.format(PromQueryFormat.TIME_SERIES).editor_mode(QueryEditorMode.CODE)


def postgres(ref_id: str, sql: str, *, series: bool) -> Builder[Dataquery]:
    """SQL on PostgreSQL, as time series (a column `time`, ascending) or as a table."""
    return _Built(
        {
            "refId": ref_id,
            "datasource": POSTGRES,
            "rawSql": sql,
            "rawQuery": True,
            "editorMode": "code",
            "format": "time_series" if series else "table",
        }
    )


def clickhouse(ref_id: str, sql: str, *, series: bool) -> Builder[Dataquery]:
    """SQL on ClickHouse; the plugin wants its format as a number. Valid on 18.16 and on today's."""
    return _Built(
        {
            "refId": ref_id,
            "datasource": CLICKHOUSE,
            "editorType": "sql",
            "rawSql": sql,
            "format": 0 if series else 1,
            "queryType": "timeseries" if series else "table",
            "pluginVersion": "4.0.3",
        }
    )


def redis(ref_id: str, command: str, key: str, field: str = "") -> Builder[Dataquery]:
    """One typed Redis command. One a panel: the plugin runs them in turn, each with its own timeout."""
    payload: dict[str, object] = {
        "refId": ref_id,
        "datasource": REDIS,
        "type": "command",
        "command": command,
        "query": "",
        "keyName": key,
    }
    return _Built(payload | ({"field": field} if field else {}))
