"""Where a load goes: an address that was given, or a stack that is started for it."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from harness.containers.identity import new_run_id
from harness.containers.plan import Login, PlanRequest
from harness.containers.running import RunningStack
from harness.errors import TimedOutError, UsageError
from harness.load.run import LoadRun
from harness.load.spec import LoadSpec, Target
from harness.machine.engine import client, ready_engine
from harness.poll import until
from harness.probes.prometheus import Prometheus
from harness.progress import Progress
from harness.run import order as orders
from harness.run.stacks import planned
from harness.run.steady import NotSteadyError, boards_are_there, is_healthy, value_is

STEADY_WITHIN_S = 60.0
WARM_UP_PER_S = 10.0
PARTS: Mapping[str, tuple[str, ...]] = {
    "signals": ("signals",),
    "redis": ("redis",),
    "viewers": ("viewers",),
    "desks": ("signals", "redis", "viewers"),
}
# What a desk does, of a hundred things: as `harness.load.users.DeskStream`.
DESK_WEIGHTS: Mapping[str, float] = {"signals": 45.0, "redis": 50.0, "viewers": 5.0}
_WHERE = {"signals": "--url", "redis": "--redis", "viewers": "--grafana"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Addresses of the parts of a load.

    Args:
        targets, path, headers: of HTTP requests.
        payload: what makes their bodies; empty for requests without one.
        redis_url, grafana_url: of the other parts; empty without them.
        time_scale: of the boards.
        metrics: pages for a soak, by the name of what they tell of.
        shown: in words, without any password.
    """

    targets: tuple[Target, ...] = ()
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    payload: str = ""
    redis_url: str = ""
    grafana_url: str = ""
    time_scale: float = 1.0
    metrics: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""


# Stands for a stack that is not there yet.
SOMEWHERE = Destination(
    targets=(Target(name="somewhere", base_url="http://127.0.0.1:1"),),
    redis_url="redis://127.0.0.1:1",
    grafana_url="http://127.0.0.1:1",
)


def given(profile: str, *, url: str, redis: str, grafana: str) -> Destination:
    """The destination that addresses on the command line make.

    Args:
        profile: a name out of `PARTS`; with one part, `url` is that part's address.
        url: of the one part, or of the signals; empty where it was not given.
        redis: of Redis, likewise.
        grafana: of Grafana, likewise.

    Raises:
        UsageError: an address is missing or does not fit.
    """
    parts = PARTS[profile]
    addresses = {"signals": url, "redis": redis, "viewers": grafana}
    if len(parts) == 1:
        addresses[parts[0]] = addresses[parts[0]] or url
    if missing := [part for part in parts if not addresses[part]]:
        raise UsageError(f"profile {profile} with an address of one's own needs {_WHERE[missing[0]]}")
    shown = ", ".join(_shown(addresses[part]) for part in parts)
    made = Destination(
        redis_url=addresses["redis"] if "redis" in parts else "",
        grafana_url=addresses["viewers"] if "viewers" in parts else "",
        shown=shown,
    )
    return _over_http(made, addresses["signals"]) if "signals" in parts else made


@contextmanager
def own_stack(options: orders.Options, progress: Progress) -> Iterator[Destination]:
    """Start the stack, wait until it is steady, and remove it afterwards.

    Raises:
        HarnessError: it did not start, or is not steady.
    """
    order = orders.order_of(options)
    plan = planned(order.stack, PlanRequest(time_scale=order.time_scale))
    engine = ready_engine()
    images = {key: image.reference for key, image in orders.images_of(order, engine.host, progress).items()}
    run_id = new_run_id()
    with RunningStack(plan=plan, images=images, run_id=run_id, client=client(engine), progress=progress) as stack:
        progress("waiting until it executes signals, with a little traffic that is not measured")
        traffic = plan.traffic
        instances = {name: stack.url(name, traffic.port) for name in traffic.services}
        _warm_up(stack, instances)
        yield Destination(
            targets=tuple(Target(name=name, base_url=url) for name, url in instances.items()),
            path=traffic.path,
            headers=(("Content-Type", "application/json"),),
            payload=traffic.payload,
            redis_url=_with_login("redis", stack.url("redis", 6379), plan.logins.get("redis")),
            grafana_url=_with_login("http", stack.url("grafana", 3000), plan.logins.get("grafana")),
            time_scale=order.time_scale,
            metrics={name: f"{url}/metrics" for name, url in instances.items()},
            shown=f"a stack of its own ({run_id})",
        )


def _warm_up(stack: RunningStack, instances: Mapping[str, str]) -> None:
    """Send a few signals until every service is healthy and some were executed.

    Alerts are not waited for, as before a fault: a load may make them fire, and does not judge them.

    Raises:
        NotSteadyError: it was not so in time; says what was missing.
    """
    traffic = stack.plan.traffic
    prometheus = Prometheus(base_url=stack.url("prometheus", 9090))
    with tempfile.TemporaryDirectory(prefix="harness-warm-up-") as folder:
        spec = LoadSpec(
            targets=tuple(Target(name=name, base_url=url) for name, url in instances.items()),
            rate_per_s=WARM_UP_PER_S,
            out=Path(folder) / "client.jsonl",
            id_prefix=f"warm-up-{stack.run_id}",
            payload=traffic.payload,
            path=traffic.path,
            longest_s=STEADY_WITHIN_S + 60.0,
            recorded=False,
        )
        with LoadRun(spec):
            try:
                until("the stack to execute signals", lambda: _works(stack, prometheus), within_s=STEADY_WITHIN_S)
            except TimedOutError as late:
                raise NotSteadyError(str(late)) from late


def _works(stack: RunningStack, prometheus: Prometheus) -> bool:
    boards_are_there(stack)
    for target in stack.plan.health:
        is_healthy(stack, target)
    for query in stack.plan.steady:
        value_is(prometheus, query.what, query.promql, query.value)
    return True


def _over_http(made: Destination, url: str) -> Destination:
    parts = urlsplit(url)
    try:
        address = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    except ValueError as wrong:
        raise UsageError(f"the address {_shown(url)!r} has no usable port: {wrong}") from wrong
    if parts.scheme != "http" or not parts.hostname or parts.netloc.endswith(":"):
        raise UsageError(f"the address {_shown(url)!r} does not read as http://host:port/path (https is not spoken)")
    headers: tuple[tuple[str, str], ...] = ()
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers = (("Authorization", f"Basic {b64encode(login).decode()}"),)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return replace(made, targets=(Target(name=address, base_url=address),), path=path, headers=headers)


def _with_login(scheme: str, url: str, login: Login | None) -> str:
    place = url.removeprefix("http://")
    if login is None:
        return f"{scheme}://{place}"
    return f"{scheme}://{quote(login.user, safe='')}:{quote(login.password, safe='')}@{place}"


def _shown(url: str) -> str:
    """An address without its password."""
    head, at, place = url.rpartition("@")
    return f"{head.partition('://')[0]}://{place}" if at else url
