"""The calls around the queries, clause by clause, as far as other tests do not hold them already.

Which clause of the contract is tested where stands in docs/decisions/grafana-standin-clauses.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.grafana.standin.frames import Answer
from stack.grafana.standin.plugins.base import Plugin, Query
from stack.grafana.standin.plugins.clickhouse import ClickHouse
from stack.grafana.standin.plugins.postgres import Postgres
from stack.grafana.standin.plugins.postgres_driver import Pool, Rows
from stack.grafana.standin.plugins.prometheus import Prometheus
from stack.grafana.standin.plugins.redis import Redis
from stack.grafana.standin.queries import run
from stack.grafana.standin.sources import DataSource
from tests.stack.grafana.conftest import Serve, Served
from tests.stack.grafana.real_plugins import Edges, grafana, matrix, rows
from tests.stack.grafana.support import ADMIN, BOARD, FakePlugin, ask, numbers, provision, settings, source

PROM = {"datasource": {"uid": "prom"}}


def test_healthz_touches_nothing(served: Served) -> None:
    """200 and two letters, without a login."""
    answer = served.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "Ok")


def test_a_hit_has_grafanas_fields(served: Served) -> None:
    """Every one, in a board of the General folder none of a folder's."""
    (hit,) = served.until_boards(1)
    assert set(hit) == {"id", "uid", "title", "uri", "url", "slug", "type", "tags", "isStarred", "sortMeta"}
    assert hit["type"] == "dash-db"


def test_a_hit_in_a_folder_tells_the_folder(serve: Serve, tmp_path: Path) -> None:
    """Four fields more."""
    given = provision(tmp_path)
    provider = tmp_path / "provisioning" / "dashboards" / "all.yml"
    provider.write_text(provider.read_text().replace("type: file,", "type: file, folder: Trading,"))
    (hit,) = serve(given).until_boards(1)
    assert hit["folderTitle"] == "Trading"
    assert hit["folderUrl"] == f"/dashboards/f/{hit['folderUid']}"
    assert isinstance(hit["folderId"], int)


@pytest.mark.parametrize(("limit", "found"), [("", 3), ("2", 2), ("0", 3), ("many", 3), ("-1", 3), ("5000", 3)])
def test_the_limit_of_a_search(serve: Serve, tmp_path: Path, limit: str, found: int) -> None:
    """A thousand where none is said, or none that can be read."""
    boards = {f"{n}.json": BOARD | {"uid": f"b{n}", "title": f"Board {n}"} for n in range(3)}
    served = serve(provision(tmp_path, boards=boards))
    served.until_boards(3)
    assert len(served.get(f"/api/search?type=dash-db&limit={limit}").json()) == found


def test_a_board_tells_what_grafana_knows_of_it(served: Served) -> None:
    """That it is provisioned, from which file, its folder, address and version."""
    served.until_boards(1)
    body = served.get("/api/dashboards/uid/one").json()
    meta = body["meta"]
    assert (meta["provisioned"], meta["provisionedExternalId"]) == (True, "one.json")
    assert (meta["folderTitle"], meta["url"]) == ("General", "/d/one/board-one")
    assert meta["version"] == body["dashboard"]["version"]


def test_a_data_source_in_the_list_has_grafanas_fields(served: Served) -> None:
    """Every one, and read-only as it is provisioned."""
    (first, *_) = served.get("/api/datasources").json()
    assert set(first) >= {
        "id", "uid", "orgId", "name", "type", "typeName", "typeLogoUrl", "access", "url", "user", "database",
        "basicAuth", "isDefault", "jsonData", "readOnly",
    }  # fmt: skip
    assert first["readOnly"] is True


def test_members_have_grafanas_fields(served: Served) -> None:
    """As a probe of access reads them."""
    (admin,) = served.get("/api/org/users").json()
    assert set(admin) == {
        "orgId", "userId", "email", "name", "avatarUrl", "login", "role", "lastSeenAt", "lastSeenAtAge",
        "isDisabled", "authLabels", "isExternallySynced",
    }  # fmt: skip


def test_a_healthy_prometheus_gives_details(tmp_path: Path) -> None:
    """Beside status and message."""
    with grafana(tmp_path, Edges(prometheus=matrix("1"))) as served:
        answer = served.client.get("/api/datasources/uid/prom/health", auth=ADMIN)
    assert answer.status_code == 200
    assert answer.json()["status"] == "OK"
    assert answer.json()["message"] == "Successfully queried the Prometheus API."
    assert answer.json()["details"]["application"] == "Prometheus"


@pytest.mark.parametrize(
    ("header", "message_id"),
    [
        ("Bearer glsa_nobody", "api-key.invalid"),
        ("Basic !!!", "password-auth.failed"),
        ("Digest x", "auth.unauthorized"),
    ],
)
def test_bad_credentials_are_401_with_their_own_id(served: Served, header: str, message_id: str) -> None:
    """A token that nobody gave out, a header that is none, a scheme that is not known."""
    answer = served.client.get("/api/datasources", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["messageId"]) == (401, message_id)


