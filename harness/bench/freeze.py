"""Are the figures true? A server that freezes on a known plan is loaded by us and by stock Locust at the same time.

The truth is computed: for arrivals at even distances, a share F / P of them falls into the freeze of F s in every P s;
they wait for what is left of it, which is anything from 0 to F with equal chance, and all take the service time S.
So below the quantile 1 - F / P the latency is S, and from there it rises evenly to S + F.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.bench.plain_gets import plain_gets
from harness.errors import InfrastructureError
from harness.load.run import LoadRun

STOCK = Path(__file__).with_name("stock_locustfile.py")
_WITHIN = 0.05
_NAMES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A server's behaviour and the load on it, s; the length is a whole number of periods."""

    freeze_s: float
    every_s: float
    service_s: float
    rate_per_s: float
    duration_s: float
    stock_users: int = 10

    def truth_ms(self, quantile: float) -> float:
        """What a quantile of the latency is."""
        frozen = self.freeze_s / self.every_s
        waited_s = self.freeze_s * max(0.0, quantile - (1 - frozen)) / frozen
        return (self.service_s + waited_s) * 1e3


# Stock Locust's users each have one request in the freeze: less than 1 % of what they send in a period, so that its
# 99th percentile does not see it.
SHORT = Plan(freeze_s=0.75, every_s=15.0, service_s=0.1, rate_per_s=100.0, duration_s=15.0)
FULL = Plan(freeze_s=2.0, every_s=20.0, service_s=0.1, rate_per_s=100.0, duration_s=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Truth and what the two said, ms; and how late ours was and what it dropped."""

    truth_ms: Mapping[str, float]
    ours_ms: Mapping[str, float]
    stock_ms: Mapping[str, float]
    lateness_p99_ms: float
    dropped: int

    def errors(self, said_ms: Mapping[str, float]) -> Mapping[str, float]:
        """How far figures are from the truth, as a share of it."""
        return {name: abs(said_ms[name] - true) / true for name, true in self.truth_ms.items()}

    @property
    def ours_true(self) -> bool:
        """Ours are within 5 %, all of them."""
        return max(self.errors(self.ours_ms).values()) <= _WITHIN and not self.dropped

    @property
    def stock_wrong(self) -> bool:
        """The 99th percentile of stock Locust is further off than that: it did not see the freeze."""
        return self.errors(self.stock_ms)["p99"] > _WITHIN

    def lines(self) -> Iterator[str]:
        """A table in Markdown."""
        yield "| latency, ms | truth | ours | off by | stock Locust | off by |"
        yield "|---|---|---|---|---|---|"
        ours, stock = self.errors(self.ours_ms), self.errors(self.stock_ms)
        for name, true in self.truth_ms.items():
            yield (
                f"| {name} | {true:.1f} | {self.ours_ms[name]:.1f} | {ours[name]:.1%} "
                f"| {self.stock_ms[name]:.1f} | {stock[name]:.1%} |"
            )


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """A small server; its URL."""
    command = [sys.executable, "-m", "harness.bench.small_server", *arguments]
    server = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=own_environment(), start_new_session=True
    )
    try:
        if server.stdout is None or not (port := server.stdout.readline().strip()):
            raise InfrastructureError("the small server did not start")
        yield f"http://127.0.0.1:{int(port)}"
    finally:
        server.kill()
        server.communicate()


def compare(plan: Plan) -> Comparison:
    """Load the server both ways at once.

    Raises:
        InfrastructureError: one of the two did not run.
    """
    arguments = [f"--{name.replace('_', '-')}={getattr(plan, name)}" for name in ("service_s", "freeze_s", "every_s")]
    with served(*arguments) as url, tempfile.TemporaryDirectory(prefix="harness-freeze-") as folder:
        spec = plain_gets(url, Path(folder), rate_per_s=plan.rate_per_s, duration_s=plan.duration_s, timeout_s=30.0)
        with _stock(plan, url, Path(folder)) as stock, LoadRun(spec) as run:
            summary = run.wait()
            said, _ = stock.communicate(timeout=plan.duration_s + 60)
        if stock.returncode != 0:
            raise InfrastructureError(f"stock Locust ended with code {stock.returncode}: {said.decode()[-2000:]}")
        return Comparison(
            truth_ms={name: plan.truth_ms(quantile) for name, quantile in _NAMES.items()},
            ours_ms=summary["latency_ms"],
            stock_ms=json.loads((Path(folder) / "stock.json").read_text(encoding="utf-8"))["ms"],
            lateness_p99_ms=summary["lateness_ms"]["p99"],
            dropped=summary["dropped"],
        )


def own_environment() -> dict[str, str]:
    """For children that have to find this package."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}


@contextmanager
def _stock(plan: Plan, url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    users = str(plan.stock_users)
    command = [sys.executable, "-m", "locust", "-f", str(STOCK), "--headless", "-u", users, "-r", users, "--host", url,
               "--only-summary"]  # fmt: skip
    wanted = {
        "STOCK_PER_USER_PER_S": str(plan.rate_per_s / plan.stock_users),
        "STOCK_DURATION_S": str(plan.duration_s),
        "STOCK_FIGURES": str(folder / "stock.json"),
    }
    stock = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=own_environment() | wanted, cwd=folder
    )
    try:
        yield stock
    finally:
        if stock.poll() is None:
            stock.kill()
            stock.communicate()
