"""The boards and the provisioning of this project, as files that Grafana 10.4.0 loads."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from harness.containers.plan import Login
from harness.panels import Span, panel_requests
from harness.panels.lint import problems, twice
from stack.grafana.boards.__main__ import BOARDS, FOLDER, as_json, main
from stack.grafana.standin.dashboards import providers
from stack.grafana.standin.plugins.clickhouse_macros import expand as expand_clickhouse
from stack.grafana.standin.plugins.postgres_macros import expand as expand_postgres
from stack.grafana.standin.plugins.prometheus import Prometheus
from stack.grafana.standin.provisioning import data_sources
from stack.grafana.standin.sources import DataSource
from stack.services.grafana import expected_panels, grafana
from stack.services.trading import Passwords
from tests.stack.grafana.support import ask, settings

PROVISIONING = FOLDER.parent / "provisioning"
ENV = {
    "GRAFANA_PROMETHEUS_URL": "http://prometheus:9090",
    "GRAFANA_PROMETHEUS_SCRAPE_INTERVAL": "15s",
    "GRAFANA_POSTGRES_URL": "postgres:5432",
    "GRAFANA_POSTGRES_DATABASE": "trading",
    "GRAFANA_POSTGRES_USER": "grafana_monitor",
    "GRAFANA_POSTGRES_PASSWORD": "pg-secret",
    "GRAFANA_CLICKHOUSE_HOST": "clickhouse",
    "GRAFANA_CLICKHOUSE_DATABASE": "trade_system",
    "GRAFANA_CLICKHOUSE_USER": "ch-user",
    "GRAFANA_CLICKHOUSE_PASSWORD": "ch-secret",
    "GRAFANA_REDIS_URL": "redis://redis:6379",
    "GRAFANA_REDIS_PASSWORD": "redis-secret",
}


def provisioned() -> dict[str, DataSource]:
    """This project's data sources by uid."""
    found = data_sources(PROVISIONING / "datasources", ENV, pytest.fail)
    return {source.uid: source for source in found}


def files() -> list[Path]:
    """Every checked-in board."""
    return sorted(FOLDER.glob("*.json"))


def panels() -> Iterator[dict[str, Any]]:
    """Every panel of every board."""
    for path in files():
        yield from json.loads(path.read_text(encoding="utf-8"))["panels"]


def test_files_and_generator_agree() -> None:
    """Nobody edits the JSON by hand, and nobody forgets to write it."""
    written = {path.name: path.read_text(encoding="utf-8") for path in files()}
    assert written == {f"{board.uid}.json": as_json(board) for board in (make() for make in BOARDS)}


def test_the_check_command_names_a_stale_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It writes nothing and ends with 1; writing makes it 0."""
    monkeypatch.setattr("stack.grafana.boards.__main__.FOLDER", tmp_path)
    assert main(["--check"]) == 1
    assert "trade-state.json" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert (main([]), main(["--check"])) == (0, 0)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_board_is_valid_for_grafana_10_4(path: Path) -> None:
    """The SDK's own model reads it and writes the same again; its uid is its file's name."""
    body = json.loads(path.read_text(encoding="utf-8"))
    register_default_plugins()
    assert as_json(Dashboard.from_json(body)) == path.read_text(encoding="utf-8")
    assert body["uid"] == path.stem
    assert body["annotations"] == {"list": []}
    assert body["timepicker"]["time_options"] == ["1h", "24h", "7d"]
    assert [panel["id"] for panel in body["panels"]] == list(range(1, len(body["panels"]) + 1))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_board_keeps_the_rules_of_the_contract(path: Path) -> None:
    """No overlap, known sources and units, descriptions, bounded tables, variables that are defined and used."""
    types = {uid: source.type for uid, source in provisioned().items()}
    known = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)} | {"none"}
    assert problems(json.loads(path.read_text(encoding="utf-8")), types, known) == []


def test_boards_and_panels_have_names_of_their_own() -> None:
    """Grafana keeps one of two boards with a name; the evidence of a run tells panels apart by their titles."""
    assert twice([json.loads(path.read_text(encoding="utf-8")) for path in files()]) == []
    titles = [panel["title"] for panel in panels()]
    assert len(set(titles)) == len(titles)


def test_runbooks_that_are_linked_exist() -> None:
    """A link of a panel is a file of this project, as those of the alerts are."""
    links = {link["url"] for panel in panels() for link in panel.get("links") or []}
    assert len(links) > 5
    assert [link for link in links if not (FOLDER.parents[1] / link).is_file()] == []


def test_boards_read_metrics_that_somebody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name in PromQL is one that an instance of the application exports, or that Prometheus makes."""
    monkeypatch.syspath_prepend(str(FOLDER.parents[1] / "stack" / "trading_app"))
    secrets = {"postgres_password": "p", "redis_password": "p", "clickhouse_password": "p", "clickhouse_user": "c"}
    settings_of = importlib.import_module("trading_app.settings").Settings
    instance = importlib.import_module("trading_app.application").Application(settings_of.model_validate(secrets))
    families = list(instance.counters.registry.collect())
    told = {"up", "scrape_duration_seconds"} | {
        family.name + {"counter": "_total", "histogram": "_bucket"}.get(family.type, "") for family in families
    }
    asked = [target["expr"] for panel in panels() for target in panel["targets"] if "expr" in target]
    words = {word for expr in asked for word in re.findall(r"[a-z]+(?:_[a-z0-9]+){2,}(?![\w(])", expr)}
    assert len(words) > 20
    assert words - told == set()


