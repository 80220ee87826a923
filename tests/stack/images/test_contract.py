"""Every image keeps the contract of the official one, wherever it came from: the stack must not know the difference."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest

from harness.machine.images import Image, Source
from harness.poll import Seen, until
from stack.images import CATALOGUE
from tests.stack.images.conftest import Start

pytestmark = pytest.mark.containers

POSTGRES = {"POSTGRES_USER": "boss", "POSTGRES_PASSWORD": "Secret1", "POSTGRES_DB": "trading"}
CLICKHOUSE = {"CLICKHOUSE_DB": "trade_system", "CLICKHOUSE_USER": "app", "CLICKHOUSE_PASSWORD": "Secret1"}


def fetch(port: int, path: str) -> str:
    """The answer of a service on a loopback port, awaited while it starts."""

    def answer() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
                return str(reply.read().decode()) or "empty"
        except urllib.error.HTTPError as refused:
            raise Seen(f"{refused.code} {refused.read()[:200]!r}") from refused

    return until(f"port {port} to answer {path}", answer, within_s=30)


@pytest.mark.parametrize("service", sorted(CATALOGUE))
def test_every_image_tells_its_version_and_source(images: Mapping[str, Image], service: str) -> None:
    """Each image of the catalogue can be had, and its version, digest and source are known."""
    image = images[service]
    assert image.version
    assert image.digest.startswith("sha256:")
    assert (image.source is Source.STAND_IN) == ("standin" in image.version)


def test_redis_takes_a_password_and_refuses_others(start: Start) -> None:
    """`redis-server --requirepass X` lets in who knows X and nobody else, and keeps data over a restart."""
    redis = start("redis", "redis-server", "--requirepass", "X")
    redis.says("redis-cli", "-a", "X", "--no-auth-warning", "set", "key", "kept", expect="OK")
    assert "NOAUTH" in redis.run("redis-cli", "ping")[1]
    assert redis.stop() == 0
    redis.container.start()
    redis.says("redis-cli", "-a", "X", "--no-auth-warning", "get", "key", expect="kept")


def test_redis_does_not_run_as_root(start: Start) -> None:
    """The server gives root up."""
    redis = start("redis")
    redis.says("redis-cli", "ping", expect="PONG")
    assert redis.says("sh", "-c", "grep Uid /proc/1/status", expect="Uid").split()[1] != "0"


def test_postgres_makes_user_database_and_runs_the_scripts(start: Start) -> None:
    """First start: user, password and database of the environment; .sql and .sh scripts run in their order."""
    files = {
        "/docker-entrypoint-initdb.d/01-table.sql": "CREATE TABLE t (word text);",
        "/docker-entrypoint-initdb.d/02-fill.sh": "#!/bin/bash\npsql -v ON_ERROR_STOP=1 "
        '-U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO t VALUES (\'$WORD\')"\n',
    }
    postgres = start("postgres", environment=POSTGRES | {"WORD": "hello"}, files=files)
    address = "postgresql://boss:Secret1@127.0.0.1/trading"
    assert postgres.says("psql", address, "-Atc", "SELECT word FROM t", expect="hello") == "hello"


def test_postgres_keeps_its_data_over_a_restart(start: Start) -> None:
    """After a stop and a start the data is there, and the scripts are not run again."""
    files = {"/docker-entrypoint-initdb.d/01.sql": "CREATE TABLE t AS SELECT 1 AS n;"}
    postgres = start("postgres", environment=POSTGRES, files=files)
    address = "postgresql://boss:Secret1@127.0.0.1/trading"
    postgres.says("psql", address, "-Atc", "INSERT INTO t VALUES (2)", expect="INSERT")
    assert postgres.stop() == 0
    postgres.container.start()
    assert postgres.says("psql", address, "-Atc", "SELECT count(*) FROM t", expect="2") == "2"


def test_postgres_asks_other_containers_for_the_password(start: Start) -> None:
    """Over the network a wrong password is refused, and passwords are kept as SCRAM."""
    postgres = start("postgres", environment=POSTGRES)
    address = "postgresql://boss:Secret1@127.0.0.1/trading"
    postgres.says("psql", address, "-Atc", "SELECT rolpassword FROM pg_authid WHERE rolname='boss'", expect="SCRAM")
    own = postgres.run("hostname", "-i")[1]
    code, output = postgres.run("psql", f"postgresql://boss:wrong@{own}/trading", "-c", "SELECT 1")
    assert code != 0
    assert "password authentication failed" in output


def test_postgres_without_password_says_what_is_missing(start: Start) -> None:
    """Without POSTGRES_PASSWORD the container ends, and names the variable."""
    postgres = start("postgres")
    assert postgres.container.wait(timeout=30)["StatusCode"] != 0
    assert "POSTGRES_PASSWORD" in postgres.logs


def test_postgres_does_not_start_on_a_broken_script(start: Start) -> None:
    """A script that fails ends the first start; the next start runs it again instead of serving half a database."""
    files = {"/docker-entrypoint-initdb.d/01.sql": "SELECT nothing_like_it;"}
    postgres = start("postgres", environment=POSTGRES, files=files)
    for attempt in (1, 2):
        assert postgres.container.wait(timeout=30)["StatusCode"] != 0
        assert postgres.logs.count('column "nothing_like_it" does not exist') == attempt
        postgres.container.start()


def test_clickhouse_makes_user_and_database(start: Start) -> None:
    """User, password and database come from the environment; the default user is gone; HTTP answers."""
    clickhouse = start("clickhouse", environment=CLICKHOUSE, ports=(8123,))
    port = clickhouse.port(8123)
    login = "user=app&password=Secret1"
    assert "trade_system" in fetch(port, f"/?{login}&query=SHOW%20DATABASES")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/?query=SELECT%201", timeout=5)


def test_clickhouse_keeps_tables_over_a_restart(start: Start) -> None:
    """A table made in the database of the environment is there after a restart, on both kinds of port."""
    clickhouse = start("clickhouse", environment=CLICKHOUSE, ports=(8123,))
    # From outside: while it makes the database, an entrypoint may run a server that only it can reach.
    fetch(clickhouse.port(8123), "/ping")
    login = ("clickhouse-client", "--user", "app", "--password", "Secret1", "--database", "trade_system")
    assert clickhouse.run(*login, "--query", "CREATE TABLE t (n UInt8) ENGINE = TinyLog")[0] == 0
    assert clickhouse.run(*login, "--query", "INSERT INTO t VALUES (7)")[0] == 0
    clickhouse.container.restart(timeout=10)
    assert clickhouse.says(*login, "--query", "SELECT n FROM t", expect="7") == "7"


def test_prometheus_reads_the_usual_places(start: Start) -> None:
    """Configuration in /etc/prometheus, arguments to the server, ready on 9090; promtool is there."""
    config = "global: {scrape_interval: 7s}\nrule_files: [rules/*.yml]\n"
    rule = "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]\n"
    arguments = ("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus")
    files = {"/etc/prometheus/prometheus.yml": config, "/etc/prometheus/rules/a.yml": rule}
    prometheus = start("prometheus", *arguments, "--web.enable-lifecycle", files=files, ports=(9090,))
    port = prometheus.port(9090)
    assert "scrape_interval: 7s" in fetch(port, "/api/v1/status/config")
    assert "Always" in fetch(port, "/api/v1/rules")
    assert "SUCCESS" in prometheus.run("promtool", "check", "config", "/etc/prometheus/prometheus.yml")[1]
    assert prometheus.stop() == 0


def test_alertmanager_reads_the_usual_places(start: Start) -> None:
    """Configuration in /etc/alertmanager, ready on 9093; amtool is there."""
    config = "route: {receiver: desk}\nreceivers: [{name: desk}]\n"
    alertmanager = start("alertmanager", files={"/etc/alertmanager/alertmanager.yml": config}, ports=(9093,))
    assert "desk" in json.loads(fetch(alertmanager.port(9093), "/api/v2/status"))["config"]["original"]
    checked = alertmanager.run("amtool", "check-config", "/etc/alertmanager/alertmanager.yml")
    assert "SUCCESS" in checked[1]
    assert alertmanager.stop() == 0


def test_toxiproxy_opens_proxies(start: Start) -> None:
    """Its API answers on 8474, with the version that is pinned, and makes a proxy."""
    toxiproxy = start("toxiproxy", ports=(8474,))
    port = toxiproxy.port(8474)
    assert json.loads(fetch(port, "/version"))["version"] == "2.12.0"
    body = json.dumps({"name": "a:b", "listen": "0.0.0.0:10011", "upstream": "redis:6379"}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/proxies", data=body, timeout=5) as reply:
        assert reply.status == 201
    assert toxiproxy.stop() == 0


@pytest.mark.parametrize(
    ("service", "environment", "ready"),
    [
        ("redis", {}, "Ready to accept connections"),
        ("postgres", POSTGRES, "listening on IPv4"),
        ("clickhouse", CLICKHOUSE, "Ready for connections"),
        ("prometheus", {}, "Server is ready"),
        ("alertmanager", {}, "Listening on"),
        ("toxiproxy", {}, "Starting Toxiproxy"),
    ],
)
def test_a_stop_is_heard(start: Start, service: str, environment: Mapping[str, str], ready: str) -> None:
    """`docker stop` reaches the server as PID 1: it ends by itself with code 0 and is not killed."""
    running = start(service, environment=environment)
    until(f"{service} to be ready", lambda: ready in running.logs, within_s=30)
    assert running.stop() == 0
