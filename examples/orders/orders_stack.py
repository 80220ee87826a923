"""The order book with everybody who watches it: Prometheus, Alertmanager, the people it tells, Grafana."""

import json
from dataclasses import replace
from pathlib import Path

import orders_alone
from orders_images import ORDERS, WATCHERS

from harness.containers.passwords import password
from harness.containers.plan import HttpReady, Login, PlanRequest, Service, StackPlan, SteadyQuery
from harness.mistakes import Mistake
from harness.model import ExpectedPanel
from harness.timing import compress_alertmanager, compress_prometheus, compress_rules, prometheus_flags

HERE = Path(__file__).parent
IMAGES = {"orders": ORDERS, **WATCHERS}
SUBJECT = "orders"
PROMETHEUS_FILE = HERE / "prometheus" / "prometheus.yml"
RULE_FILES = (HERE / "prometheus" / "rules.yml",)
ALERTMANAGER_FILE = HERE / "alertmanager.yml"
BOARDS = HERE / "grafana"
DATA_SOURCES = HERE / "grafana" / "datasources"
MISTAKES = (Mistake(name="ack-first", switches=("ack-first",), scenario="orders-killed", caught_by=("ExactlyOnce",)),)
SCRAPE_S = 15.0  # prometheus/prometheus.yml
REFRESH_S = 2.0  # real s


def plan(request: PlanRequest) -> StackPlan:
    """The stack for one run."""
    rules, boards = request.rules or RULE_FILES[0], sorted((request.boards or BOARDS).glob("*.json"))
    login = Login(user="admin", password=password())
    alone, scrape_s = orders_alone.plan(request), SCRAPE_S / request.time_scale
    watched_for = f"min(sum_over_time(up[{round(5500 * scrape_s)}ms])) >= bool 5"
    return replace(
        alone,
        services=(
            *alone.services,
            _prometheus(request.time_scale, rules),
            _alertmanager(request.time_scale),
            Service(name="sink", image="sink", ready=HttpReady(port=8080, path="/health"), ports=(8080,)),
            _grafana(login, boards, scrape_s, request.grafana_port),
        ),
        logins={"grafana": login},
        settings={
            **alone.settings,
            "scrape_interval_s": scrape_s,
            "rules_every_s": scrape_s / 2,
            "panel_refresh_s": REFRESH_S,
        },
        # A rate looks back over four scrapes: before that its panel is rightly empty.
        steady=(SteadyQuery(what="five scrapes of the order book", promql=watched_for, value=1),),
        panels=tuple(panel for path in boards for panel in _panels(path)),
        alerts=("OrdersDown",),
        production={
            "prometheus.yml": PROMETHEUS_FILE.read_text(encoding="utf-8"),
            "rules/rules.yml": rules.read_text(encoding="utf-8"),
            "alertmanager.yml": ALERTMANAGER_FILE.read_text(encoding="utf-8"),
        },
    )


def _panels(path: Path) -> tuple[ExpectedPanel, ...]:
    board = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        ExpectedPanel(
            board=board["uid"],
            panel=panel["id"],
            title=panel["title"],
            refs=tuple(target["refId"] for target in panel["targets"]),
        )
        for panel in board["panels"]
    )


def _prometheus(k: float, rules: Path) -> Service:
    config = PROMETHEUS_FILE.read_text(encoding="utf-8")
    return Service(
        name="prometheus",
        image="prometheus",
        ready=HttpReady(port=9090, path="/-/ready"),
        command=(
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--web.enable-admin-api",
            *prometheus_flags(k),
        ),
        ports=(9090,),
        files={
            "/etc/prometheus/prometheus.yml": compress_prometheus(config, k, file=str(PROMETHEUS_FILE)),
            "/etc/prometheus/rules/rules.yml": compress_rules(rules.read_text(encoding="utf-8"), k, file=str(rules)),
        },
    )


def _alertmanager(k: float) -> Service:
    config = ALERTMANAGER_FILE.read_text(encoding="utf-8")
    return Service(
        name="alertmanager",
        image="alertmanager",
        ready=HttpReady(port=9093, path="/-/ready"),
        command=(
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=",
        ),
        ports=(9093,),
        files={"/etc/alertmanager/alertmanager.yml": compress_alertmanager(config, k, file=str(ALERTMANAGER_FILE))},
    )


def _grafana(login: Login, boards: list[Path], scrape_s: float, host_port: int) -> Service:
    files = {
        "/etc/grafana/provisioning/datasources/datasources.yml": DATA_SOURCES / "datasources.yml",
        "/etc/grafana/provisioning/dashboards/boards.yml": BOARDS / "boards.yml",
        **{f"/var/lib/grafana/dashboards/{path.name}": path for path in boards},
    }
    return Service(
        name="grafana",
        image="grafana",
        ready=HttpReady(port=3000, path="/api/health"),
        environment={
            "GF_SECURITY_ADMIN_USER": login.user,
            "GF_SECURITY_ADMIN_PASSWORD": login.password,
            "GF_PATHS_PROVISIONING": "/etc/grafana/provisioning",
            "SCRAPE_INTERVAL": f"{scrape_s:g}s",
        },
        ports=(3000,),
        fixed_ports={3000: host_port} if host_port else {},
        files={target: path.read_text(encoding="utf-8") for target, path in files.items()},
    )
