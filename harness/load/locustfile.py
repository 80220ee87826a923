"""Locust user classes with open arrivals.

By hand, with Locust's web page: `locust -f harness/load/locustfile.py --host http://127.0.0.1:8000`.
Each user is one stream of `--rate` requests per second with ids of its own, so two users send twice as much.
Judge by the recorded stream (`--client-log`), not by Locust's own percentiles, which are rounded.
"""

from __future__ import annotations

import itertools
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from locust import User, events, task
from locust.env import Environment
from locust.event import EventHook
from locust.exception import StopUser

from harness.load.arrivals import SHAPES
from harness.load.outcome import Kind, Outcome
from harness.load.spec import LoadSpec, Target
from harness.load.traffic import Traffic

Listener = TypeVar("Listener", bound=Callable[..., None])


class RefusedError(Exception):
    """What Locust's page shows for a request that was not acknowledged."""


def on(hook: EventHook) -> Callable[[Listener], Listener]:
    """Register a function with one of Locust's events (Locust's own decorator has no types)."""

    def register(listener: Listener) -> Listener:
        hook.add_listener(listener)  # type: ignore[no-untyped-call] # Locust ships it without types
        return listener

    return register


@on(events.init_command_line_parser)
def add_options(parser: ArgumentParser) -> None:
    """Options of the streams, on the command line and on the web page."""
    group: Any = parser.add_argument_group("Open arrivals")
    group.add_argument("--rate", type=float, default=20.0, help="requests per second of each user")
    group.add_argument("--arrivals", default="poisson", help=f"schedule of due times: {SHAPES}")
    group.add_argument("--seed", type=int, default=1, help="makes schedule and bodies repeatable")
    group.add_argument("--post-path", default="/signals", help="where requests are posted")
    group.add_argument(
        "--payload", default="harness.load.payload:numbered", help="package.module:function making the bodies"
    )
    group.add_argument("--request-timeout", type=float, default=5.0, help="seconds until an outcome is unknown")
    group.add_argument("--client-log", default="/dev/null", help="file that each request is recorded in")


@on(events.init)
def let_requests_end(environment: Environment, **_: Any) -> None:
    """On stop, wait for open requests: one that is cut off says nothing about the system."""
    options = environment.parsed_options
    if options is not None:
        environment.stop_timeout = max(environment.stop_timeout or 0.0, options.request_timeout + 2.0)


@on(events.test_stopping)
def end_arrivals(**_: Any) -> None:
    """The stop button, Ctrl-C and the end of `--run-time` end the arrivals first."""
    for traffic in SignalStream.running:
        traffic.stop()


class SignalStream(User):
    """One stream of open arrivals; `spec` is given by the harness, or made from the command line."""

    spec: ClassVar[LoadSpec | None] = None
    running: ClassVar[list[Traffic]] = []
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    @task
    def stream(self) -> None:
        """Send until stopped."""
        try:
            traffic = Traffic(self.spec or self._spec_by_hand(), self._tell_locust)
            self.running.append(traffic)
            try:
                traffic.run()
            finally:
                self.running.remove(traffic)
        except Exception as broken:
            # Told here, as Locust itself would begin the stream anew.
            self.environment.events.user_error.fire(user_instance=self, exception=broken, tb=broken.__traceback__)
            raise StopUser from broken
        raise StopUser

    def _tell_locust(self, outcome: Outcome, after_s: float) -> None:
        self.environment.events.request.fire(
            request_type="POST",
            name="request",
            response_time=after_s * 1e3,
            response_length=0,
            exception=None if outcome.kind is Kind.OK else RefusedError(f"{outcome.kind}: {outcome.error[:60]}"),
            context={},
            start_time=time.time() - after_s,
        )

    def _spec_by_hand(self) -> LoadSpec:
        options = self.environment.parsed_options
        worker = getattr(self.environment.runner, "worker_index", 0)
        return LoadSpec(
            targets=(Target(name=self.host or "", base_url=(self.host or "").rstrip("/")),),
            rate_per_s=options.rate,
            out=Path(options.client_log),
            id_prefix=f"hand-{uuid.uuid4().hex[:12]}",
            payload=options.payload,
            path=options.post_path,
            arrivals=options.arrivals,
            # Streams of one run differ, on every worker, and are the same in the next run.
            seed=options.seed + 1000 * worker + next(self._numbers),
            timeout_s=options.request_timeout,
        )
