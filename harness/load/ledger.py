"""The record of the traffic: one line before a request leaves, one after, and the sum at the end."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from harness.errors import InfrastructureError
from harness.histogram import Durations
from harness.load.outcome import Kind, Outcome


class Ledger:
    """Writes the client's stream; every line is whole and with the operating system at once.

    Latency counts from the due time and takes in acknowledged requests and those given up (which took at
    least so long). Refusals are kept apart: a quick no must not flatter the latency.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._start_s: float | None = None
        self._counts: Counter[str] = Counter()
        self._lateness = Durations()
        self._latency = Durations()
        self._refusal = Durations()

    def began(self, start_s: float) -> None:
        """Note when the schedule began, s since the epoch: due times are counted from it."""
        self._start_s = start_s

    def scheduled(self) -> None:
        """Count an arrival whose time has come."""
        self._counts["scheduled"] += 1

    def dropped(self) -> None:
        """Count an arrival that could not be sent."""
        self._counts["dropped"] += 1

    def invoke(self, request_id: str, *, due_s: float, to: str, late_s: float) -> None:
        """Record that a request is about to leave.

        Args:
            request_id: its id.
            due_s: when it was due, s since the epoch.
            to: the instance it goes to.
            late_s: how much later than due it leaves; the generator's own fault.
        """
        self._write("invoke", id=request_id, due_s=round(due_s, 6), to=to)
        self._counts["sent"] += 1
        self._lateness.add(late_s)

    def end(self, request_id: str, outcome: Outcome, *, after_s: float) -> None:
        """Record how a request ended, `after_s` seconds after it was due."""
        fields: dict[str, Any] = {"id": request_id, "ms": round(after_s * 1e3, 3)}
        if outcome.status is not None or outcome.kind is Kind.FAIL:
            fields["status"] = outcome.status
        if outcome.error:
            fields["error"] = outcome.error
        self._write(outcome.kind.value, **fields)
        self._counts[outcome.kind.value] += 1
        self._counts["completed"] += outcome.status is not None
        (self._refusal if outcome.kind is Kind.FAIL else self._latency).add(after_s)

    def close(self) -> None:
        """Write the summary as the last line, through to the disk."""
        counts = ("scheduled", "sent", "completed", "dropped", *(kind.value for kind in Kind))
        self._write(
            "summary",
            start_s=self._start_s,
            **{name: self._counts[name] for name in counts},
            lateness_ms=self._lateness.percentiles_ms(50, 99),
            latency_ms=self._latency.percentiles_ms(50, 90, 99, 99.9),
            refusal_ms=self._refusal.percentiles_ms(50, 90, 99, 99.9),
            histogram=self._latency.encoded(),
            lateness_histogram=self._lateness.encoded(),
        )
        if self._path.is_file():  # not for /dev/null
            os.fsync(self._file)
        os.close(self._file)

    def _write(self, kind: str, **fields: Any) -> None:
        stamped = {"t": time.time(), "m": time.monotonic(), "kind": kind, **fields}
        line = (json.dumps(stamped) + "\n").encode()
        try:
            written = os.write(self._file, line)
        except OSError as problem:
            raise InfrastructureError(f"{self._path} cannot be written: {problem}") from problem
        if written != len(line):
            raise InfrastructureError(f"{self._path} took {written} of {len(line)} bytes: the disk is full")