def test_every_panel_says_what_it_is_for_and_how_often_it_is_drawn() -> None:
    """Description, points, interval and data source are explicit, so browser and probe send the same body."""
    for panel in panels():
        assert panel["description"].endswith("."), panel["title"]
        assert (panel["maxDataPoints"], panel["interval"]) == (300, "1s"), panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"] == "no data", panel["title"]


def test_every_data_source_is_looked_at() -> None:
    """One that no panel reads could be dead without anybody seeing it."""
    assert {panel["datasource"]["uid"] for panel in panels()} == set(provisioned())


def test_a_redis_panel_asks_once() -> None:
    """The plugin runs commands in turn: two would take two timeouts when Redis hangs."""
    assert all(len(panel["targets"]) == 1 for panel in panels() if panel["datasource"]["uid"] == "redis")


@pytest.mark.parametrize(
    ("uid", "refresh", "shown"),
    [
        ("trade-state", "1m", {"Open Trades", "Active Orders", "Slippage", "Failed Trades"}),
        (
            "performance",
            "1m",
            {"Execution Latency", "Broker Slippage", "Connection Errors", "Total P/L", "Order Execution Rate"}
            | {"Synchronisations", "Sync Failures", "Sync Latency"},
        ),
        ("instance-state", "1m", {"CPU", "Memory", "Queue Length", "Socket Failures"}),
        (
            "high-availability",
            "10s",
            {"Overall Alert Status", "Current Leader", "Instance Status", "Sync Failure Rate", "Heartbeat Age"}
            | {"Leadership Changes per Hour", "Leader by Redis and by the Record", "Instance Health"},
        ),
        (
            "trading-system-monitoring",
            "1m",
            {"Trading Signals", "Order Execution", "Model State", "Model Quality", "System Health", "Event History"},
        ),
    ],
)
def test_boards_show_what_was_asked_for(uid: str, refresh: str, shown: set[str]) -> None:
    """R-20 to R-25, R-27, R-29 and R-30, each refreshed as R-31 has it."""
    body = json.loads((FOLDER / f"{uid}.json").read_text(encoding="utf-8"))
    assert shown <= {panel["title"] for panel in body["panels"]}
    assert (body["uid"], body["refresh"]) == (uid, refresh)


@pytest.mark.parametrize(
    ("title", "warning", "critical"),
    [("Sync Failure Rate", 0.05, 0.1), ("Changes per Hour over Time", 3, 10), ("Heartbeat Age", 30, 60)],
)
def test_threshold_lines_are_the_alerts_thresholds(title: str, warning: float, critical: float) -> None:
    """R-30 and R-45: drawn as lines, not only as colours."""
    (panel,) = [panel for panel in panels() if panel["title"] == title]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["custom"]["thresholdsStyle"]["mode"] == "line"
    assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None, warning, critical]


def test_the_history_of_events_can_be_filtered() -> None:
    """By type and by service (R-29): kinds that were not chosen are left out of the query."""
    board = json.loads((FOLDER / "trading-system-monitoring.json").read_text(encoding="utf-8"))
    (history,) = [panel for panel in board["panels"] if panel["title"] == "Event History"]
    span = Span(from_ms=0, to_ms=900_000)
    for chosen, wanted in (
        ({}, "'order' IN ('signal','order','execution','model','subscription')"),
        ({"event_type": ["order", "model"]}, "'order' IN ('order','model')"),
        ({"service": "ws-gateway"}, "'ws-gateway' IN ('ws-gateway')"),
    ):
        (request,) = panel_requests({**board, "panels": [history]}, listed(), span, chosen)
        assert wanted in request.body["queries"][0]["rawSql"]


