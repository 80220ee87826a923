"""What these tests look at: the application's own metrics, and the tables behind them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests

from harness.containers.running import RunningStack
from harness.faults import data
from harness.poll import Seen, until
from stack.services.trading import PORT
from stack.traffic import signal

PM = "portfolio_manager_"
INSTANCES = ("trading-1", "trading-2", "trading-3")
ACCEPTED = 201
CALM_WITHIN_S = 30.0


def metric(stack: RunningStack, instance: str, sample: str) -> float | None:
    """One sample of an instance, by everything before its value; None if it is left out.

    Raises:
        Seen: the instance does not answer.
    """
    try:
        told = requests.get(f"{stack.url(instance, PORT)}/metrics", timeout=2).text
    except requests.RequestException as silence:
        raise Seen(f"{instance} does not answer: {silence}") from silence
    lines = [line for line in told.splitlines() if line.startswith(f"{sample} ")]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else None


def leaders(stack: RunningStack) -> list[str]:
    """Who says that it leads."""
    return [name for name in INSTANCES if metric(stack, name, f"{PM}is_leader") == 1]


def wait_calm(stack: RunningStack) -> None:
    """Wait until one instance leads, with the lease in Redis, and every instance has recovered."""

    def calm() -> bool:
        for name in INSTANCES:
            if metric(stack, name, f"{PM}fallback_mode") != 0 or metric(stack, name, f"{PM}recovery_time_ms") is None:
                raise Seen(f"{name} is in fallback mode or has not recovered")
        if len(found := leaders(stack)) != 1:
            raise Seen(f"{found} lead")
        return True

    until("one leader and three well instances", calm, within_s=CALM_WITHIN_S)


def wait_for(what: str, stack: RunningStack, sql: str, within_s: float = 10.0) -> None:
    """Wait until a query's first value is true."""
    until(what, lambda: data.proven(stack, sql), within_s=within_s)


def value(stack: RunningStack, sql: str, **values: object) -> Any:
    """The first value of a query, in which %(name)s stands for a given value."""
    row = data.ask(stack, sql, values or None)
    return None if row is None else row[0]


@contextmanager
def traffic(stack: RunningStack, to: str) -> Iterator[list[str]]:
    """Twenty signals a second to one instance while the block runs; gives the ids of those that it accepted."""
    accepted: list[str] = []
    over, begun = threading.Event(), time.time_ns()

    def send() -> None:
        index = 0
        while not over.wait(0.05):
            index += 1
            url = f"{stack.url(to, PORT)}/signals"
            body = signal(1, index, f"{begun}-{index}", time.time())
            with suppress(requests.RequestException):  # what is not answered was not accepted, as far as one knows
                if requests.post(url, json=body, timeout=2).status_code == ACCEPTED:
                    accepted.append(str(body["signal_id"]))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        yield accepted
    finally:
        over.set()
        sender.join(5)
