"""PostgreSQL: the record of everything that was promised."""

from __future__ import annotations

from pathlib import Path

from harness.containers.plan import ExecReady, Login, Service

INIT = Path(__file__).parent.parent / "postgres" / "initdb"
DATABASE = "trading"


def postgres(owner: Login, *, app_password: str, monitor_password: str) -> Service:
    """PostgreSQL with the trading schema and its roles.

    Args:
        owner: the superuser; only the harness uses it.
        app_password: of the role `trading_app`.
        monitor_password: of the role `grafana_monitor` (R-04).
    """
    scripts = {f"/docker-entrypoint-initdb.d/{path.name}": path for path in sorted(INIT.iterdir())}
    return Service(
        name="postgres",
        image="postgres",
        # Over TCP: while the init scripts run, the server listens on a local socket only.
        ready=ExecReady(command=("pg_isready", "-q", "-h", "127.0.0.1", "-U", owner.user, "-d", DATABASE)),
        environment={
            "POSTGRES_USER": owner.user,
            "POSTGRES_PASSWORD": owner.password,
            "POSTGRES_DB": DATABASE,
            "TRADING_APP_PASSWORD": app_password,
            "GRAFANA_MONITOR_PASSWORD": monitor_password,
        },
        ports=(5432,),
        files={target: path.read_text(encoding="utf-8") for target, path in scripts.items()},
    )
