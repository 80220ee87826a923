"""What lets the stand-in start and what stops it: settings, provisioning files, boards (contract, section 4)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import stack.grafana.standin.__main__ as standin
from stack.grafana.standin.errors import StartError
from stack.grafana.standin.expansion import expand
from stack.grafana.standin.provisioning import data_sources
from stack.grafana.standin.settings import from_environment
from tests.stack.grafana.conftest import Serve
from tests.stack.grafana.support import BOARD, provision

REPOSITORY = Path(__file__).parents[3]
LONGEST_REFRESH_S = 60


def environment(**more: str) -> dict[str, str]:
    """The least that lets a server start, and more."""
    return {"GF_SECURITY_ADMIN_PASSWORD": "not-the-default"} | more


def test_defaults_are_the_official_ones() -> None:
    """Port 3000, user admin, viewers, a guard against guessing."""
    read = from_environment(environment())
    assert (read.port, read.admin_user, read.new_user_role, read.brute_force_guard) == (3000, "admin", "Viewer", True)
    assert str(read.provisioning) == "/etc/grafana/provisioning"
    assert (read.proxy_timeout_s, read.dial_timeout_s, read.row_limit) == (30, 10, 1_000_000)


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, "GF_SECURITY_ADMIN_PASSWORD"),
        ({"GF_SECURITY_ADMIN_PASSWORD": "admin"}, "GF_SECURITY_ADMIN_PASSWORD"),
        (environment(GF_AUTH_ANONYMOUS_ENABLED="true"), "anonymous"),
        (environment(GF_SERVER_HTTP_PORT="http"), "GF_SERVER_HTTP_PORT"),
        (environment(GF_DATAPROXY_TIMEOUT="-1"), "GF_DATAPROXY_TIMEOUT"),
        (environment(GF_USERS_AUTO_ASSIGN_ORG_ROLE="King"), "GF_USERS_AUTO_ASSIGN_ORG_ROLE"),
        (environment(GF_SECURITY_ADMIN_USER__FILE="/absent"), "GF_SECURITY_ADMIN_USER__FILE"),
    ],
)
def test_settings_that_stop_the_start(env: Mapping[str, str], told: str) -> None:
    """One sentence that names the variable."""
    with pytest.raises(StartError, match=told):
        from_environment(env)


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    """GF_X__FILE names the file that holds GF_X."""
    (tmp_path / "secret").write_text("from-a-file\n", encoding="utf-8")
    read = from_environment({"GF_SECURITY_ADMIN_PASSWORD__FILE": str(tmp_path / "secret")})
    assert read.admin_password == "from-a-file"


def test_settings_without_effect_are_named() -> None:
    """So that nobody believes that they were taken."""
    assert from_environment(environment(GF_LOG_LEVEL="debug")).ignored == ("GF_LOG_LEVEL",)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$V", "value"),
        ("${V}", "value"),
        ("$__env{V}", "value"),
        ("a${V}b", "avalueb"),
        ("$$V", "$V"),
        ("$UNSET", ""),
        ("${UNSET}x", "x"),
        ("cost: 5$", "cost: 5$"),
    ],
)
def test_variables_in_values(text: str, filled: str) -> None:
    """Every form; what is unset becomes empty."""
    assert expand({"$V": [text, 5]}, {"V": "value"}) == {"$V": [filled, 5]}


def test_file_variables(tmp_path: Path) -> None:
    """A secret from a file; a missing file stops the start."""
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    assert expand(f"$__file{{{tmp_path}/secret}}", {}) == "s3cret"
    with pytest.raises(StartError, match="absent"):
        expand("$__file{/absent}", {})


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        ("apiVersion: 1\ndatasources: [{name: x", "cannot be read as YAML"),
        ("just text", "no mapping"),
        ("datasources: []", "apiVersion"),
        ("apiVersion: 1\ndatasources: [{name: x}]", "needs a name and a type"),
        (
            "apiVersion: 1\ndatasources: [{name: a, type: x, isDefault: true}, {name: b, type: x, isDefault: true}]",
            "Two data sources are the default: a, b",
        ),
        ("apiVersion: 1\ndatasources: [{name: a, uid: u, type: x}, {name: b, uid: u, type: x}]", "'u' is used twice"),
        ("apiVersion: 1\ndatasources: [{name: a, type: x}, {name: a, type: x}]", "is used twice"),
    ],
)
def test_data_sources_that_stop_the_start(tmp_path: Path, yaml: str, told: str) -> None:
    """As they stop Grafana."""
    (tmp_path / "a.yaml").write_text(yaml, encoding="utf-8")
    with pytest.raises(StartError, match=told):
        data_sources(tmp_path, {}, lambda _: None)


def test_an_omitted_uid_is_made_from_the_name(tmp_path: Path) -> None:
    """P and 16 hexadecimal digits, always the same."""
    (tmp_path / "a.yml").write_text("apiVersion: 1\ndatasources: [{name: Prometheus, type: prometheus}]")
    (made,) = data_sources(tmp_path, {}, lambda _: None)
    assert made.uid == "PBFA97CFB590B2093"


def test_an_empty_secret_is_told(tmp_path: Path) -> None:
    """Grafana says nothing when a variable is unset; the stand-in names data source and key."""
    told: list[str] = []
    (tmp_path / "a.yml").write_text(
        "apiVersion: 1\ndatasources: [{name: P, type: prometheus, secureJsonData: {password: $UNSET}}]"
    )
    data_sources(tmp_path, {}, told.append)
    assert "password of data source P is empty" in told[0]


def test_a_missing_provisioning_folder_is_told_and_no_reason_to_stop(tmp_path: Path) -> None:
    """There is nothing to read then."""
    told: list[str] = []
    assert data_sources(tmp_path / "absent", {}, told.append) == ()
    assert "does not exist" in told[0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"dashboard": BOARD}, "no title"),
        (BOARD | {"title": " "}, "no title"),
        (BOARD | {"uid": "a b", "title": "Other"}, "uid"),
        (BOARD | {"title": "Other"}, "uid or title"),
        (BOARD | {"uid": "two"}, "uid or title"),
        ("not a board", "no title"),
    ],
)
def test_a_bad_board_is_skipped_and_the_others_load(serve: Serve, tmp_path: Path, body: object, told: str) -> None:
    """The log names the file and why; the good board is there."""
    served = serve(provision(tmp_path, boards={"a.json": BOARD, "b.json": body}))
    served.until_told("b.json is skipped", told)
    served.until_boards(1)


def test_a_board_that_is_no_json_is_skipped(serve: Serve, tmp_path: Path) -> None:
    """Cut in half, for example."""
    settings = provision(tmp_path)
    (tmp_path / "boards" / "half.json").write_text(json.dumps(BOARD)[:20], encoding="utf-8")
    served = serve(settings)
    served.until_boards(1)
    assert any("half.json is skipped" in line for line in served.log)


def test_boards_follow_their_files(serve: Serve, tmp_path: Path) -> None:
    """A new file appears, a changed one is a new version, a deleted one goes; dot folders are not read."""
    served = serve(provision(tmp_path))
    served.until_boards(1)
    (tmp_path / "boards" / ".hidden").mkdir()
    for path in ("two.json", ".hidden/three.json"):
        body = json.dumps(BOARD | {"uid": path[-10:-5].strip("./"), "title": path})
        (tmp_path / "boards" / path).write_text(body, encoding="utf-8")
    (tmp_path / "boards" / "one.json").write_text(json.dumps(BOARD | {"panels": [{"id": 1}]}), encoding="utf-8")
    assert {hit["title"] for hit in served.until_boards(2)} == {"Board One", "two.json"}
    answer = served.get("/api/dashboards/uid/one").json()
    assert answer["dashboard"]["panels"] == [{"id": 1}]
    assert (answer["dashboard"]["version"], answer["meta"]["version"]) == (2, 2)
    (tmp_path / "boards" / "two.json").unlink()
    served.until_boards(1)


def test_a_missing_board_folder_holds_up_the_providers_after_it(serve: Serve, tmp_path: Path) -> None:
    """As in Grafana; so a probe must count boards."""
    settings = provision(tmp_path)
    (tmp_path / "provisioning" / "dashboards" / "0.yml").write_text(
        "apiVersion: 1\nproviders: [{name: first, type: file, options: {path: /absent}}]", encoding="utf-8"
    )
    served = serve(settings)
    assert served.get("/api/search").json() == []
    served.post("/api/admin/provisioning/dashboards/reload", {})
    assert any("/absent does not exist" in line for line in served.log)
    assert served.get("/api/search").json() == []


def start(root: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the server's own command, which is expected to end."""
    command = [sys.executable, "-m", "stack.grafana.standin"]
    full = {**os.environ, "BOARDS": str(root), **env}
    return subprocess.run(command, env=full, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)


def test_the_default_password_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    """Exit code 1, the variable named, no traceback."""
    ended = start(tmp_path, GF_SECURITY_ADMIN_PASSWORD="admin")
    assert ended.returncode == 1
    assert "GF_SECURITY_ADMIN_PASSWORD" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_bad_provisioning_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    """Exit code 1, the file named, no traceback."""
    provision(tmp_path, sources="apiVersion: 1\ndatasources: [{")
    ended = start(tmp_path, **environment(GF_PATHS_PROVISIONING=str(tmp_path / "provisioning")))
    assert ended.returncode == 1
    assert "all.yml" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_idle_viewer_keeps_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes back after a board's longest refresh finds it open: closed just then, its request would fail."""
    asked: dict[str, object] = {}
    monkeypatch.setattr(os, "environ", environment())
    monkeypatch.setattr(standin, "build", lambda *_: None)
    monkeypatch.setattr("uvicorn.run", lambda _app, **settings: asked.update(settings))
    assert standin.main() == 0
    idle_s = asked["timeout_keep_alive"]
    assert isinstance(idle_s, int)
    assert idle_s > LONGEST_REFRESH_S
