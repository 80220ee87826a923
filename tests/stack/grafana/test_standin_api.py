"""The plain endpoints of the stand-in answer as Grafana's do (contract, section 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.grafana.standin import VERSION
from stack.grafana.standin.plugins.base import Health
from tests.stack.grafana.conftest import Serve, Served
from tests.stack.grafana.support import ADMIN, BOARD, FakePlugin, provision


def test_health_needs_no_login_and_says_stand_in(served: Served) -> None:
    """Anybody may ask whether it is up, and the version tells that it is not Grafana."""
    answer = served.client.get("/api/health")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    assert answer.json()["version"] == VERSION
    assert "standin" in VERSION


def test_every_answer_carries_the_stand_in_header(served: Served) -> None:
    """Refusals too say who refused."""
    for path in ("/healthz", "/api/search", "/api/nothing"):
        assert served.client.get(path).headers["x-grafana-standin"] == VERSION


def test_search_lists_the_boards(served: Served) -> None:
    """A loaded board is found with uid, title, tags and address."""
    (hit,) = served.until_boards(1)
    assert {key: hit[key] for key in ("uid", "title", "type", "tags", "url")} == {
        "uid": "one",
        "title": "Board One",
        "type": "dash-db",
        "tags": ["trading"],
        "url": "/d/one/board-one",
    }


def test_search_narrows_by_text_and_tag_and_refuses_too_many(served: Served) -> None:
    """Text and tags filter; a limit above 5000 is 422."""
    served.until_boards(1)
    assert served.get("/api/search?query=other").json() == []
    assert served.get("/api/search?tag=absent").json() == []
    assert served.get("/api/search?limit=5001").status_code == 422


def test_a_board_is_answered_as_stored(served: Served) -> None:
    """The JSON comes back with what Grafana knows about it around it."""
    served.until_boards(1)
    answer = served.get("/api/dashboards/uid/one").json()
    assert answer["dashboard"]["panels"] == BOARD["panels"]
    assert answer["meta"]["provisioned"] is True
    assert answer["meta"]["provisionedExternalId"] == "one.json"


def test_an_unknown_board_is_404(served: Served) -> None:
    """The message is Grafana's."""
    answer = served.get("/api/dashboards/uid/absent")
    assert (answer.status_code, answer.json()["message"]) == (404, "Dashboard not found")


def test_data_sources_are_listed_by_name_with_canonical_types(served: Served) -> None:
    """An alias in the file is answered as the plugin's own id, and no secret is shown."""
    answer = served.get("/api/datasources")
    assert [entry["name"] for entry in answer.json()] == ["Infinity", "PostgreSQL", "Prometheus"]
    assert answer.json()[1]["type"] == "grafana-postgresql-datasource"
    assert "hush" not in answer.text


def test_one_data_source_tells_which_secrets_are_set(served: Served) -> None:
    """Only that they are set."""
    answer = served.get("/api/datasources/uid/pg")
    assert answer.json()["secureJsonFields"] == {"password": True}
    assert "hush" not in answer.text
    missing = served.get("/api/datasources/uid/absent")
    assert (missing.status_code, missing.json()["message"]) == (404, "Data source not found")


@pytest.mark.parametrize(
    ("state", "status", "body"),
    [
        (Health(ok=True, message="fine"), 200, {"status": "OK", "message": "fine"}),
        (Health(ok=False, message="gone"), 400, {"status": "ERROR", "message": "gone"}),
    ],
)
def test_health_of_a_data_source(served: Served, state: Health, status: int, body: dict[str, str]) -> None:
    """OK is 200, anything else 400 with the plugin's words."""
    served.prom.state = state
    answer = served.get("/api/datasources/uid/prom/health")
    assert (answer.status_code, answer.json()) == (status, body)


