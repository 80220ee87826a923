"""How much the generator can send from one core, beside Locust's FastHttpUser on the same core; and how late it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.bench.freeze import STOCK, own_environment, served
from harness.bench.plain_gets import plain_gets
from harness.errors import InfrastructureError
from harness.load.run import LoadRun
from harness.progress import Progress

# A rate is kept while the 99th percentile leaves within this, as `harness load` asks for by default.
_KEPT_MS = 50.0
_STOCK_USERS = 50
# Shares of FastHttpUser's rate that are tried; the ceiling is the highest that is kept.
_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
LEAST_SHARE = 0.8
MOST_LATE_MS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rate of ours: what was offered, how late it left, what it cost."""

    rate_per_s: float
    lateness_p50_ms: float
    lateness_p99_ms: float
    cpu_share: float
    dropped: int

    @property
    def kept(self) -> bool:
        """Whether the rate was really offered."""
        return self.lateness_p99_ms <= _KEPT_MS and not self.dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """Ours and stock Locust's, side by side."""

    stock_per_s: float
    stock_cpu_share: float
    rows: tuple[Row, ...]
    half: Row

    @property
    def ours_per_s(self) -> float:
        """The highest rate that was kept; 0 without one."""
        return max((row.rate_per_s for row in self.rows if row.kept), default=0.0)

    @property
    def good(self) -> bool:
        """At least 0.8 of FastHttpUser's, and on time at half of it."""
        return self.ours_per_s >= LEAST_SHARE * self.stock_per_s and self.half.lateness_p99_ms <= MOST_LATE_MS

    def lines(self) -> Iterator[str]:
        """A table in Markdown."""
        yield "| what | rate, 1/s | lateness p50 / p99, ms | share of the core |"
        yield "|---|---|---|---|"
        stock = f"FastHttpUser, {_STOCK_USERS} users, as fast as it goes"
        yield f"| {stock} | {self.stock_per_s:.0f} | not known | {self.stock_cpu_share:.2f} |"
        for row in (*self.rows, self.half):
            name = "ours, half the ceiling" if row is self.half else "ours" if row.kept else "ours, not kept"
            late = f"{row.lateness_p50_ms:.2f} / {row.lateness_p99_ms:.2f}"
            yield f"| {name} | {row.rate_per_s:.0f} | {late} | {row.cpu_share:.2f} |"
        share = self.ours_per_s / self.stock_per_s if self.stock_per_s else 0.0
        yield ""
        yield (
            f"Ceiling {self.ours_per_s:.0f} a second, {share:.2f} of FastHttpUser's ({LEAST_SHARE} wanted); "
            f"at half of it p99 of the lateness {self.half.lateness_p99_ms:.2f} ms ({MOST_LATE_MS:g} allowed)."
        )


def ceiling(*, seconds: float, progress: Progress) -> Ceiling:
    """Measure both on one core, the server on another.

    Args:
        seconds: length of each step.
        progress: hears of each step.

    Raises:
        InfrastructureError: there is only one core, or stock Locust does not run.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise InfrastructureError("the ceiling is measured on two cores: one for the generator, one for the server")
    try:
        os.sched_setaffinity(0, {cores[1]})
        with served() as url:
            os.sched_setaffinity(0, {cores[0]})  # for the generators, which inherit it
            stock = _stock(url, seconds)
            progress(f"FastHttpUser: {stock[0]:.0f} a second")
            rows: list[Row] = []
            for share in _SHARES:
                rows.append(_ours(url, round(stock[0] * share), seconds))
                progress(f"ours at {rows[-1].rate_per_s:.0f}: p99 {rows[-1].lateness_p99_ms:.2f} ms late")
                if not rows[-1].kept:
                    break
            best = max((row.rate_per_s for row in rows if row.kept), default=stock[0] * _SHARES[0])
            return Ceiling(
                stock_per_s=stock[0], stock_cpu_share=stock[1], rows=tuple(rows), half=_ours(url, best / 2, seconds)
            )
    finally:
        os.sched_setaffinity(0, set(cores))


def _stock(url: str, seconds: float) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="harness-stock-") as folder:
        figures = Path(folder) / "stock.json"
        users = str(_STOCK_USERS)
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(STOCK), "--headless", "-u", users, "-r", users, "--host", url,
             "--only-summary"],
            env=own_environment() | {"STOCK_DURATION_S": str(seconds), "STOCK_FIGURES": str(figures)},
            capture_output=True, text=True, check=False, timeout=seconds + 120, cwd=folder,
        )  # fmt: skip
        if done.returncode != 0 or not figures.is_file():
            raise InfrastructureError(f"stock Locust ended with code {done.returncode}: {done.stderr[-2000:]}")
        read = json.loads(figures.read_text(encoding="utf-8"))
        return float(read["per_s"]), float(read["cpu_share"])


def _ours(url: str, rate_per_s: float, seconds: float) -> Row:
    with tempfile.TemporaryDirectory(prefix="harness-ours-") as folder:
        spec = plain_gets(url, Path(folder), rate_per_s=rate_per_s, duration_s=seconds, timeout_s=10.0)
        with LoadRun(spec) as run:
            summary = run.wait()
        late = summary["lateness_ms"]
        return Row(
            rate_per_s=rate_per_s,
            lateness_p50_ms=late["p50"],
            lateness_p99_ms=late["p99"],
            cpu_share=summary["cpu_share"],
            dropped=summary["dropped"],
        )
