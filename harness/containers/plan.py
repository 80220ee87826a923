"""What a stack is made of, as values: services, their readiness, links, and how they are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.containers.attempts import Attempt
from harness.model import ExpectedPanel, LoadProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReady:
    """Ready when a GET on `port` and `path` is answered with `status`."""

    port: int
    path: str
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecReady:
    """Ready when a command inside the container ends with exit code 0."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SayReady:
    """Ready when `say`, sent over TCP to `port`, is answered with something beginning with `hear`."""

    port: int
    say: bytes
    hear: bytes


Ready = HttpReady | ExecReady | SayReady


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One container of the stack.

    Args:
        name: its name on the network, and in every report.
        image: key of the image catalogue.
        ready: when it counts as started.
        environment: variables of the container.
        command: arguments, empty for the image's own.
        ports: container ports that the harness reaches, each on a random port of 127.0.0.1.
        fixed_ports: port of 127.0.0.1 by container port, for those that people want to remember.
        files: content by path in the container, put there before it starts.
        needs: services that must be ready before this one is started.
        sysctls: kernel settings of its network namespace.
        ready_within_s: deadline of the first start, s.
    """

    name: str
    image: str
    ready: Ready
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    fixed_ports: Mapping[int, int] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    ready_within_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A connection from one service to another that goes through its own Toxiproxy proxy.

    Args:
        name: for example "trading-1:redis".
        port: where the proxy listens, in the Toxiproxy container.
        upstream: address of the real service.
    """

    name: str
    port: int
    upstream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthTarget:
    """A service whose health is sampled: GET on `port` and `path` answers JSON."""

    service: str
    port: int
    path: str = "/health"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Where the signal traffic goes, and what makes a request's body.

    Args:
        services: instances that take requests, used in turn.
        port, path: where they listen.
        payload: "module:function" giving the body from a seed and an index.
    """

    services: tuple[str, ...]
    port: int
    path: str
    payload: str


NO_TRAFFIC = Traffic(services=(), port=0, path="/", payload="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalRead:
    """A query whose rows become evidence after the drain.

    Args:
        kind: kind of the observations, for example "effect".
        service: the database's name in the stack; "clickhouse" is asked over HTTP, any other one is PostgreSQL.
        sql: the query; its column names become the fields.
    """

    kind: str
    service: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Statements that put rows into one store, as its owner, one after the other.

    Args:
        what: in a word, for the progress.
        service: "postgres" or "clickhouse", by its name in the stack.
        statements: SQL.
        after: a query that has to answer 1 first, as "EXISTS TABLE executions"; empty where nothing has to be there.
    """

    what: str
    service: str
    statements: tuple[str, ...]
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Which rows of one final read were loaded, so that they are counted and left out.

    Args:
        rows: how many.
        counted: a query that counts them anew: in the end there have to be as many, or one of the run hides among them.
        without: what is put behind the SQL of the read to leave them out, as " WHERE ..."; without it the read's
            answer is searched for ids that begin with the prefix of the set.
    """

    rows: int
    counted: str
    without: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Rows that are there before anybody looks, and that no traffic of the run made.

    Args:
        fills: load them, in any order, also at the same time; the longest are best named first.
        prefix: what the ids of these rows begin with; ids of the traffic do not.
        loaded: what the final reads would find of it, by kind.
    """

    fills: tuple[Fill, ...]
    prefix: str
    loaded: Mapping[str, Loaded]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRead:
    """A command in a service's container that prints one JSON object a line; they become evidence after the drain.

    For whatever keeps its data elsewhere than in PostgreSQL or ClickHouse. Best is a command that reads the data
    itself: what the application says of its own data is only its word.

    Args:
        kind: kind of the observations, as of `FinalRead`.
        service: where it is run.
        command: program and arguments; any exit code but 0 ends the run.
    """

    kind: str
    service: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """A number in a database that is 0 once everything accepted has been worked off; `service` is its name."""

    what: str
    sql: str
    within_s: float
    service: str = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Whoever plays a part at the moment when a fault is struck: the first column of a query's only row."""

    service: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyQuery:
    """Part of the steady state: an instant PromQL query whose one value must equal `value`."""

    what: str
    promql: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """User and password of a service; the password is random per run."""

    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """The whole system under test and how it is looked at; built anew for each run.

    Args:
        services: every container.
        links: every proxied connection.
        logins: by service.
        databases: database name by service.
        settings: timings in effect, real s, by name; stored with the run. The harness reads `health_every_s` (for
            health targets), `rules_every_s` (for alerts), `panel_refresh_s` (for panels).
        floored: names of timings that could not shrink with the time scale.
        traffic, health, steady, final_reads, drained: how it is driven and read.
        data: sets of rows that a scenario may ask to be there before it begins, by name.
        panels: every panel of every board that Grafana must show.
        attempts: who tries what at the running stack, and what has to be the answer.
        alerts: the alerts that Prometheus must have loaded.
        roles: who plays which part, by the name that a fault's target puts in braces, as "{leader}:redis".
        production: text of the configuration before it was compressed, by path, for the replay at production timing.
        real_time: metrics that measure real work, which no time scale makes shorter.
        known_bad: explicitly wrong variants that are switched on.
        subject_settings: what was asked for, as it was applied.
    """

    services: tuple[Service, ...]
    links: tuple[Link, ...] = ()
    logins: Mapping[str, Login] = field(default_factory=dict)
    databases: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, float] = field(default_factory=dict)
    floored: tuple[str, ...] = ()
    traffic: Traffic = NO_TRAFFIC
    health: tuple[HealthTarget, ...] = ()
    steady: tuple[SteadyQuery, ...] = ()
    final_reads: tuple[FinalRead | CommandRead, ...] = ()
    drained: tuple[Drained, ...] = ()
    data: Mapping[str, DataSet] = field(default_factory=dict)
    panels: tuple[ExpectedPanel, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    alerts: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    production: Mapping[str, str] = field(default_factory=dict)
    real_time: tuple[str, ...] = ()
    known_bad: tuple[str, ...] = ()
    subject_settings: tuple[tuple[str, str], ...] = ()

    @property
    def has_alerts(self) -> bool:
        """Whether anybody is to be told of anything: a lean stack has no Prometheus."""
        return bool(self.alerts)

    @property
    def boards(self) -> int:
        """Number of boards that Grafana must show."""
        return len({panel.board for panel in self.panels})

    def for_load(self, load: LoadProfile) -> StackPlan:
        """The same, looked at as often as the viewers of this load do."""
        if not load.real_refresh:
            return self
        return replace(
            self, panels=tuple(replace(one, refresh_s=one.uncompressed_s or one.refresh_s) for one in self.panels)
        )

    def service(self, name: str) -> Service:
        """The service of that name.

        Raises:
            KeyError: there is none.
        """
        return next((found for found in self.services if found.name == name), None) or _missing(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a topology is asked to plan.

    Args:
        time_scale: k, by which production durations are divided.
        known_bad: wrong variants of the subject to switch on, by name.
        subject_settings: settings of the subject that a scenario wants other than usual, each with its value.
        rules: another rule file in place of the stack's own.
        boards: folder of other dashboards (JSON files) in place of the stack's own.
        grafana_port: port of 127.0.0.1 for Grafana; 0 for a free one.
        lean: leave out whatever only watches: for runs that judge the databases and nothing else.
    """

    time_scale: float
    known_bad: tuple[str, ...] = ()
    subject_settings: tuple[tuple[str, str], ...] = ()
    rules: Path | None = None
    boards: Path | None = None
    grafana_port: int = 0
    lean: bool = False


def _missing(name: str) -> Service:
    raise KeyError(name)
