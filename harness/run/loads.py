"""A load as it is asked for on the command line: what is sent, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import Interrupted, UsageError
from harness.interrupt import shielded
from harness.load.capacity import Capacity, Objective, Step, find_capacity, step_of
from harness.load.measured import Measured
from harness.load.redis_mix import Mix
from harness.load.run import LoadRun
from harness.load.spec import BoardsWork, LoadSpec, RedisWork
from harness.progress import Progress, silent
from harness.run.destination import DESK_WEIGHTS, PARTS, Destination

PROGRESS_S = 5.0
# Requests of one step of a search: of fewer, a 99th percentile is the slowest one and nothing else.
FEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for; durations in s. See `harness load --help` for each.

    With a URL of one's own the signals are plain requests, unless a payload is named: nobody knows what that takes.
    """

    profile: str
    rate_per_s: float
    duration_s: float
    arrivals: str
    seed: int
    timeout_s: float
    most_late_ms: float
    own_url: bool
    method: str = ""
    body: str = ""
    payload: str = ""
    boards: tuple[str, ...] = ()
    pipeline: int = 1
    clients: int = 50
    commands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: names it.
        """
        if self.profile not in PARTS:
            raise UsageError(f"there is no profile {self.profile!r}; there are {', '.join(PARTS)}")
        if self.body and self.payload:
            raise UsageError("--body and --payload are two bodies: give one")
        if not self.most_late_ms > 0:
            raise UsageError(f"--most-late-ms is {self.most_late_ms:g}; it must be above zero")

    def spec(self, to: Destination, folder: Path) -> LoadSpec:
        """The generator's orders.

        Args:
            to: where it is sent.
            folder: takes the generator's files.

        Raises:
            UsageError: names the value that cannot be sent.
        """
        payload = self.payload or ("" if self.body or self.own_url else to.payload)
        mix = Mix(pipeline=self.pipeline, commands=self.commands) if self.commands else Mix(pipeline=self.pipeline)
        grafana = to.grafana_url
        parts = PARTS[self.profile]
        typed = "Content-Type" in dict(to.headers) or not payload
        return LoadSpec(
            targets=to.targets,
            path=to.path,
            headers=to.headers if typed else (*to.headers, ("Content-Type", "application/json")),
            method=self.method.upper() or ("POST" if payload or self.body else "GET"),
            payload=payload or "harness.load.payload:numbered",
            body=None if payload else self.body,
            redis=RedisWork(url=to.redis_url, clients=self.clients, mix=mix) if to.redis_url else None,
            boards=BoardsWork(url=grafana, boards=self.boards, time_scale=to.time_scale) if grafana else None,
            mix=tuple((part, DESK_WEIGHTS[part] if len(parts) > 1 else 1.0) for part in parts),
            rate_per_s=self.rate_per_s,
            duration_s=self.duration_s,
            arrivals=self.arrivals,
            seed=self.seed,
            timeout_s=self.timeout_s,
            out=folder / "client.jsonl",
            id_prefix=f"load-{folder.name}",
            longest_s=self.duration_s + self.timeout_s + 300.0,
            recorded=False,
            progress_s=min(PROGRESS_S, max(1.0, self.duration_s / 10)),
        )

    def asked(self, to: Destination) -> Mapping[str, Any]:
        """What was asked for, for the file of figures."""
        return {**asdict(self), "to": to.shown}


def measure(spec: LoadSpec, asked: Mapping[str, Any], most_late_ms: float, progress: Progress) -> Measured:
    """Send one load to its end; when it is broken off, what there is by then.

    Args:
        spec: what to send.
        asked: kept with the figures.
        most_late_ms: the latest that the 99th percentile may leave.
        progress: hears how it goes.
    """
    interrupted = False
    with LoadRun(spec) as run:
        try:
            summary = run.wait(_telling(progress))
        except Interrupted:
            interrupted = True
            progress("interrupted: no more arrivals; waiting for open requests, then the figures so far are written")
            with shielded():
                summary = run.stop(_telling(progress))
    return Measured(summary=summary, asked=asked, most_late_ms=most_late_ms, interrupted=interrupted)


def search(
    wish: Wish, spec: LoadSpec, objective: Objective, *, most_per_s: float, within: float, progress: Progress
) -> Capacity:
    """Find the knee, one load a step.

    Args:
        wish: what was asked for.
        spec: the first step.
        objective: what has to hold.
        most_per_s: no rate above it is tried.
        within: the gap that ends the search, as a share of the knee.
        progress: hears of each step.

    Raises:
        Interrupted: it was broken off; there is no knee then.
    """
    made: list[Step] = []

    def step(rate_per_s: float) -> Step:
        number = len(made) + 1
        own = replace(
            spec,
            rate_per_s=rate_per_s,
            id_prefix=f"{spec.id_prefix}-{number}",
            out=spec.out.with_name(f"client-{number}.jsonl"),
        )
        measured = measure(own, {}, wish.most_late_ms, silent)
        if measured.interrupted:
            raise Interrupted(f"interrupted while searching, after {len(made)} rates: there is no knee yet")
        made.append(step_of(rate_per_s, measured, objective))
        progress(f"{rate_per_s:g}/s {made[-1].held}: {made[-1].why}")
        return made[-1]

    return find_capacity(
        step,
        first_per_s=spec.rate_per_s,
        most_per_s=max(most_per_s, spec.rate_per_s),
        within=within,
        least_per_s=FEWEST / wish.duration_s,
    )


def _telling(progress: Progress) -> Callable[[Mapping[str, Any]], None]:
    def tell(glance: Mapping[str, Any]) -> None:
        latency, late = glance["latency_ms"], glance["lateness_ms"]
        figures = f"p50 {latency['p50']:.4g}, p99 {latency['p99']:.4g}, max {latency['max']:.4g} ms" if latency else "-"
        lateness = f"{late['p99']:.3g}" if late else "-"
        failed = glance["fail"] + glance["info"]
        progress(
            f"due {glance['scheduled']}, answered {glance['completed']}, open {glance['in_flight']}, "
            f"not accepted {failed}, dropped {glance['dropped']}; {figures}; late p99 {lateness} ms"
        )

    return tell
