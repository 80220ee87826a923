"""Real services for the container tests: started once, addressed on loopback, faults through the engine."""

import functools
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import docker
import httpx
import psycopg
from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.networks import Network

T = TypeVar("T")
INITDB = Path(__file__).parents[3] / "postgres" / "initdb"
# The official image of each service; a locally built one, if there is any, goes first.
OFFICIAL = {"redis": "redis:8.0.3", "postgres": "postgres:17.5", "clickhouse": "clickhouse/clickhouse-server:24.8"}
# Production timing divided by 15; timeouts as short as a busy two-core machine allows.
COMPRESSED = {
    "LEASE_TTL_S": 2,
    "LEASE_RENEW_S": 0.67,
    "DB_LEASE_TTL_S": 2,
    "DB_SYNC_S": 0.33,
    "HEARTBEAT_S": 0.33,
    "REDIS_RETRY_S": 0.33,
    "STATE_WRITE_S": 0.33,
    "REDIS_TIMEOUT_S": 0.5,
    "DB_TIMEOUT_S": 0.8,
    "CLICKHOUSE_TIMEOUT_S": 0.8,
    "CLICKHOUSE_READ_S": 0.5,
    "OUTBOX_POLL_S": 0.1,
    "OUTBOX_BACKOFF_MIN_S": 0.1,
    "OUTBOX_BACKOFF_MAX_S": 0.5,
    "OUTBOX_TAKEOVER_S": 2,
    "RECOVERY_BACKOFF_MIN_S": 0.1,
    "RECOVERY_BACKOFF_MAX_S": 0.5,
    "LEADERSHIP_WINDOW_S": 240,
    "SYNC_WINDOW_S": 20,
    "RATE_WINDOW_S": 5,
    "HEARTBEAT_STALE_WARNING_S": 2,
    "HEARTBEAT_STALE_CRITICAL_S": 4,
}  # fmt: skip


def eventually(what: str, look: Callable[[], T], *, within_s: float = 30.0) -> T:
    """Look until the answer is truthy; fails with what was seen last."""
    deadline, seen = time.monotonic() + within_s, "nothing"
    while time.monotonic() < deadline:
        try:
            answer = look()
        except (OSError, httpx.HTTPError, psycopg.Error, AssertionError) as error:
            seen = repr(error)
        else:
            if answer:
                return answer
            seen = repr(answer)
        time.sleep(0.02)  # between two looks
    raise AssertionError(f"{what}: not within {within_s:g} s, last seen: {seen}")


def image(client: docker.DockerClient, service: str) -> str:
    """The image to use: TRADING_TEST_IMAGE_<SERVICE>, else one built here, else the official one."""
    if named := os.environ.get(f"TRADING_TEST_IMAGE_{service.upper()}"):
        return named
    built = client.images.list(name=f"chaos-harness/{service}")
    if built:
        return str(max(built, key=lambda one: one.attrs["Created"]).tags[0])
    if service not in OFFICIAL:
        raise AssertionError(
            f"no image for {service}: run `make setup`, or name one in TRADING_TEST_IMAGE_{service.upper()}"
        )
    return OFFICIAL[service]


