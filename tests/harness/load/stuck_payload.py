"""A payload that holds up the whole generator once, as a busy machine does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

STUCK_S = 0.4


def stuck(_seed: int, index: int, request_id: str, _due_s: float) -> Mapping[str, Any]:
    """The twentieth body takes 0.4 s of the process's time."""
    until_s = time.monotonic() + (STUCK_S if index == 20 else 0.0)
    while time.monotonic() < until_s:
        pass
    return {"id": request_id, "index": index}
