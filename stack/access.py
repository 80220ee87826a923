"""Who may do what: people at the boards, and the role through which boards read PostgreSQL (R-04, R-70, R-71)."""

from __future__ import annotations

from typing import Any

from harness.containers.attempts import WORKED, Attempt, Due, HttpAttempt, SqlAttempt
from harness.containers.plan import Login

PORT = 3000
QUERY = "/api/ds/query"
REFUSED_LOGIN = Due(codes=("401",))
# Without a permission Grafana answers 403.
FORBIDDEN = Due(codes=("403",))
WORKS = Due(codes=("200",), refused=False)
NO_PRIVILEGE = Due(codes=("42501",))
# What the role may read, and what lies beside it.
READABLE = (
    "trading_signals",
    "orders",
    "execution_events",
    "model_versions",
    "model_quality_metrics",
    "subscriptions",
)
# A session may leave its read-only mode by itself: what holds is that nothing more was granted.
WRITING = "SET TRANSACTION READ WRITE; "
UNREADABLE = ("leadership", "leadership_history", "positions", "outbox", "pending_signals", "instance_heartbeats")


def attempts(admin: Login, viewer: Login, monitor: Login) -> tuple[Attempt, ...]:
    """All attempts, in their order: the viewer is made before it is used.

    Args:
        admin: Grafana's administrator.
        viewer: a user that does not exist yet.
        monitor: the role `grafana_monitor`.
    """
    return (*_strangers(admin), *_of_viewer(admin, viewer), *_of_monitor(monitor))


def _strangers(admin: Login) -> tuple[Attempt, ...]:
    wrong = Login(user=admin.user, password=f"not-{admin.password}")
    default = Login(user="admin", password="admin")  # noqa: S106 - the one that everybody knows
    users = "/api/org/users"
    return (
        _grafana("nobody reads the list of boards", "/api/search?type=dash-db", REFUSED_LOGIN),
        _grafana("nobody asks a data source", QUERY, REFUSED_LOGIN, method="POST", body=_select("SELECT 1")),
        _grafana("the administrator with a wrong password", users, REFUSED_LOGIN, by=wrong),
        _grafana("the default password", users, REFUSED_LOGIN, by=default),
        _grafana("the administrator with the right password", users, WORKS, by=admin),
    )


def _of_viewer(admin: Login, viewer: Login) -> tuple[Attempt, ...]:
    users, admins = "/api/org/users", "/api/admin/users"
    account = {"name": "Viewer", "login": viewer.user, "email": "", "password": viewer.password, "OrgId": 1}
    board = {"dashboard": {"title": "not allowed", "panels": [], "schemaVersion": 39}, "overwrite": True}
    source = {"name": "not allowed", "type": "prometheus", "access": "proxy", "url": "http://prometheus:9090"}
    read = Due(codes=("200",), refused=False, says='"values"')
    denied = Due(codes=("400", "500"), says="permission denied")
    return (
        _grafana("the administrator makes a viewer", admins, WORKS, "POST", account, by=admin),
        _grafana("a viewer reads the list of boards", "/api/search?type=dash-db", WORKS, by=viewer),
        _grafana("a viewer asks a data source", QUERY, read, "POST", _select("SELECT count(*) FROM orders"), by=viewer),
        _grafana("a viewer writes a board", "/api/dashboards/db", FORBIDDEN, "POST", board, by=viewer),
        _grafana("a viewer adds a data source", "/api/datasources", FORBIDDEN, "POST", source, by=viewer),
        _grafana("a viewer lists the users", users, FORBIDDEN, by=viewer),
        _grafana(
            "a viewer makes a user", "/api/admin/users", FORBIDDEN, "POST", {**account, "login": "more"}, by=viewer
        ),
        _grafana(
            "a viewer makes itself an administrator",
            "/api/org/users/2",
            FORBIDDEN,
            "PATCH",
            {"role": "Editor"},
            by=viewer,
        ),
        _grafana(
            "a viewer reads the leadership record through a board",
            QUERY,
            denied,
            "POST",
            _select("SELECT * FROM leadership"),
            by=viewer,
        ),
        _grafana(
            "a viewer deletes orders through a board",
            QUERY,
            Due(codes=("400", "500"), says="cannot execute DELETE in a read-only transaction"),
            "POST",
            _select("DELETE FROM orders"),
            by=viewer,
        ),
    )


def _of_monitor(monitor: Login) -> tuple[Attempt, ...]:
    wrong = Login(user=monitor.user, password=f"not-{monitor.password}")
    works = Due(codes=(WORKED,), refused=False)
    return (
        _sql("grafana_monitor with a wrong password", wrong, "SELECT 1", Due(codes=("28P01",))),
        *(_sql(f"grafana_monitor reads {table}", monitor, _first(table), works) for table in READABLE),
        *(_sql(f"grafana_monitor reads {table}", monitor, _first(table), NO_PRIVILEGE) for table in UNREADABLE),
        *(_sql(f"grafana_monitor deletes from {table}", monitor, _all_gone(table), NO_PRIVILEGE) for table in READABLE),
        _sql("grafana_monitor makes a table", monitor, f"{WRITING}CREATE TABLE more (id int)", NO_PRIVILEGE),
        _sql("grafana_monitor becomes the application", monitor, "SET ROLE trading_app", NO_PRIVILEGE),
    )


def _first(table: str) -> str:
    return f"SELECT 1 FROM {table} LIMIT 1"  # noqa: S608 - names of our own tables


def _all_gone(table: str) -> str:
    return f"{WRITING}DELETE FROM {table}"  # noqa: S608 - as above


def _grafana(
    what: str,
    path: str,
    due: Due,
    method: str = "GET",
    body: dict[str, Any] | None = None,
    by: Login | None = None,
) -> HttpAttempt:
    user, password = (by.user, by.password) if by else ("", "")
    return HttpAttempt(
        what=what,
        service="grafana",
        port=PORT,
        method=method,
        path=path,
        body=body,
        user=user,
        password=password,
        due=due,
    )


def _sql(what: str, role: Login, sql: str, due: Due) -> SqlAttempt:
    return SqlAttempt(what=what, service="postgres", user=role.user, password=role.password, sql=sql, due=due)


def _select(sql: str) -> dict[str, Any]:
    """The body of a table query to the boards' PostgreSQL (docs: Grafana 10.4, POST /api/ds/query)."""
    target = {
        "refId": "A",
        "datasource": {"type": "grafana-postgresql-datasource", "uid": "pg"},
        "rawSql": sql,
        "format": "table",
        "intervalMs": 1000,
        "maxDataPoints": 100,
    }
    return {"from": "now-5m", "to": "now", "queries": [target]}