def listed() -> list[dict[str, Any]]:
    """The data sources as the API lists them."""
    return [
        {"id": source.id, "uid": source.uid, "name": source.name, "type": source.type, "jsonData": source.json_data}
        for source in provisioned().values()
    ]


def test_macros_of_every_panel_are_known() -> None:
    """What the browser sends is expanded by the server without an error and without a rest."""
    for path in files():
        board = json.loads(path.read_text(encoding="utf-8"))
        for request in panel_requests(board, listed(), Span(from_ms=0, to_ms=900_000)):
            for query in request.body["queries"]:
                expand = {"pg": expand_postgres, "ch": expand_clickhouse}.get(request.source_uid)
                if expand is not None:
                    assert "$" not in expand(ask(**query)), request.title


def test_promql_of_every_panel_parses() -> None:
    """With the macros filled in as the server does it."""
    plugin = Prometheus(provisioned()["prom"], settings())
    for path in files():
        board = json.loads(path.read_text(encoding="utf-8"))
        for request in panel_requests(board, listed(), Span(from_ms=0, to_ms=900_000)):
            for query in request.body["queries"]:
                if "expr" in query:
                    parsed = plugin.expand(ask(**query), 15_000)
                    assert not re.search(r"\$[a-z_{]", parsed), parsed
                    promql_parser.parse(parsed)


def test_data_sources_are_tuned() -> None:
    """Timeouts of 5 s, pools of 5, read-only; the monitor's role reads PostgreSQL (R-02, R-04, R-08)."""
    sources = provisioned()
    assert {uid: source.type for uid, source in sources.items()} == {
        "prom": "prometheus",
        "pg": "grafana-postgresql-datasource",
        "ch": "grafana-clickhouse-datasource",
        "redis": "redis-datasource",
    }
    assert all(source.read_only and source.access == "proxy" for source in sources.values())
    assert [uid for uid, source in sources.items() if source.is_default] == ["prom"]
    prom, pg, ch, redis = (sources[uid].json_data for uid in ("prom", "pg", "ch", "redis"))
    assert (prom["httpMethod"], prom["timeInterval"], prom["timeout"]) == ("POST", "15s", 5)
    assert (sources["pg"].user, pg["maxOpenConns"], pg["database"]) == ("grafana_monitor", 5, "trading")
    assert (ch["dialTimeout"], ch["queryTimeout"], ch["protocol"]) == ("5", "5", "http")
    assert (redis["poolSize"], redis["timeout"]) == (5, 5)


def test_secrets_come_from_the_environment_only() -> None:
    """No password stands in the files, and each variable named in the comment is used."""
    sources = provisioned()
    assert [sources[uid].secure["password"] for uid in ("pg", "ch", "redis")] == [
        "pg-secret",
        "ch-secret",
        "redis-secret",
    ]
    text = (PROVISIONING / "datasources" / "datasources.yml").read_text(encoding="utf-8")
    documented = set(re.findall(r"^#\s+(GRAFANA_\w+)=", text, re.MULTILINE))
    assert documented == set(re.findall(r"\$(GRAFANA_\w+)", text)) == set(ENV)


def test_the_stack_sets_every_variable_of_the_data_sources() -> None:
    """An unset one would become empty without a warning, and its boards would stay dark."""
    passwords = Passwords(redis="r", postgres="p", clickhouse_user="u", clickhouse="c")
    login = Login(user="admin", password="adminadmin1")
    service = grafana(login, passwords=passwords, monitor_password="m", scrape_interval_s=1)
    assert {key for key in service.environment if key.startswith("GRAFANA_")} == set(ENV)
    assert all(service.environment.values())


def test_boards_are_read_from_the_official_folder() -> None:
    """Read-only in the browser."""
    (provider,) = providers(PROVISIONING / "dashboards", {}, pytest.fail)
    assert str(provider.path) == "/var/lib/grafana/dashboards"
    assert not provider.allow_ui_updates


@pytest.mark.parametrize(
    ("time_scale", "leadership_s", "others_s"), [(1.0, 10.0, 30.0), (5.0, 2.0, 6.0), (15.0, 2.0, 2.0)]
)
def test_viewers_look_as_often_as_boards_refresh(time_scale: float, leadership_s: float, others_s: float) -> None:
    """Divided by the time scale, at least each 30 s of production time, and never more often than each 2 s."""
    owed = {panel.board: panel.refresh_s for panel in expected_panels(time_scale, 2.0, 30.0)}
    assert owed.pop("high-availability") == leadership_s
    assert set(owed.values()) == {others_s}
    assert len(owed) == 4
