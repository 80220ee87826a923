"""The record of the traffic: one line before a request leaves, one after, and the sum at the end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import InfrastructureError
from harness.load.outcome import Kind, Outcome
from harness.load.tally import Tally

# Room for some 5000 lines while the disk is busy; Linux gives a pipe at most so much to anybody.
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, which is Linux's alone
_WRITTEN_WITHIN_S = 60.0


class Ledger(Tally):
    """Writes the client's stream while it counts; each line is whole, and out of this process, before the next step.

    The lines go through a pipe to a process that writes them (see `harness.load.scribe`): the disk holds up nobody.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        reading, writing = os.pipe()
        # As files, not as numbers: the close of a number, `os.close`, is gevent's own in the generator. It waits until
        # something else wakes the event loop, which after the last request is Locust's look at its CPU, every 10 s.
        self._pipe = os.fdopen(writing, "wb", buffering=0)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
        with os.fdopen(reading, "rb", buffering=0) as stdin:
            self._scribe = subprocess.Popen(
                [sys.executable, "-m", "harness.load.scribe", str(path)],
                stdin=stdin,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(part or os.curdir for part in sys.path)},
            )

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
        """Write the summary as the last line, and wait until all is on the disk.

        Raises:
            InfrastructureError: it could not be written.
        """
        try:
            self._write("summary", **self.summary())
        finally:
            self._pipe.close()
            try:
                code = self._scribe.wait(timeout=_WRITTEN_WITHIN_S)
            except subprocess.TimeoutExpired as stuck:
                self._scribe.kill()
                raise InfrastructureError(f"{self._path} cannot be written: the disk is stuck") from stuck
        if code != 0:
            raise InfrastructureError(self._unwritten(f"its writer ended with code {code}"))

    def _write(self, kind: str, **fields: Any) -> None:
        left = _line(kind, fields)
        try:
            while left:
                left = left[self._pipe.write(left) :]
        except OSError as problem:
            raise InfrastructureError(self._unwritten(problem)) from problem

    def _unwritten(self, problem: object) -> str:
        return f"{self._path} cannot be written: {problem}; the reason stands before this"


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
