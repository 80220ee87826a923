"""Locust as it comes: users who wait for each answer before they send again. What ours is compared with."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

from harness.load.users import on

# 0 for as fast as each user can.
PER_USER_PER_S = float(os.environ.get("STOCK_PER_USER_PER_S", "0"))
DURATION_S = float(os.environ.get("STOCK_DURATION_S", "10"))
FIGURES = Path(os.environ.get("STOCK_FIGURES", os.devnull))


class StockUser(FastHttpUser):
    """Asks for one page, again and again."""

    if PER_USER_PER_S:
        wait_time = constant_throughput(PER_USER_PER_S)

    @task
    def page(self) -> None:
        """One request."""
        self.client.get("/")


@on(events.spawning_complete)
def end_in_time(**_: Any) -> None:
    """All users are there: the time runs. Locust's own limit may count from before that."""
    _begun.append((time.monotonic(), time.process_time()))
    gevent.spawn_later(DURATION_S, _end)


@on(events.init)
def remember(environment: Environment, **_: Any) -> None:
    """Whom to end."""
    _environments.append(environment)


_environments: list[Environment] = []
_begun: list[tuple[float, float]] = []


def _end() -> None:
    (environment,) = _environments
    total = environment.stats.total
    elapsed_s, used_s = (
        now - then for now, then in zip((time.monotonic(), time.process_time()), _begun[0], strict=True)
    )
    figures = {
        "ms": {
            "p50": total.get_response_time_percentile(0.5),
            "p99": total.get_response_time_percentile(0.99),
            "max": total.max_response_time,
        },
        "requests": total.num_requests,
        "per_s": total.num_requests / elapsed_s,
        "cpu_share": used_s / elapsed_s,
    }
    FIGURES.write_text(json.dumps(figures), encoding="utf-8")
    if environment.runner is not None:
        environment.runner.quit()
