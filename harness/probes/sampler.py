"""Runs a probe in its own thread at a fixed rate, and records what the probing itself cost."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Protocol

from harness.errors import InfrastructureError
from harness.evidence import Recorder
from harness.recorded import Stream

STOP_WITHIN_S = 20.0


class Probe(Protocol):
    """Looks once. Whatever it finds, also that nobody answers, is an observation; it does not raise for it."""

    @property
    def name(self) -> str:
        """Short name for the cost table."""
        ...

    @property
    def every_s(self) -> float:
        """Sampling interval, real s."""
        ...

    def sample(self, recorder: Recorder) -> None:
        """Look and record."""
        ...


class Sampler:
    """A context manager: samples from enter to exit. Due times are fixed; a late sample skips none silently.

    The first sample is due `after_s` from the enter, so that several probes of one service do not all look at once.
    """

    def __init__(self, probe: Probe, recorder: Recorder, *, after_s: float = 0.0) -> None:
        self._probe = probe
        self._after_s = after_s
        self._recorder = recorder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"probe-{probe.name}", daemon=True)
        self._samples, self._busy_s, self._late_s = 0, 0.0, 0.0
        self._problem: BaseException | None = None

    def __enter__(self) -> Sampler:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join(STOP_WITHIN_S)
        self._recorder.write(
            Stream.COST,
            "probe",
            probe=self._probe.name,
            samples=self._samples,
            busy_s=round(self._busy_s, 4),
            elapsed_s=round(time.monotonic() - self._begun, 3),
            late_ms=round(self._late_s * 1000, 1),
        )
        if error is None:
            self.check_alive()
        if error is None and self._thread.is_alive():
            raise InfrastructureError(f"the probe '{self._probe.name}' hangs for over {STOP_WITHIN_S:g} s")

    def stop(self) -> None:
        """Ask it to begin no further sample; the exit waits for the one that it is at."""
        self._stop.set()

    def check_alive(self) -> None:
        """Raise if the probe broke.

        Raises:
            InfrastructureError: says how.
        """
        if self._problem is not None:
            raise InfrastructureError(f"the probe '{self._probe.name}' broke: {self._problem!r}") from self._problem

    def _run(self) -> None:
        self._stop.wait(self._after_s)
        due = time.monotonic()
        while not self._stop.is_set():
            begun = time.monotonic()
            self._late_s = max(self._late_s, begun - due)
            try:
                self._probe.sample(self._recorder)
            except BaseException as problem:
                self._problem = problem
                return
            self._samples += 1
            self._busy_s += time.monotonic() - begun
            due = max(due + self._probe.every_s, time.monotonic())
            self._stop.wait(max(0.0, due - time.monotonic()))
