"""The whole stack on one page: every service, every link, and how the harness drives and reads it."""

from __future__ import annotations

from dataclasses import replace

from harness.containers.passwords import password
from harness.containers.plan import (
    Drained,
    FinalRead,
    HealthTarget,
    Login,
    PlanRequest,
    Role,
    StackPlan,
    SteadyQuery,
    Traffic,
)
from harness.timing import compress_settings
from stack.access import attempts
from stack.board_mistakes import apart, with_mistakes
from stack.history import history
from stack.images import CATALOGUE
from stack.mistakes import MISTAKES
from stack.services.alertmanager import CONFIG as ALERTMANAGER_FILE
from stack.services.alertmanager import alertmanager
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.clickhouse import clickhouse
from stack.services.grafana import BOARDS, DATA_SOURCES, board_texts, expected_panels, grafana
from stack.services.postgres import DATABASE as POSTGRES_DATABASE
from stack.services.postgres import postgres
from stack.services.prometheus import CONFIG as PROMETHEUS_FILE
from stack.services.prometheus import EVENTS, REAL_TIME, RULES, own_alerts, production_files, prometheus, text_of
from stack.services.redis import redis
from stack.services.sink import sink
from stack.services.toxiproxy import links_of, toxiproxy
from stack.services.trading import FLOORS_S, PORT, TIMINGS_S, Passwords, trading

__all__ = [
    "ALERTMANAGER_FILE",
    "BOARDS",
    "DATA_SOURCES",
    "EVENTS",
    "IMAGES",
    "MISTAKES",
    "PROMETHEUS_FILE",
    "REAL_TIME",
    "RULE_FILES",
    "RULE_TESTS",
    "SUBJECT",
    "plan",
]

IMAGES = CATALOGUE
SUBJECT = "trading_app"
RULE_FILES = (RULES,)
RULE_TESTS = RULES.parent.parent / "unit_tests"
INSTANCES = (1, 2, 3)
WATCHERS = frozenset({"prometheus", "alertmanager", "grafana", "sink"})
SCRAPE_INTERVAL_S = 15.0  # stack/prometheus/prometheus.yml
# Who watches an outage has chosen 30 s in the boards' picker: at their own 60 s (R-31) hardly two looks fall into it.
BOARD_REFRESH_S = 30.0  # production s
FASTEST_REFRESH_S = 2.0  # one viewer with five boards on two cores; none is asked for more often than this

FINAL_READS = (
    # `committed_s` is when others could see a row (initdb/05-commit-times.sql): `at_s` is inside the transaction.
    FinalRead(
        kind="accepted",
        service="postgres",
        sql="SELECT signal_id AS id, accepted_by AS by, extract(epoch FROM received_at)::float8 AS at_s, "
        "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS committed_s FROM trading_signals",
    ),
    FinalRead(
        kind="effect",
        service="postgres",
        sql="SELECT signal_id AS id, order_id AS effect_id, epoch, executed_by AS by, "
        "extract(epoch FROM created_at)::float8 AS at_s, status, "
        "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS committed_s "
        "FROM orders ORDER BY created_at, order_id",
    ),
    FinalRead(
        kind="event",
        service="postgres",
        # Quantity, cost and profit are what the execution moved: by these sums a position follows from all that was
        # executed. `latency` counts from the acceptance, s; ClickHouse had confirmed the execution by `shipped_s`.
        sql="SELECT e.signal_id AS id, e.order_id AS effect_id, e.execution_id AS event_id, epoch, e.asset, "
        "signed AS quantity, signed * execution_price + realized_pnl + execution_fees AS cost, realized_pnl, "
        "event_type AS status, slippage, executed_by AS by, extract(epoch FROM executed_at)::float8 AS at_s, "
        "extract(epoch FROM executed_at - received_at)::float8 AS latency, "
        "extract(epoch FROM pg_xact_commit_timestamp(e.xmin))::float8 AS committed_s, shipped_s "
        "FROM execution_events AS e LEFT JOIN trading_signals AS s USING (signal_id) "
        "LEFT JOIN (SELECT execution_id, extract(epoch FROM max(shipped_at))::float8 AS shipped_s "
        "FROM outbox GROUP BY execution_id) AS sent USING (execution_id), "
        "LATERAL (SELECT CASE WHEN event_type <> 'filled' THEN 0 "
        "WHEN e.side = 'BUY' THEN execution_quantity ELSE -execution_quantity END AS signed) AS direction",
    ),
    FinalRead(
        kind="position",
        service="postgres",
        sql="SELECT asset, quantity, quantity * avg_price AS cost, realized_pnl FROM positions ORDER BY asset",
    ),
    FinalRead(
        kind="outbox",
        service="postgres",
        sql="SELECT payload->>'signal_id' AS id, payload->>'order_id' AS effect_id, execution_id AS event_id, "
        "shipped_at IS NOT NULL AS shipped FROM outbox",
    ),
    FinalRead(
        kind="shipped",
        service="clickhouse",
        sql="SELECT signal_id AS id, order_id AS effect_id, execution_id AS event_id FROM executions FINAL",
    ),
    FinalRead(
        kind="epoch",
        service="postgres",
        sql="SELECT epoch, leader_id AS leader, extract(epoch FROM acquired_at)::float8 AS from_s "
        "FROM leadership_history ORDER BY epoch",
    ),
)
DRAINED = (
    Drained(
        what="every accepted signal to be executed",
        sql="SELECT count(*) FROM trading_signals s LEFT JOIN orders o USING (signal_id) WHERE o.signal_id IS NULL",
        within_s=15.0,
    ),
    Drained(
        what="every execution to be shipped to ClickHouse",
        sql="SELECT count(*) FROM outbox WHERE shipped_at IS NULL",
        within_s=15.0,
    ),
)
# By the record, which decides who may act; whoever is not the leader by name comes first.
ROLES = {
    "leader": Role(service="postgres", sql="SELECT leader_id FROM leadership WHERE lease_until > clock_timestamp()"),
    "follower": Role(
        service="postgres",
        sql="SELECT min(instance_id) FROM instance_heartbeats, leadership WHERE instance_id <> leader_id",
    ),
}
STEADY = (
    SteadyQuery(what="one leader", promql="sum(portfolio_manager_is_leader)", value=1),
    SteadyQuery(what="every target scraped", promql="count(up) - sum(up)", value=0),
    SteadyQuery(what="nobody in fallback mode", promql="sum(portfolio_manager_fallback_mode)", value=0),
    SteadyQuery(what="signals executed", promql="sum(redis_tss_signals_executed_total) > bool 0", value=1),
    SteadyQuery(what="executions in ClickHouse", promql="count(clickhouse_slippage_average) > bool 0", value=1),
)


