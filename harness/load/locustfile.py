"""Locust user classes with open arrivals, by hand.

`locust -f harness/load/locustfile.py --host http://127.0.0.1:8000`, then Locust's web page. Classes without a target
are left out; `RedisStream` needs `--redis-url`, `ViewerStream` `--grafana-url`, `DeskStream` both and its name on the
command line. Each user is one stream of `--rate` requests per second with ids of its own, so two users send twice as
much. With workers (`--processes 2`, or `--master` and `--worker`) all users together have one schedule, which the
workers share. Judge by the recorded stream (`--client-log`) or by the summary (`--summary`), not by Locust's own
percentiles, which are rounded.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from harness.errors import UsageError
from harness.load.arrivals import SHAPES
from harness.load.shares import Master, Shares
from harness.load.users import NO_LOG, DeskStream, RedisStream, SignalStream, Stream, ViewerStream, chosen, on

__all__ = ["DeskStream", "RedisStream", "SignalStream", "ViewerStream"]

_masters: list[Master] = []


@on(events.init_command_line_parser)
def add_options(parser: ArgumentParser) -> None:
    """Options of the streams, on the command line and on the web page."""
    # They hold passwords: not shown on the page. Only Locust's own parser knows such options.
    secret: Any = parser.add_argument
    redis, grafana = "redis://[user:password@]host:port", "http://user:password@host:port"
    secret("--redis-url", default="", help=redis, is_secret=True, env_var="LOCUST_REDIS_URL")
    secret("--grafana-url", default="", help=grafana, is_secret=True, env_var="LOCUST_GRAFANA_URL")
    group: Any = parser.add_argument_group("Open arrivals")
    group.add_argument("--rate", type=float, default=20.0, help="requests per second of each user")
    group.add_argument("--arrivals", default="poisson", help=f"schedule of due times: {SHAPES}")
    group.add_argument("--seed", type=int, default=1, help="makes schedule and bodies repeatable")
    group.add_argument("--post-path", default="/signals", help="where requests are posted")
    group.add_argument(
        "--payload", default="harness.load.payload:numbered", help="package.module:function making the bodies"
    )
    group.add_argument("--request-timeout", type=float, default=5.0, help="seconds until an outcome is unknown")
    group.add_argument("--client-log", default=NO_LOG, help="file that each request is recorded in")
    group.add_argument("--summary", default="", help="file that the master writes the merged summary to")
    group.add_argument("--redis-clients", type=int, default=50, help="connections to Redis")
    group.add_argument("--redis-pipeline", type=int, default=1, help="commands of one arrival")
    group.add_argument("--redis-commands", default="", help="comma-separated; all that redis-benchmark has without it")
    group.add_argument("--boards", default="", help="comma-separated uids; every board without it")


@on(events.init)
def prepare(environment: Environment, **_: Any) -> None:
    """On stop, wait for open requests: one that is cut off says nothing about the system. Workers share a schedule."""
    options, runner = environment.parsed_options, environment.runner
    if options is None:  # started by the harness, which says what to send
        return
    environment.stop_timeout = max(environment.stop_timeout or 0.0, options.request_timeout + 2.0)
    if not getattr(options, "class_picker", False):
        try:
            environment.user_classes = chosen(environment.user_classes, options)
        except UsageError as wrong:
            raise SystemExit(f"locust: {wrong}") from wrong
    if isinstance(runner, MasterRunner):
        _masters.append(Master(runner))
    elif isinstance(runner, WorkerRunner):
        Shares.install(runner, end_arrivals)


@on(events.test_start)
def begin(environment: Environment, **_: Any) -> None:
    """A new run shares a new schedule."""
    shares = Shares.of(environment.runner)
    if shares is not None:
        shares.begin()
    for master in _masters:
        master.begin()


@on(events.spawning_complete)
def give_out(user_count: int, **_: Any) -> None:
    """All users are there: the master cuts the schedule."""
    for master in _masters:
        gevent.spawn(master.give_out, user_count)


@on(events.test_stopping)
def end_arrivals(**_: Any) -> None:
    """The stop button, Ctrl-C and the end of `--run-time` end the arrivals first."""
    for traffic in Stream.running:
        traffic.stop()


@on(events.test_stopping)
def add_up(environment: Environment, **_: Any) -> None:
    """The master ends the arrivals of all workers, waits for what is open, and writes the summary of all."""
    path = environment.parsed_options.summary if environment.parsed_options is not None else ""
    for master in _masters:
        master.finish(Path(path) if path else None, within_s=(environment.stop_timeout or 0.0) + 5.0)
