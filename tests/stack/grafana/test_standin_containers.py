"""The stand-in on real services: every data source answers, fails alone, fails in time, and comes back by itself."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import docker
import pytest
import requests

from harness.machine.engine import ready_engine
from harness.machine.images import ImageStore
from harness.panels import Span, TargetAnswer, panel_requests, read_answer
from stack.grafana.boards.__main__ import FOLDER
from stack.images import GRAFANA_STANDIN
from tests.stack.grafana.real_stack import ADMIN, QUERIES, Board

pytestmark = pytest.mark.containers

TIMEOUT_S = 5.0
SLACK_S = 3.0  # a busy machine of two cores


@dataclass(frozen=True)
class Shown:
    """What a panel shows, and how long a viewer waited for it."""

    answers: tuple[TargetAnswer, ...]
    took_s: float


def shown(board: Board) -> dict[str, Shown]:
    """What every panel of Trade State shows, by title."""
    found = board.get("/api/dashboards/uid/trade-state")["dashboard"]
    now_ms = int(time.time() * 1000)
    answers = {}
    for request in panel_requests(found, board.get("/api/datasources"), Span(from_ms=now_ms - 900_000, to_ms=now_ms)):
        begun = time.monotonic()
        answer = requests.post(
            f"{board.url}/api/ds/query", json=request.body, auth=(ADMIN.user, ADMIN.password), timeout=30
        )
        answers[request.title] = Shown(
            answers=read_answer(request, answer.status_code, answer.json()), took_s=time.monotonic() - begun
        )
    return answers


def test_health_and_boards(board: Board) -> None:
    """Every data source is healthy and every checked-in board is there."""
    assert "standin" in board.get("/api/health")["version"]
    assert {hit["uid"] for hit in board.get("/api/search?type=dash-db")} == {
        path.stem for path in FOLDER.glob("*.json")
    }
    for uid in ("prom", "pg", "ch", "redis"):
        assert board.get(f"/api/datasources/uid/{uid}/health")["status"] == "OK"


def test_trade_state_on_real_services(board: Board) -> None:
    """No panel has an error, and each shows what its store holds; the application's metrics are absent here."""
    panels = {title: panel.answers for title, panel in shown(board).items()}
    assert {title: answer.error for title, (answer, *_) in panels.items() if answer.error} == {}
    last = {title: answer.last[0].value for title, (answer, *_) in panels.items() if answer.last}
    assert (last["Open Trades"], last["Active Orders"], last["Pending Signals"]) == (3, 2, 0)
    assert last["Slippage"] == pytest.approx(3.0)  # (2 + 4) / 2: the row that came twice counts once
    (orders,) = panels["Orders by Status"]
    assert {series.name for series in orders.last} == {"filled", "rejected"}
    (recent,) = panels["Recent Orders"]
    assert recent.rows == 50
    (curve,) = panels["Slippage over Time"]
    assert {series.name: series.value for series in curve.last} == {"average": 3.0, "worst": 4.0}
    assert curve.newest_ms is not None
    assert time.time() * 1000 - curve.newest_ms < 900_000


def test_the_monitor_may_not_write_or_look_elsewhere(board: Board) -> None:
    """The role behind the boards reads its six tables and nothing else (R-04)."""
    for sql in ("SELECT * FROM leadership", "DELETE FROM orders", "CREATE TABLE x (y int)"):
        body = {"from": "now-1h", "to": "now", "queries": [QUERIES["postgres"] | {"rawSql": sql}]}
        answer = requests.post(f"{board.url}/api/ds/query", json=body, auth=(ADMIN.user, ADMIN.password), timeout=30)
        assert answer.status_code == 400, sql
        assert "db query error: pq: " in answer.json()["results"]["A"]["error"]


@pytest.mark.parametrize("service", QUERIES)
def test_a_stopped_source_fails_alone_and_comes_back(board: Board, service: str) -> None:
    """Its query is an error at once, the other three answer, and after a start it answers by itself (R-33)."""
    container = board.stack.container(service)
    container.stop(timeout=10)
    try:
        status, body, took_s = board.ask(*QUERIES)
    finally:
        container.start()
    assert status == 400
    errors = {ref_id for ref_id, result in body["results"].items() if "error" in result}
    assert errors == {service}
    assert took_s < TIMEOUT_S + SLACK_S
    board.wait_for(service)


@pytest.mark.parametrize("service", ["prometheus", "clickhouse", "redis"])
def test_a_frozen_source_is_an_error_within_its_timeout(board: Board, service: str) -> None:
    """Not before: it hangs for its 5 s; the others answer as fast as ever when they are asked alone."""
    container = board.stack.container(service)
    container.pause()
    try:
        status, body, took_s = board.ask(service)
        others = [board.ask(other) for other in QUERIES if other != service]
    finally:
        container.unpause()
    assert (status, "error" in body["results"][service]) == (400, True)
    assert TIMEOUT_S - 0.5 < took_s < TIMEOUT_S + SLACK_S
    assert [other_status for other_status, _, _ in others] == [200] * 3
    assert max(took for _, _, took in others) < 3
    board.wait_for(service)


def test_a_frozen_postgres_hangs_until_the_caller_gives_up(board: Board) -> None:
    """As in Grafana, whose plugin has no timeout; callers who gave up hold no place in the pool afterwards."""
    container = board.stack.container("postgres")
    container.pause()
    try:
        for _ in range(6):  # one more than the pool holds
            with pytest.raises(requests.Timeout):
                board.ask("postgres", within_s=0.5)
        assert board.ask("redis")[0] == 200
    finally:
        container.unpause()
    board.wait_for("postgres")


def test_a_first_connection_that_fails_is_a_failed_plugin(board: Board) -> None:
    """Grafana restarted while Redis is away: HTTP 500, and it mends itself when Redis is back."""
    reload_url = f"{board.url}/api/admin/provisioning/datasources/reload"
    container = board.stack.container("redis")
    container.stop(timeout=10)
    try:
        requests.post(reload_url, auth=(ADMIN.user, ADMIN.password), timeout=30).raise_for_status()
        status, body, _ = board.ask("redis")
    finally:
        container.start()
    assert (status, body["messageId"]) == (500, "plugin.downstreamError")
    board.wait_for("redis")


def test_ten_viewers_are_answered_in_time(board: Board) -> None:
    """Ten loads of the whole board at once: every panel within 3 s (R-32)."""
    with ThreadPoolExecutor(max_workers=10) as pool:
        loads = list(pool.map(lambda _: shown(board), range(10)))
    panels = [panel for load in loads for panel in load.values()]
    assert len(panels) == 10 * 12
    assert max(panel.took_s for panel in panels) < 3
    assert [answer.error for panel in panels for answer in panel.answers if answer.error] == []


def test_nothing_of_the_engine_is_needed_inside() -> None:
    """The image holds the stand-in alone: no engine socket, no project."""
    found = docker.from_env()
    tags = ImageStore(ready_engine().host).ensure_all([GRAFANA_STANDIN])["grafana"].reference
    listing = found.containers.run(
        tags, ["-c", "import os; print(sorted(os.listdir('/app')))"], entrypoint="python3", remove=True
    )
    found.close()
    assert listing.decode().strip() == "['requirements.lock', 'standin']"