def test_health_that_crashes_is_500(served: Served) -> None:
    """So is an unknown uid, and a plugin that is not here is 404."""
    served.prom.state = Health(ok=False, message="gone", crashed=True)
    assert served.get("/api/datasources/uid/prom/health").status_code == 500
    unknown = served.get("/api/datasources/uid/absent/health")
    assert (unknown.status_code, unknown.json()["message"]) == (500, "Unable to load datasource metadata")
    missing = served.get("/api/datasources/uid/rmq/health")
    assert (missing.status_code, missing.json()["message"]) == (404, "Unable to find datasource plugin")


def test_no_credentials_is_401_in_grafanas_form(served: Served) -> None:
    """A client that parses the body finds every key."""
    answer = served.client.get("/api/datasources")
    assert (answer.status_code, answer.json()) == (
        401,
        {
            "extra": None,
            "message": "Unauthorized",
            "messageId": "auth.unauthorized",
            "statusCode": 401,
            "traceID": "",
        },
    )


def test_wrong_password_is_401(served: Served) -> None:
    """Wrong name and wrong password cannot be told apart."""
    answers = [served.client.get("/api/datasources", auth=pair) for pair in ((ADMIN[0], "x"), ("x", ADMIN[1]))]
    assert {(answer.status_code, answer.json()["messageId"]) for answer in answers} == {(401, "password-auth.failed")}


def test_five_wrong_passwords_lock_the_name(serve: Serve, tmp_path: Path) -> None:
    """Then the right password is refused too, with the same body."""
    served = serve(provision(tmp_path))
    for _ in range(5):
        assert served.client.get("/api/user", auth=(ADMIN[0], "wrong")).status_code == 401
    assert served.get("/api/user").status_code == 401


def test_pages_without_login_lead_to_the_login(served: Served) -> None:
    """A person without credentials is sent to /login, which has a form."""
    for path in ("/", "/d/one/board-one", "/anything"):
        answer = served.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    assert "<form" in served.client.get("/login").text


def test_a_person_logs_in_and_stays_logged_in(served: Served) -> None:
    """A wrong password is 401; the right one sets a session that no script can read."""
    wrong = served.client.post("/login", json={"user": ADMIN[0], "password": "wrong"})
    assert (wrong.status_code, wrong.json()["messageId"]) == (401, "password-auth.failed")
    assert served.client.get("/api/user").status_code == 401
    right = served.client.post("/login", json={"user": ADMIN[0], "password": ADMIN[1]})
    assert right.status_code == 200
    assert "httponly" in right.headers["set-cookie"].lower()
    assert served.client.get("/api/user").json()["login"] == ADMIN[0]
    served.client.cookies.set("grafana_session", "made-up")
    assert served.client.get("/api/user").status_code == 401


def test_the_board_page_shows_the_board(served: Served) -> None:
    """A logged-in person sees the board and that a stand-in drew it."""
    served.until_boards(1)
    page = served.get("/d/one/board-one")
    assert page.status_code == 200
    assert "Board One" in page.text
    assert "not Grafana" in page.text
    assert '<a href="/d/one/board-one">' in served.get("/").text
    assert served.get("/d/absent").status_code == 404


def test_a_viewer_looks_and_queries_but_does_not_administer(served: Served) -> None:
    """A new user is a viewer: reading works, every write is 403 with the permission named."""
    made = served.post("/api/admin/users", {"login": "vera", "email": "v@x", "password": "view"})
    assert (made.status_code, made.json()["message"]) == (200, "User created")
    viewer = ("vera", "view")
    assert served.client.get("/api/datasources", auth=viewer).status_code == 200
    assert served.client.get("/api/datasources/uid/prom/health", auth=viewer).status_code == 200
    query = {"from": "now-1h", "to": "now", "queries": [{"datasource": {"uid": "prom"}}]}
    assert served.post("/api/ds/query", query, auth=viewer).status_code == 200
    for method, path, permission in (
        ("POST", "/api/dashboards/db", "dashboards:create"),
        ("POST", "/api/datasources", "datasources:create"),
        ("DELETE", "/api/datasources/uid/pg", "datasources:delete"),
        ("GET", "/api/org/users", "org.users:read"),
        ("POST", "/api/admin/users", "users:create"),
        ("POST", "/api/serviceaccounts", "serviceaccounts:create"),
    ):
        answer = served.client.request(method, path, json={}, auth=viewer)
        assert answer.status_code == 403, path
        assert answer.json()["title"] == "Access denied"
        assert permission in answer.json()["message"]
        assert answer.json()["accessErrorId"].startswith("ACE")


