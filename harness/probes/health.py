"""The services' own word on their health, sampled."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import requests

from harness import loopback
from harness.containers.plan import HealthTarget
from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.recorded import Stream

CALL_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthProbe:
    """Asks one service for its health.

    Args:
        target: where to ask.
        base_url: address of the service.
        every_s: interval, real s.
    """

    target: HealthTarget
    base_url: str
    every_s: float
    session: requests.Session = field(default_factory=loopback.new_session)

    @property
    def name(self) -> str:
        """Short name for the cost table."""
        return f"health {self.target.service}"

    def sample(self, recorder: Recorder) -> None:
        """Ask once; no answer is an observation too."""
        begun = time.monotonic()
        status, body = self._ask()
        recorder.write(
            Stream.HEALTH,
            "sample",
            service=self.target.service,
            ok=status == 200,
            http=status,
            ms=round((time.monotonic() - begun) * 1000, 2),
            body=body,
        )

    def _ask(self) -> tuple[int | None, Any]:
        try:
            url = self.base_url + self.target.path
            answer = self.session.get(url, timeout=CALL_S)
            return answer.status_code, answer.json()
        except (requests.RequestException, InfrastructureError, ValueError) as problem:
            return None, {"error": f"{type(problem).__name__}: {problem}"}
