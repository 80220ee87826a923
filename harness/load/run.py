"""Traffic for a run: the load generator as a child process, started, stopped, and never left behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.errors import EvidenceError, InfrastructureError, Interrupted
from harness.load.payload import load_payload
from harness.load.spec import LoadSpec

# Importing Locust takes about a second; on a busy machine several.
_START_WITHIN_S = 30.0
# After the requests' own timeout the child only writes its summary.
_SUMMARY_WITHIN_S = 10.0
_LAST_LINES = 20

Heard = Callable[[Mapping[str, Any]], None]


def _nobody(_glance: Mapping[str, Any]) -> None:
    pass


class LoadRun:
    """One load generator. As a context manager it is stopped, or ended, on the way out.

    This process imports neither Locust nor gevent. The child ends with this process, however it dies.

    Args:
        spec: what to send; each request is recorded in `spec.out`, the child's messages beside it in `.log`.
    """

    def __init__(self, spec: LoadSpec) -> None:
        self._spec = spec
        self._child: subprocess.Popen[bytes] | None = None
        self._summary: Mapping[str, Any] | None = None

    @property
    def log(self) -> Path:
        """Where the child's messages are kept."""
        return self._spec.out.with_suffix(".log")

    @property
    def pid(self) -> int:
        """The child's process id.

        Raises:
            InfrastructureError: it was not started.
        """
        return self._running().pid

    def start(self) -> None:
        """Start the child and wait until traffic flows.

        Raises:
            InfrastructureError: it did not start; carries its last words.
            UsageError: the payload of the spec does not exist.
        """
        load_payload(self._spec.payload)
        self._spec.out.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "harness.load.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,  # nothing that the child says is held back from `_hear`
                start_new_session=True,  # Ctrl-C is for the harness, which then stops the traffic in order
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)},
            )
        try:
            self._hand_over(self._child)
        except BaseException:
            self._end()
            raise

    def check_alive(self) -> None:
        """Make sure that traffic still flows.

        Raises:
            InfrastructureError: the child has ended; carries its last words.
        """
        code = self._running().poll()
        if code is not None and self._summary is None:
            raise InfrastructureError(self._died(code))

    def stop(self, heard: Heard = _nobody) -> Mapping[str, Any]:
        """End the arrivals, wait for open requests, and return the summary (see docs/evidence.md).

        Calling it again returns the same summary.

        Args:
            heard: hears how it goes, where the spec asks for that.

        Raises:
            InfrastructureError: the child died or did not end in time (it is then killed).
        """
        if self._summary is None:
            child = self._running()
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            self._summary = self._finished(self._spec.timeout_s + _SUMMARY_WITHIN_S, heard)
        return self._summary

    def wait(self, heard: Heard = _nobody) -> Mapping[str, Any]:
        """Wait for the end of a spec with a duration, and return the summary.

        Args:
            heard: hears how it goes, where the spec asks for that.

        Raises:
            InfrastructureError: as `stop` does; also when the spec has no end of its own.
        """
        if self._summary is None:
            if self._spec.duration_s is None:
                raise InfrastructureError("this traffic has no end of its own; stop it")
            within_s = self._spec.duration_s + self._spec.timeout_s + _SUMMARY_WITHIN_S
            self._summary = self._finished(within_s, heard)
        return self._summary

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.stop()
        finally:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise InfrastructureError("the load generator was not started")
        return self._child

    def _hand_over(self, child: subprocess.Popen[bytes]) -> None:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise InfrastructureError("the load generator has no pipes")
        try:
            stdin.write(self._spec.to_json().encode() + b"\n")
            stdin.flush()
        except BrokenPipeError as gone:
            raise InfrastructureError(self._died(_code(child))) from gone
        poll = select.poll()
        poll.register(stdout, select.POLLIN)
        if not poll.poll(_START_WITHIN_S * 1000):
            raise InfrastructureError(self._late("start", _START_WITHIN_S))
        if stdout.readline() != b"started\n":
            raise InfrastructureError(self._died(_code(child)))

    def _finished(self, within_s: float, heard: Heard) -> Mapping[str, Any]:
        deadline_s = time.monotonic() + within_s
        child = self._running()
        try:
            self._hear(child, deadline_s, heard)
            code = child.wait(timeout=max(deadline_s - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired as stuck:
            self._end()
            raise InfrastructureError(self._late("end", within_s)) from stuck
        except (Interrupted, KeyboardInterrupt):
            raise  # it may still be stopped in order
        except BaseException:
            self._end()
            raise
        self._end()
        if code != 0:
            raise InfrastructureError(self._died(code))
        return read_summary(self._spec.out)

    def _hear(self, child: subprocess.Popen[bytes], deadline_s: float, heard: Heard) -> None:
        """Pass on what the child says, until it says no more or the deadline is there."""
        if child.stdout is None or child.stdout.closed:
            return
        poll = select.poll()
        poll.register(child.stdout, select.POLLIN | select.POLLHUP)
        said = b""
        while (left_s := deadline_s - time.monotonic()) > 0:
            if not poll.poll(min(left_s, 1.0) * 1000):
                continue
            piece = os.read(child.stdout.fileno(), 65536)
            if not piece:
                return
            *lines, said = (said + piece).split(b"\n")
            for line in lines:
                heard(json.loads(line))

    def _end(self) -> None:
        """Kill the child if it still runs, and close its pipes."""
        child = self._running()
        if child.poll() is None:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def _died(self, code: int) -> str:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"the load generator {how}; {self._tail()}"

    def _late(self, what: str, within_s: float) -> str:
        return f"the load generator did not {what} within {within_s:g} s; {self._tail()}"

    def _tail(self) -> str:
        lines = self.log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
        return "its last words: " + (" | ".join(lines) if lines else "none")


def _code(child: subprocess.Popen[bytes]) -> int:
    """The exit code of a child that is about to end; one that does not is killed."""
    try:
        return child.wait(timeout=_SUMMARY_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def read_summary(path: Path) -> Mapping[str, Any]:
    """The summary in the last line of a client's stream.

    Raises:
        EvidenceError: there is none; names the file.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - (1 << 20)))
            last = json.loads(file.readlines()[-1])
    except (OSError, ValueError, IndexError) as damage:
        raise EvidenceError(f"{path} has no summary: {damage}") from damage
    if not isinstance(last, dict) or last.get("kind") != "summary":
        raise EvidenceError(f"{path} has no summary in its last line: the load generator did not end in order")
    return last