def test_an_error_of_a_whole_request_has_grafanas_form(served: Served) -> None:
    """Message, id, status and trace, and no results: a probe tells it from a failed query by that."""
    for body, message_id in (
        ({"queries": []}, "query.noQueries"),
        ({"queries": [PROM, PROM]}, "query.duplicateRefId"),
        ({"queries": [{"refId": "A"}]}, "query.invalidDatasourceId"),
    ):
        answer = served.post("/api/ds/query", {"from": "now-1h", "to": "now"} | body)
        assert answer.status_code == 400
        told = answer.json()
        assert (told["messageId"], told["statusCode"], told["traceID"]) == (message_id, 400, "")
        assert told["message"]
        assert "results" not in told


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_content_types_are_taken(served: Served, content_type: str) -> None:
    """With a charset as well as without."""
    body = b'{"from": "now-1h", "to": "now", "queries": [{"datasource": {"uid": "prom"}}]}'
    answer = served.client.post("/api/ds/query", content=body, headers={"Content-Type": content_type}, auth=ADMIN)
    assert answer.status_code == 200


@dataclass
class Meeting:
    """A data source that answers only once another one is being asked as well."""

    barrier: asyncio.Barrier

    async def query(self, queries: Sequence[Query]) -> dict[str, Answer]:
        """Wait for the other."""
        async with asyncio.timeout(5):
            await self.barrier.wait()
        return {query.ref_id: Answer(frames=[numbers(1.0)]) for query in queries}


def test_several_data_sources_are_asked_side_by_side() -> None:
    """Two that wait for one another both answer."""

    @dataclass
    class Desk:
        plugins: dict[str, Any]

        def find(self, uid: str, number: int) -> DataSource | None:
            """Not used here."""

        async def plugin(self, source: DataSource) -> Any:
            """By the name of its kind."""
            return self.plugins[source.type]

    async def both() -> tuple[int, dict[str, Any]]:
        barrier = asyncio.Barrier(2)
        desk = Desk({"one": Meeting(barrier), "two": Meeting(barrier)})
        return await run([(source("one"), [ask(refId="A")]), (source("two"), [ask(refId="B")])], desk)

    status, body = asyncio.run(both())
    assert (status, list(body["results"])) == (200, ["A", "B"])


@dataclass
class Busy:
    """The edge of a data source that counts how many of its queries are under way at once."""

    now: int = 0
    most: int = 0

    async def asked(self) -> None:
        """Give everybody else who is ready time to begin."""
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(50):
            await asyncio.sleep(0)
        self.now -= 1

    async def http(self, request: httpx.Request) -> httpx.Response:
        """Prometheus and ClickHouse."""
        if request.method == "POST":
            await self.asked()
        return httpx.Response(200, json=matrix("1") | {"meta": []})

    async def connect(self) -> Busy:
        """PostgreSQL."""
        return self

    async def run(self, sql: str) -> Rows:
        """PostgreSQL."""
        del sql
        await self.asked()
        return rows(("v", "number", [1]))

    async def command(self, *words: str) -> bytes:
        """Redis."""
        del words
        await self.asked()
        return b"1"

    async def close(self) -> None:
        """Nothing to close."""


MAKERS: dict[str, Callable[[Busy], Plugin]] = {
    "postgres": lambda busy: Postgres(source("postgres"), settings(), Pool(busy.connect, 5)),
    "clickhouse": lambda busy: ClickHouse(source("ch", protocol="http"), settings(), httpx.MockTransport(busy.http)),
    "prometheus": lambda busy: Prometheus(source("p", "http://p:9090"), settings(), httpx.MockTransport(busy.http)),
    "redis": lambda busy: Redis(source("redis"), settings(), lambda *_: busy),
}


@pytest.mark.parametrize(("kind", "at_once"), [("postgres", 2), ("clickhouse", 2), ("prometheus", 1), ("redis", 1)])
def test_queries_of_sql_run_side_by_side_and_of_redis_and_prometheus_in_turn(kind: str, at_once: int) -> None:
    """Two queries of one request: how many of them are under way at once."""
    busy = Busy()
    shape: dict[str, Any] = {"rawSql": "SELECT 1", "expr": "up", "command": "llen", "keyName": "x"}
    format_of = {"postgres": "table", "clickhouse": 1}
    queries = [ask(refId=ref, format=format_of.get(kind, "table"), **shape) for ref in "AB"]

    async def scenario() -> dict[str, Answer]:
        return await MAKERS[kind](busy).query(queries)

    answers = asyncio.run(scenario())
    assert busy.most == at_once
    assert list(answers) == ["A", "B"]


def test_a_plugin_that_is_missing_beside_another_is_an_error_of_its_query(served: Served) -> None:
    """Alone it is 404; beside another the other one keeps its answer."""
    alone = served.query({"datasource": {"uid": "rmq"}})
    beside = served.query(PROM | {"refId": "A"}, {"refId": "B", "datasource": {"uid": "rmq"}})
    assert (alone.status_code, alone.json()["messageId"]) == (404, "plugin.notRegistered")
    assert beside.status_code == 400
    assert "error" not in beside.json()["results"]["A"]
    assert beside.json()["results"]["B"]["error"]


def test_an_empty_answer_is_200(served: Served) -> None:
    """No frames and no error is a success, as Redis has it for a command that it does not know."""
    served.prom.answer = lambda _: Answer()
    answer = served.query(PROM)
    assert (answer.status_code, answer.json()["results"]["A"]) == (200, {"status": 200, "frames": []})
    assert isinstance(served.prom, FakePlugin)
