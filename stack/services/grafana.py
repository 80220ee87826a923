"""Grafana, or its stand-in: the same provisioning, the same boards, the same environment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any

import yaml

from harness.containers.plan import HttpReady, Login, Service
from harness.errors import UsageError
from harness.model import ExpectedPanel
from harness.panels import parse_duration_ms
from harness.panels.lint import twice
from stack.services.clickhouse import DATABASE as CLICKHOUSE_DATABASE
from stack.services.postgres import DATABASE as POSTGRES_DATABASE
from stack.services.prometheus import text_of
from stack.services.trading import Passwords

FOLDER = Path(__file__).parent.parent.parent / "grafana"
BOARDS = FOLDER / "dashboards"
DATA_SOURCES = FOLDER / "provisioning" / "datasources"
PORT = 3000
WITHOUT_DATA = ("row", "text")


def board_texts(folder: Path = BOARDS) -> Mapping[str, str]:
    """The dashboards that Grafana must show: the text of each file, by its name.

    Raises:
        UsageError: the folder holds no board, one does not load, or two are called the same.
    """
    texts = {path.name: checked(path) for path in sorted(folder.glob("*.json"))}
    if not texts:
        raise UsageError(f"{folder} holds no board (*.json)")
    for problem in twice([json.loads(text) for text in texts.values()]):
        raise UsageError(f"{folder}: {problem}, and Grafana keeps one of them")
    return texts


def expected_panels(
    time_scale: float = 1.0,
    fastest_s: float = 0.0,
    slowest_s: float = inf,
    *,
    boards: Mapping[str, str] | None = None,
) -> tuple[ExpectedPanel, ...]:
    """Every panel that viewers have to load, from the boards' own files.

    Args:
        time_scale: the boards' refresh intervals are divided by it.
        slowest_s: each board is loaded at least this often, production s, whatever it says itself.
        fastest_s: but no board is loaded more often than this, real s.
        boards: text of each board by its file's name; the project's own without it.

    Raises:
        UsageError: a board does not load, or lacks what viewers need of it.
    """
    found: list[ExpectedPanel] = []
    for name, text in (board_texts() if boards is None else boards).items():
        try:
            found += _owed(json.loads(text), time_scale, fastest_s, slowest_s)
        except (KeyError, TypeError, ValueError, AttributeError) as damage:
            raise UsageError(f"{name} is no board that can be looked at: {damage!r}") from damage
    return tuple(found)


def _owed(board: Any, time_scale: float, fastest_s: float, slowest_s: float) -> Iterator[ExpectedPanel]:
    uncompressed_s = min(parse_duration_ms(board["refresh"]) / 1000, slowest_s)
    for panel in board.get("panels", ()):
        if panel.get("type") not in WITHOUT_DATA:
            asked = [target for target in panel.get("targets", ()) if not target.get("hide")]
            yield ExpectedPanel(
                board=board["uid"],
                panel=panel["id"],
                title=panel["title"],
                refs=tuple(target["refId"] for target in asked),
                refresh_s=max(uncompressed_s / time_scale, fastest_s),
                uncompressed_s=uncompressed_s,
                promql=tuple(target["expr"] for target in asked if target.get("expr")),
            )


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
    login: Login,
    *,
    passwords: Passwords,
    monitor_password: str,
    scrape_interval_s: float,
    host_port: int = 0,
    boards: Mapping[str, str] | None = None,
) -> Service:
    """Grafana with its data sources and boards provisioned from `grafana/`.

    Args:
        login: the administrator.
        passwords: of Redis and ClickHouse.
        monitor_password: of the role `grafana_monitor`.
        scrape_interval_s: of Prometheus, real s; its data source must know it.
        host_port: port of 127.0.0.1 to show it on; 0 for a free one.
        boards: text of each board by its file's name; the project's own without it.
    """
    shown = board_texts() if boards is None else boards
    files = {f"/var/lib/grafana/dashboards/{name}": text for name, text in shown.items()}
    for path in sorted((FOLDER / "provisioning").rglob("*.y*ml")):
        files[f"/etc/grafana/provisioning/{path.relative_to(FOLDER / 'provisioning')}"] = checked(path)
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
        files=files,
    )
