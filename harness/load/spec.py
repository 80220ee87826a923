"""What a load generator is told to do, as a value that crosses the process border as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.errors import UsageError
from harness.load.arrivals import busiest, due_times


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
class LoadSpec:
    """One stream of open arrivals.

    Args:
        targets: instances, used in turn.
        rate_per_s: base rate of arrivals.
        out: where each request is recorded, one JSON object a line.
        id_prefix: ids are "<prefix>-<index>"; must differ between runs on the same databases.
        payload: dotted path of the body's factory (see `harness.load.payload`).
        path: where requests are posted.
        arrivals: the schedule: see `harness.shapes.shape`, or `trace:FILE`.
        seed: makes schedule and bodies repeatable.
        timeout_s: a request without an answer this long after it left has an unknown outcome.
        duration_s: length of the traffic; None lasts until it is stopped.
        most_in_flight: requests that may be open at once; arrivals beyond it are dropped, and counted.
            By default enough for every target to hang.
        longest_s: the generator ends itself after this time, whatever happens.
    """

    targets: tuple[Target, ...]
    rate_per_s: float
    out: Path
    id_prefix: str
    payload: str = "harness.load.payload:numbered"
    path: str = "/signals"
    arrivals: str = "poisson"
    seed: int = 1
    timeout_s: float = 5.0
    duration_s: float | None = None
    most_in_flight: int | None = None
    longest_s: float = 4 * 3600.0

    def __post_init__(self) -> None:
        """Refuse what cannot be run.

        Raises:
            UsageError: names the value.
        """
        due_times(self.arrivals, rate_per_s=self.rate_per_s, seed=self.seed, duration_s=self.duration_s)
        if not self.targets:
            raise UsageError("there is no target to send traffic to")
        if not self.path.startswith("/"):
            raise UsageError(f"the path {self.path!r} does not start with a slash")
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise UsageError(f"the timeout is {self.timeout_s:g} s; it must be above zero")
        if self.most_in_flight is not None and self.most_in_flight < 1:
            raise UsageError(f"at most {self.most_in_flight} requests in flight cannot send any")

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
        return cls(**data | {"out": Path(data["out"])})
