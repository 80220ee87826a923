"""What a load generator is told to do, as a value that crosses the process border as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from harness.errors import UsageError
from harness.load.arrivals import busiest, due_times
from harness.load.redis_mix import Mix

PARTS: Final = ("signals", "redis", "viewers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One instance that takes requests: its name in the evidence, and its base URL (http)."""

    name: str
    base_url: str

    def __post_init__(self) -> None:
        """Refuse a URL that cannot be reached.

        Raises:
            UsageError: it is not http://host[:port].
        """
        parts = urlsplit(self.base_url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise UsageError(f"the target {self.base_url!r} does not read as http://host:port")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisWork:
    """Redis traffic: where it goes (redis://[user:password@]host[:port][/db]), over how many connections, and what."""

    url: str
    clients: int = 50
    mix: Mix = field(default_factory=Mix)

    def __post_init__(self) -> None:
        """Refuse what cannot be reached.

        Raises:
            UsageError: names the value.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "redis" or not parts.hostname:
            raise UsageError(f"the Redis URL of host {parts.hostname!r} does not read as redis://host:port")
        if not 1 <= self.clients <= 10_000:
            raise UsageError(f"{self.clients} Redis connections; there may be 1 to 10,000")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardsWork:
    """Views of boards: Grafana's URL with its login, the boards' uids (all without any), and the boards' time scale."""

    url: str
    boards: tuple[str, ...] = ()
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be reached.

        Raises:
            UsageError: names the value, without a password.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname:
            raise UsageError(
                f"the Grafana URL of host {parts.hostname!r} does not read as http://user:password@host:port"
            )
        if not self.time_scale > 0:
            raise UsageError(f"the time scale is {self.time_scale:g}; it must be above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpec:
    """One stream of open arrivals.

    Args:
        targets: instances that take HTTP requests, used in turn.
        rate_per_s: base rate of arrivals.
        out: where each request is recorded, one JSON object a line, or the summary alone.
        id_prefix: ids are "<prefix>-<index>"; must differ between runs on the same databases.
        payload: dotted path of the body's factory (see `harness.load.payload`).
        body: one body for all requests in place of the factory's; empty for none.
        method, path, headers: of the HTTP requests.
        redis: the Redis traffic, if there is any.
        boards: the viewers of dashboards, if there are any.
        mix: which part of the traffic an arrival belongs to, by weights; names out of `PARTS`.
        arrivals: the schedule: see `harness.shapes.shape`, or `trace:FILE`.
        seed: makes schedule and bodies repeatable.
        timeout_s: a request without an answer this long after it left has an unknown outcome.
        duration_s: length of the traffic; None lasts until it is stopped.
        most_in_flight: requests that may be open at once; arrivals beyond it are dropped, and counted.
            By default enough for every target to hang.
        longest_s: the generator ends itself after this time, whatever happens.
        recorded: False keeps the summary alone: for loads whose single requests nobody judges.
        progress_s: how often the generator says how it goes, s; 0 for never.
        start_s: when the schedule begins, s since the epoch; None for at once.
        share: (number, count): takes only every count-th arrival of the schedule, from this number on.
    """

    targets: tuple[Target, ...]
    rate_per_s: float
    out: Path
    id_prefix: str
    payload: str = "harness.load.payload:numbered"
    body: str | None = None
    method: str = "POST"
    path: str = "/signals"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    redis: RedisWork | None = None
    boards: BoardsWork | None = None
    mix: tuple[tuple[str, float], ...] = (("signals", 1.0),)
    arrivals: str = "poisson"
    seed: int = 1
    timeout_s: float = 5.0
    duration_s: float | None = None
    most_in_flight: int | None = None
    longest_s: float = 4 * 3600.0
    recorded: bool = True
    progress_s: float = 0.0
    start_s: float | None = None
    share: tuple[int, int] = (0, 1)

    def __post_init__(self) -> None:
        """Refuse what cannot be run.

        Raises:
            UsageError: names the value.
        """
        due_times(self.arrivals, rate_per_s=self.rate_per_s, seed=self.seed, duration_s=self.duration_s)
        self._check_mix()
        if not self.path.startswith("/"):
            raise UsageError(f"the path {self.path!r} does not start with a slash")
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise UsageError(f"the timeout is {self.timeout_s:g} s; it must be above zero")
        if self.most_in_flight is not None and self.most_in_flight < 1:
            raise UsageError(f"at most {self.most_in_flight} requests in flight cannot send any")
        number, count = self.share
        if not 0 <= number < count:
            raise UsageError(f"share {number} of {count} is none")

    def _check_mix(self) -> None:
        there = {"signals": self.targets, "redis": self.redis, "viewers": self.boards}
        weights = dict(self.mix)
        if unknown := sorted(weights.keys() - there):
            raise UsageError(f"the part {unknown[0]!r} of the traffic is unknown; there are {', '.join(PARTS)}")
        if not weights or min(weights.values()) <= 0 or not math.isfinite(sum(weights.values())):
            raise UsageError("every part of the traffic needs a weight above zero")
        if missing := [part for part in weights if not there[part]]:
            raise UsageError(f"there is no target to send traffic to (part {missing[0]!r})")

    @property
    def in_flight_limit(self) -> int:
        """Requests that may be open at once."""
        # With every target hanging, rate x timeout are open on average; twice that leaves room for chance.
        hanging = busiest(self.arrivals, rate_per_s=self.rate_per_s, window_s=self.timeout_s)
        return self.most_in_flight or math.ceil(2 * hanging) + 64

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self) | {"out": str(self.out)})

    @classmethod
    def from_json(cls, text: str) -> LoadSpec:
        """The value that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["targets"] = tuple(Target(**target) for target in data["targets"])
        for name in ("headers", "mix"):
            data[name] = tuple(tuple(pair) for pair in data[name])
        data["share"] = tuple(data["share"])
        if redis := data["redis"]:
            mix = redis["mix"] | {"commands": tuple(redis["mix"]["commands"])}
            data["redis"] = RedisWork(**redis | {"mix": Mix(**mix)})
        if boards := data["boards"]:
            data["boards"] = BoardsWork(**boards | {"boards": tuple(boards["boards"])})
        return cls(**data | {"out": Path(data["out"])})