@dataclass(slots=True)
class Services:
    """PostgreSQL, Redis, ClickHouse and instances of the application on one network of their own."""

    client: docker.DockerClient = field(default_factory=docker.from_env)
    name: str = field(default_factory=lambda: f"trading-app-test-{secrets.token_hex(4)}")
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    network: Network | None = None
    containers: dict[str, Container] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> "Services":
        try:
            self.network = self.client.networks.create(self.name)
            with ThreadPoolExecutor(3) as pool:
                list(pool.map(lambda start: start(), (self._postgres, self._redis, self._clickhouse)))
            eventually("PostgreSQL is ready", lambda: self.rows("SELECT 1"), within_s=30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.containers):
            self.remove(name)
        if self.network is not None:
            self.network.remove()
        self.client.close()

    def app(self, name: str, **settings: object) -> None:
        """Start an instance; `settings` go on top of the compressed ones."""
        secret = self.password
        given = {
            "INSTANCE_ID": name,
            "POSTGRES_PASSWORD": secret,
            "REDIS_PASSWORD": secret,
            "CLICKHOUSE_USER": "trading",
        }
        values = {**COMPRESSED, **given, "CLICKHOUSE_PASSWORD": secret, **settings}
        self._run("trading_app", name, 8000, environment={f"TRADING_{k}": str(v) for k, v in values.items()})

    def ready(self, *names: str) -> None:
        """Wait until the instances accept signals and one instance leads."""
        for name in names:
            eventually(f"{name} is healthy", partial(self.healthy, name))
        eventually("somebody leads", lambda: self.leaders(*names))

    def healthy(self, name: str) -> bool:
        """True if the instance accepts signals."""
        return self.get(name, "/health").status_code == 200

    def remove(self, name: str) -> None:
        """Remove a container with its volumes, if it is there."""
        container = self.containers.pop(name, None)
        if container is not None:
            try:
                container.remove(force=True, v=True)
            except NotFound:
                return

    def get(self, name: str, path: str) -> httpx.Response:
        """GET from an instance."""
        return httpx.get(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=5, trust_env=False)

    def send(self, name: str, signal_id: str, **changes: object) -> httpx.Response:
        """POST a signal to an instance."""
        return httpx.post(
            f"http://127.0.0.1:{self.ports[name]}/signals",
            json=signal(signal_id, **changes),
            timeout=5,
            trust_env=False,
        )

    def metric(self, name: str, line: str) -> float | None:
        """One sample of an instance's metrics, by everything before the value."""
        for each in self.get(name, "/metrics").text.splitlines():
            if each.startswith(line + " "):
                return float(each.rsplit(" ", 1)[1])
        return None

    def leaders(self, *names: str) -> list[str]:
        """Instances that say they lead."""
        return [name for name in names if self.get(name, "/health").json()["leader"]]

    def rows(self, sql: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Query PostgreSQL as the application; values replace %s."""
        with self.connect() as conn:
            return conn.execute(sql, values or None).fetchall()

    def connect(self, user: str = "trading_app") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection to PostgreSQL."""
        return psycopg.connect(
            host="127.0.0.1", port=self.ports["postgres"], dbname="trading", user=user, password=self.password,
            connect_timeout=2, autocommit=True,
        )  # fmt: skip

    def redis(self, *command: str) -> str:
        """Run a command in redis-cli."""
        environment = {"REDISCLI_AUTH": self.password}
        done = self.containers["redis"].exec_run(["redis-cli", "--raw", *command], environment=environment)
        assert isinstance(done.output, bytes)
        assert done.exit_code == 0, done.output
        return done.output.decode().strip()

    def clickhouse(self, sql: str) -> str:
        """Query ClickHouse."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.ports['clickhouse']}/?database=trade_system",
            content=sql,
            headers={"X-ClickHouse-User": "trading", "X-ClickHouse-Key": self.password},
            timeout=5,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.text.strip()

    def _postgres(self) -> None:
        environment = {"POSTGRES_USER": "admin", "POSTGRES_PASSWORD": self.password, "POSTGRES_DB": "trading"}
        environment |= {"TRADING_APP_PASSWORD": self.password, "GRAFANA_MONITOR_PASSWORD": self.password}
        volumes = {str(INITDB): {"bind": "/docker-entrypoint-initdb.d", "mode": "ro"}}
        command = ["postgres", "-c", "fsync=off"]  # leases of 2 s are not to hang on the machine's disk
        self._run("postgres", "postgres", 5432, environment=environment, volumes=volumes, command=command)

    def _redis(self) -> None:
        self._run("redis", "redis", 6379, command=["redis-server", "--requirepass", self.password])

    def _clickhouse(self) -> None:
        environment = {
            "CLICKHOUSE_DB": "trade_system",
            "CLICKHOUSE_USER": "trading",
            "CLICKHOUSE_PASSWORD": self.password,
        }
        self._run("clickhouse", "clickhouse", 8123, environment=environment)

    def _run(self, service: str, name: str, port: int, **options: Any) -> None:
        """Start a container with a fixed loopback port, so that a restart does not move it."""
        assert self.network is not None
        self.ports[name] = free_port()
        container = self.client.containers.create(
            image(self.client, service),
            name=f"{self.name}-{name}",
            ports={f"{port}/tcp": ("127.0.0.1", self.ports[name])},
            detach=True,
            dns_opt=["timeout:1", "attempts:1"],  # a stopped container's name may be asked of a resolver that is silent
            labels={"trading-app-test": self.name},
            **options,
        )
        self.containers[name] = container
        self.client.networks.get("bridge").disconnect(container)
        self.network.connect(container, aliases=[name])
        container.start()


def signal(signal_id: str, **changes: object) -> dict[str, object]:
    """A valid signal; `timestamp` is the present."""
    usual = {
        "asset": "BTCUSDT",
        "side": "BUY",
        "price": 100.0,
        "quantity": 1.0,
        "confidence": 0.8,
        "strategy_id": "test",
    }
    return {"signal_id": signal_id, **usual, "timestamp": time.time(), **changes}


def free_port() -> int:
    """A port of loopback that nobody else takes.

    Below the range that the kernel and the engine give out by themselves, and apart for each worker of a parallel
    run: two of them looking at once would both find the same port free.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in _ports(worker):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


@functools.cache
def _ports(worker: int) -> Iterator[int]:
    """Ports of one worker, each given once."""
    return iter(range(12_000 + worker * 2_000, 14_000 + worker * 2_000))