def test_roles_can_be_changed_but_an_admin_stays(served: Served) -> None:
    """An unknown role is 400, and so is taking the last administrator's role."""
    user = served.post("/api/admin/users", {"login": "ed", "password": "edit"}).json()["id"]

    def patch(user_id: int, role: str) -> int:
        path = f"/api/org/users/{user_id}"
        return int(served.client.patch(path, json={"role": role}, auth=ADMIN).status_code)

    assert patch(user, "Editor") == 200
    assert {entry["login"]: entry["role"] for entry in served.get("/api/org/users").json()}["ed"] == "Editor"
    assert (patch(user, "King"), patch(1, "Viewer"), patch(99, "Viewer")) == (400, 400, 404)


def test_bad_new_users_are_refused(served: Served) -> None:
    """A short password is 400, a taken name 412."""
    assert served.post("/api/admin/users", {"login": "a", "password": "abc"}).status_code == 400
    assert served.post("/api/admin/users", {"login": ADMIN[0], "password": "abcd"}).status_code == 412


def test_a_deleted_user_is_out(served: Served) -> None:
    """The next request is 401."""
    user = served.post("/api/admin/users", {"login": "gone", "password": "soon"}).json()["id"]
    assert served.client.get("/api/user", auth=("gone", "soon")).status_code == 200
    assert served.client.delete(f"/api/admin/users/{user}", auth=ADMIN).status_code == 200
    assert served.client.get("/api/user", auth=("gone", "soon")).status_code == 401


def test_a_service_account_token_opens_with_its_role(served: Served) -> None:
    """Tokens are for load: no password is checked, and server administration stays closed even to Admin."""
    account = served.post("/api/serviceaccounts", {"name": "load", "role": "Admin"})
    assert account.status_code == 201
    token = served.post(f"/api/serviceaccounts/{account.json()['id']}/tokens", {"name": "t"}).json()["key"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert token.startswith("glsa_")
    assert served.client.get("/api/datasources", headers=bearer).status_code == 200
    assert served.client.post("/api/admin/users", json={}, headers=bearer).status_code == 403
    bad = served.client.get("/api/datasources", headers={"Authorization": "Bearer glsa_x"})
    assert (bad.status_code, bad.json()["messageId"]) == (401, "api-key.invalid")


def test_what_is_not_implemented_is_refused_loudly(served: Served) -> None:
    """Not a 404 that could be taken for Grafana's, but a 501 that names the call."""
    for method, path in (
        ("GET", "/api/alerts"),
        ("POST", "/api/dashboards/db"),
        ("GET", "/api/search?type=dash-folder"),
    ):
        answer = served.client.request(method, path, auth=ADMIN)
        assert answer.status_code == 501, path
        assert "stand-in" in answer.json()["message"]


def test_data_sources_can_be_read_again(served: Served, tmp_path: Path) -> None:
    """A reload takes what the folder says now; a viewer may not ask for it."""
    file = tmp_path / "provisioning" / "datasources" / "all.yml"
    file.write_text("apiVersion: 1\ndatasources: [{name: Only, uid: only, type: prometheus}]", encoding="utf-8")
    assert served.post("/api/admin/provisioning/datasources/reload", {}).status_code == 200
    assert [entry["uid"] for entry in served.get("/api/datasources").json()] == ["only"]


def test_fake_plugins_are_made_once(served: Served) -> None:
    """Two queries meet the same plugin, and so the same pool."""
    served.query({"datasource": {"uid": "prom"}})
    served.query({"datasource": {"uid": "prom"}})
    assert isinstance(served.prom, FakePlugin)
    assert len(served.prom.asked) == 2
