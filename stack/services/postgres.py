"""PostgreSQL: the record of everything that was promised."""

from __future__ import annotations

from pathlib import Path

from harness.containers.plan import Login, SayReady, Service

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
        # Over TCP: while the init scripts run, the server listens on a local socket only. Asked from outside, as a
        # command in the container each time takes a good part of the processor while everything starts.
        ready=SayReady(port=5432, say=_startup(owner.user), hear=b"R"),
        command=("postgres", "-c", "fsync=off"),  # docs/decisions/postgres-without-fsync.md
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


def _startup(user: str) -> bytes:
    """The first message of protocol 3.0: a server that takes sessions asks for a password ("R"), another says why not.

    PostgreSQL's documentation, "Message Formats": length, version 196608, then names and values, each ended by a zero.
    """
    names = b"".join(part.encode() + b"\0" for part in ("user", user, "database", DATABASE)) + b"\0"
    return (8 + len(names)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + names