def _scraped_for_a_while(scrape_interval_s: float) -> SteadyQuery:
    """A board's rates look back over four scrapes (Grafana's $__rate_interval): before that they are rightly empty."""
    window_ms = round(5.5 * scrape_interval_s * 1000)
    promql = f"min(sum_over_time(up[{window_ms}ms])) >= bool 5"
    return SteadyQuery(what="five scrapes of every target", promql=promql, value=1)


def plan(request: PlanRequest) -> StackPlan:
    """The stack for one run; passwords are new in each.

    Raises:
        UsageError: a configuration file cannot be used at this time scale.
    """
    k = request.time_scale
    owner, clickhouse_login = (
        Login(user="trading_owner", password=password()),
        Login(user="trading", password=password()),
    )
    of_application, of_boards = apart(request.known_bad)
    boards = with_mistakes(board_texts(request.boards or BOARDS), of_boards)
    grafana_login = Login(user="admin", password=password())
    app_password, monitor_password = password(), password()
    passwords = Passwords(
        redis=password(),
        postgres=app_password,
        clickhouse_user=clickhouse_login.user,
        clickhouse=clickhouse_login.password,
    )
    timings = compress_settings(TIMINGS_S, k, floors=FLOORS_S)
    links = tuple(link for number in INSTANCES for link in links_of(number))
    instances = tuple(
        trading(
            number,
            links=links,
            passwords=passwords,
            timings_s=timings.values,
            known_bad=of_application,
            settings=request.subject_settings,
        )
        for number in INSTANCES
    )
    names = tuple(instance.name for instance in instances)
    whole = StackPlan(
        services=(
            postgres(owner, app_password=app_password, monitor_password=monitor_password),
            redis(passwords.redis),
            clickhouse(clickhouse_login),
            toxiproxy(links),
            sink(),
            prometheus(k, request.rules),
            alertmanager(k),
            grafana(
                grafana_login,
                passwords=passwords,
                monitor_password=monitor_password,
                scrape_interval_s=SCRAPE_INTERVAL_S / k,
                host_port=request.grafana_port,
                boards=boards,
            ),
            *instances,
        ),
        links=links,
        logins={
            "postgres": owner,
            "clickhouse": clickhouse_login,
            "grafana": grafana_login,
            "redis": Login(user="default", password=passwords.redis),
        },
        databases={"postgres": POSTGRES_DATABASE, "clickhouse": CLICKHOUSE_DATABASE},
        settings={
            **timings.values,
            "scrape_interval_s": SCRAPE_INTERVAL_S / k,
            "panel_refresh_s": max(BOARD_REFRESH_S / k, FASTEST_REFRESH_S),
            "health_every_s": 0.5,
            "rules_every_s": SCRAPE_INTERVAL_S / k / 2,
        },
        floored=timings.floored,
        traffic=Traffic(services=names, port=PORT, path="/signals", payload="stack.traffic:signal"),
        health=tuple(HealthTarget(service=name, port=PORT) for name in names),
        steady=(*STEADY, _scraped_for_a_while(SCRAPE_INTERVAL_S / k)),
        final_reads=FINAL_READS,
        drained=DRAINED,
        data={"history": history()},
        panels=expected_panels(k, FASTEST_REFRESH_S, BOARD_REFRESH_S, boards=boards),
        attempts=attempts(
            grafana_login,
            Login(user="viewer", password=password()),
            Login(user="grafana_monitor", password=monitor_password),
        ),
        alerts=own_alerts(),
        roles=ROLES,
        production={**production_files(request.rules), "alertmanager.yml": text_of(ALERTMANAGER_FILE)},
        real_time=REAL_TIME,
        known_bad=request.known_bad,
        subject_settings=request.subject_settings,
    )
    return _lean(whole) if request.lean else whole


def _lean(whole: StackPlan) -> StackPlan:
    """The same without whatever only watches: what is left is judged by its databases and its health."""
    return replace(
        whole,
        services=tuple(service for service in whole.services if service.name not in WATCHERS),
        steady=(),
        panels=(),
        alerts=(),
        production={},
    )
