"""Earlier runs as a history tells of them."""

from __future__ import annotations

from typing import Any

from harness.compare import Past
from harness.measures import Measure

MACHINE = {"cpus": "2", "memory": "about 16 GiB", "engine": "linux 24", "stand-ins": "none"}


def past(number: int = 1, **changes: Any) -> Past:
    """A run that passed, with a panel that took a second, give or take little."""
    whole: dict[str, Any] = {
        "run_id": f"run-{number}",
        "ended_at": f"2026-01-{number:02}T00:00:00.000+00:00",
        "profile": "quick",
        "machine": MACHINE,
        "verdict": "pass",
        "usual": True,
        "git_sha": "abc",
        "image": "app",
        "digest": "sha256:1",
        "scenarios": {"bench": "pass"},
        "measures": {Measure.PANEL_SLOWEST_S: {f"panel {each}": 1.0 + 0.01 * (number % 3) for each in range(5)}},
    }
    return Past(**{**whole, **changes})
