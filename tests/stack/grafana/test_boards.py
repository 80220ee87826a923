"""The boards and the provisioning of this project, as files that Grafana 10.4.0 loads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from grafana_foundation_sdk.models.dashboard import Dashboard

from harness.containers.plan import Login
from harness.panels import Span, panel_requests
from stack.grafana.boards.__main__ import BOARDS, FOLDER, as_json, main
from stack.grafana.standin.dashboards import providers
from stack.grafana.standin.plugins.clickhouse_macros import expand as expand_clickhouse
from stack.grafana.standin.plugins.postgres_macros import expand as expand_postgres
from stack.grafana.standin.plugins.prometheus import Prometheus
from stack.grafana.standin.provisioning import data_sources
from stack.grafana.standin.sources import DataSource
from stack.services.grafana import grafana
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
    """The SDK's own model reads it; it is not wrapped; schema, uid and title are what file provisioning needs."""
    body = json.loads(path.read_text(encoding="utf-8"))
    assert Dashboard.from_json(body).title == body["title"]
    assert body["schemaVersion"] == 39
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", body["uid"])
    assert body["uid"] == path.stem
    assert body.get("id") is None
    assert body["annotations"] == {"list": []}
    assert body["timepicker"]["time_options"] == ["1h", "24h", "7d"]
    assert [panel["id"] for panel in body["panels"]] == list(range(1, len(body["panels"]) + 1))


def test_every_panel_says_what_it_is_for_and_how_often_it_is_drawn() -> None:
    """Description, points, interval and data source are explicit, so browser and probe send the same body."""
    for panel in panels():
        assert panel["description"].endswith("."), panel["title"]
        assert (panel["maxDataPoints"], panel["interval"]) == (300, "1s"), panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"] == "no data", panel["title"]


def test_panels_refer_to_provisioned_sources_by_uid_and_canonical_type() -> None:
    """In panel and target alike, and every target of a panel reads the panel's source."""
    known = {uid: source.type for uid, source in provisioned().items()}
    used = set()
    for panel in panels():
        reference = panel["datasource"]
        assert known[reference["uid"]] == reference["type"], panel["title"]
        assert {json.dumps(target["datasource"], sort_keys=True) for target in panel["targets"]} == {
            json.dumps(reference, sort_keys=True)
        }
        used.add(reference["uid"])
    assert used == set(known)


def test_no_two_panels_overlap() -> None:
    """Each cell of a board belongs to one panel, and none sticks out of the 24 columns."""
    taken: dict[tuple[int, int], str] = {}
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert taken.setdefault(cell, panel["title"]) == panel["title"]


def test_a_redis_panel_asks_once() -> None:
    """The plugin runs commands in turn: two would take two timeouts when Redis hangs."""
    assert all(len(panel["targets"]) == 1 for panel in panels() if panel["datasource"]["uid"] == "redis")


def test_trade_state_shows_what_was_asked_for() -> None:
    """R-20, and it is refreshed every 10 s."""
    body = json.loads((FOLDER / "trade-state.json").read_text(encoding="utf-8"))
    titles = {panel["title"] for panel in body["panels"]}
    assert {"Open Trades", "Active Orders", "Slippage", "Failed Trades"} <= titles
    assert (body["uid"], body["refresh"]) == ("trade-state", "10s")


def test_macros_of_every_panel_are_known() -> None:
    """What the browser sends is expanded by the server without an error and without a rest."""
    listed = [
        {"id": source.id, "uid": source.uid, "name": source.name, "type": source.type, "jsonData": source.json_data}
        for source in provisioned().values()
    ]
    for path in files():
        board = json.loads(path.read_text(encoding="utf-8"))
        for request in panel_requests(board, listed, Span(from_ms=0, to_ms=900_000)):
            for query in request.body["queries"]:
                expand = {"pg": expand_postgres, "ch": expand_clickhouse}.get(request.source_uid)
                if expand is not None:
                    assert "$" not in expand(ask(**query)), request.title


def test_promql_of_every_panel_parses() -> None:
    """With the macros filled in as the server does it."""
    plugin = Prometheus(provisioned()["prom"], settings())
    for target in (target for panel in panels() for target in panel["targets"] if "expr" in target):
        promql_parser.parse(plugin.expand(ask(**target), 15_000))


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
