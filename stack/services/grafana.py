"""Grafana, or its stand-in: the same provisioning, the same boards, the same environment."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import yaml

from harness.containers.plan import HttpReady, Login, Service
from harness.errors import UsageError
from harness.model import ExpectedPanel
from harness.panels import parse_duration_ms
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.postgres import DATABASE as POSTGRES_DATABASE
from stack.services.prometheus import text_of
from stack.services.trading import Passwords

FOLDER = Path(__file__).parent.parent.parent / "grafana"
PORT = 3000
WITHOUT_DATA = ("row", "text")


def board_files() -> tuple[Path, ...]:
    """The dashboards that Grafana must show."""
    return tuple(sorted((FOLDER / "dashboards").glob("*.json")))


def expected_panels(
    time_scale: float = 1.0, fastest_s: float = 0.0, slowest_s: float = inf
) -> tuple[ExpectedPanel, ...]:
    """Every panel that viewers have to load, from the boards' own files.

    Args:
        time_scale: the boards' refresh intervals are divided by it.
        slowest_s: each board is loaded at least this often, production s, whatever it says itself.
        fastest_s: but no board is loaded more often than this, real s.

    Raises:
        UsageError: a board does not load.
    """
    found = []
    for path in board_files():
        board = json.loads(checked(path))
        refresh_s = max(min(parse_duration_ms(board["refresh"]) / 1000, slowest_s) / time_scale, fastest_s)
        for panel in board.get("panels", ()):
            if panel.get("type") not in WITHOUT_DATA:
                asked = (target["refId"] for target in panel.get("targets", ()) if not target.get("hide"))
                found.append(
                    ExpectedPanel(
                        board=board["uid"],
                        panel=panel["id"],
                        title=panel["title"],
                        refs=tuple(asked),
                        refresh_s=refresh_s,
                    )
                )
    return tuple(found)


def checked(path: Path) -> str:
    """A provisioning or board file's text, known to load.

    Grafana skips a board that does not load and goes on, and stops at other files only after it was started.

    Raises:
        UsageError: it does not load, or the board has no title; names the file.
    """
    text = text_of(path)
    try:
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as damage:
        raise UsageError(f"{path} does not load: {' '.join(str(damage).split())}") from damage
    if not isinstance(content, dict):
        raise UsageError(f"{path} does not load: it holds no mapping")
    if path.suffix == ".json" and not str(content.get("title") or "").strip():
        raise UsageError(f"{path} is no board: it has no title (file provisioning takes the bare board object)")
    return text


def grafana(
    login: Login, *, passwords: Passwords, monitor_password: str, scrape_interval_s: float, host_port: int = 0
) -> Service:
    """Grafana with its data sources and boards provisioned from `grafana/`.

    Args:
        login: the administrator.
        passwords: of Redis and ClickHouse.
        monitor_password: of the role `grafana_monitor`.
        scrape_interval_s: of Prometheus, real s; its data source must know it.
        host_port: port of 127.0.0.1 to show it on; 0 for a free one.
    """
    files = {f"/var/lib/grafana/dashboards/{path.name}": path for path in board_files()}
    for path in sorted((FOLDER / "provisioning").rglob("*.y*ml")):
        files[f"/etc/grafana/provisioning/{path.relative_to(FOLDER / 'provisioning')}"] = path
    return Service(
        name="grafana",
        image="grafana",
        ready=HttpReady(port=PORT, path="/api/health"),
        environment={
            "GF_SECURITY_ADMIN_USER": login.user,
            "GF_SECURITY_ADMIN_PASSWORD": login.password,
            "GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION": "true",
            "GF_PATHS_PROVISIONING": "/etc/grafana/provisioning",
            "GF_SERVER_HTTP_PORT": str(PORT),
            "GF_USERS_AUTO_ASSIGN_ORG_ROLE": "Viewer",
            "GF_AUTH_ANONYMOUS_ENABLED": "false",
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            "GF_NEWS_NEWS_FEED_ENABLED": "false",
            "GRAFANA_PROMETHEUS_URL": "http://prometheus:9090",
            "GRAFANA_PROMETHEUS_SCRAPE_INTERVAL": f"{scrape_interval_s:g}s",
            "GRAFANA_POSTGRES_URL": "postgres:5432",
            "GRAFANA_POSTGRES_USER": "grafana_monitor",
            "GRAFANA_POSTGRES_PASSWORD": monitor_password,
            "GRAFANA_POSTGRES_DATABASE": POSTGRES_DATABASE,
            "GRAFANA_CLICKHOUSE_HOST": "clickhouse",
            "GRAFANA_CLICKHOUSE_USER": passwords.clickhouse_user,
            "GRAFANA_CLICKHOUSE_PASSWORD": passwords.clickhouse,
            "GRAFANA_CLICKHOUSE_DATABASE": CLICKHOUSE_DATABASE,
            "GRAFANA_REDIS_URL": "redis://redis:6379",
            "GRAFANA_REDIS_PASSWORD": passwords.redis,
        },
        ports=(PORT,),
        fixed_ports={PORT: host_port} if host_port else {},
        files={target: checked(path) for target, path in files.items()},
    )
