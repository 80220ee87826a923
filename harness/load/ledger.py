"""The record of the traffic: one line before a request leaves, one after, and the sum at the end."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import InfrastructureError
from harness.load.outcome import Kind, Outcome
from harness.load.tally import Tally


class Ledger(Tally):
    """Writes the client's stream while it counts; every line is whole and with the operating system at once."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def invoke(self, request_id: str, *, due_s: float, to: str, late_s: float) -> None:
        """Record that a request is about to leave."""
        self._write("invoke", id=request_id, due_s=round(due_s, 6), to=to)
        super().invoke(request_id, due_s=due_s, to=to, late_s=late_s)

    def end(self, request_id: str, outcome: Outcome, *, after_s: float, part: str = "") -> None:
        """Record how a request ended."""
        fields: dict[str, Any] = {"id": request_id, "ms": round(after_s * 1e3, 3)}
        if outcome.status is not None or outcome.kind is Kind.FAIL:
            fields["status"] = outcome.status
        if outcome.error:
            fields["error"] = outcome.error
        self._write(outcome.kind.value, **fields)
        # On record it stands as sent, and surely not accepted.
        super().end(request_id, replace(outcome, own_limit=False), after_s=after_s, part=part)

    def close(self) -> None:
        """Write the summary as the last line, through to the disk."""
        self._write("summary", **self.summary())
        if self._path.is_file():  # not for /dev/null
            os.fsync(self._file)
        os.close(self._file)

    def _write(self, kind: str, **fields: Any) -> None:
        line = _line(kind, fields)
        try:
            written = os.write(self._file, line)
        except OSError as problem:
            raise InfrastructureError(f"{self._path} cannot be written: {problem}") from problem
        if written != len(line):
            raise InfrastructureError(f"{self._path} took {written} of {len(line)} bytes: the disk is full")


class SumAlone(Tally):
    """Counts, and leaves the summary alone, as the only line of the client's stream."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def close(self) -> None:
        """Write the summary."""
        try:
            self._path.write_bytes(_line("summary", self.summary()))
        except OSError as problem:
            raise InfrastructureError(f"{self._path} cannot be written: {problem}") from problem


def _line(kind: str, fields: Mapping[str, Any]) -> bytes:
    stamped = {"t": time.time(), "m": time.monotonic(), "kind": kind, **fields}
    return (json.dumps(stamped) + "\n").encode()
