"""Faults that come and go by the clock: each has a thread of its own, so that none waits for another's healing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from harness.containers.running import RunningStack
from harness.errors import HarnessError, InfrastructureError, Interrupted, UsageError
from harness.evidence import Recorder
from harness.faults.aim import aimed
from harness.faults.base import StackFault
from harness.faults.inject import HEALED_WITHIN_S, Note, mend, see_healed, step
from harness.interrupt import shielded
from harness.journal import Journal
from harness.model import Timed
from harness.poll import until
from harness.recorded import Stream

PLAYED_WITHIN_S = 0.5  # a role that nobody plays now is skipped: whoever takes the lead later is another fault's
SEEN_WITHIN_S = 2.0  # a short fault's effect is looked for at least so long
STRIKES_WITHIN_S = 15.0


@dataclass(slots=True)
class Claims:
    """What is broken by whom: two faults on one container would mend each other."""

    _held: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, names: frozenset[str], by: str) -> str:
        """Claim all of them; where one is taken nothing is claimed, and the answer says by whom."""
        with self._lock:
            for name in sorted(names & self._held.keys()):
                return f"{name} is broken by {self._held[name]}"
            self._held.update(dict.fromkeys(names, by))
            return ""

    def leave(self, names: frozenset[str]) -> None:
        """Whoever comes next may break them."""
        with self._lock:
            for name in names:
                self._held.pop(name, None)


class ByTheClock:
    """The timed faults of one act. A context manager: whatever is in place when it ends is mended.

    A fault that finds its target broken by another, or its role played by nobody, is skipped, and recorded as such. One
    whose effect another one hides is recorded as not confirmed. Neither ends the run: how many were seen is judged.

    Args:
        faults: with their times.
        first: number of the first of them in the scenario.
        stack, journal, recorder: as of `injected`.
        time_scale: k.
    """

    def __init__(
        self,
        faults: Sequence[Timed],
        first: int,
        *,
        stack: RunningStack,
        journal: Journal,
        recorder: Recorder,
        time_scale: float,
    ) -> None:
        self._stack, self._journal, self._recorder, self._k = stack, journal, recorder, time_scale
        self._claims, self._stop, self._problems = Claims(), threading.Event(), list[str]()
        self._last_s = max((one.until_s for one in faults), default=0.0) / time_scale
        self._threads = [
            threading.Thread(target=self._live, args=(number, one), name=f"fault-{number}", daemon=True)
            for number, one in enumerate(faults, start=first)
        ]

    def __enter__(self) -> ByTheClock:
        self._begun_s = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let what has not struck never strike, and mend what has."""
        self._stop.set()
        with shielded():
            for thread in self._threads:
                thread.join(STRIKES_WITHIN_S + HEALED_WITHIN_S)
        if kind is None:
            self._check()

    def play(self, look: Callable[[], None]) -> None:
        """Wait until the last fault is due to be mended; `look` is called meanwhile and may raise."""

        def over() -> bool:
            look()
            return time.monotonic() - self._begun_s >= self._last_s

        until("the faults to come and go", over, within_s=self._last_s + 5)

    def wait_healed(self, look: Callable[[], None]) -> None:
        """Wait until each fault was seen to be healed, or to be not.

        Raises:
            InfrastructureError: a fault could not be mended, or the harness itself broke on one.
        """

        def over() -> bool:
            look()
            return not any(thread.is_alive() for thread in self._threads)

        until("every fault to heal", over, within_s=STRIKES_WITHIN_S + 2 * HEALED_WITHIN_S)
        self._check()

    def _check(self) -> None:
        if self._problems:
            raise InfrastructureError(self._problems[0])

    def _live(self, number: int, planned: Timed) -> None:
        """The whole life of one fault, in its thread."""
        if self._stop.wait(max(0.0, self._begun_s + planned.at_s / self._k - time.monotonic())):
            return
        try:
            try:
                one = aimed(planned, self._stack, within_s=PLAYED_WITHIN_S)
            except UsageError:
                raise
            except HarnessError as nobody:
                self._skip(number, planned, str(nobody))
                return
            self._strike_and_mend(number, one)
        except Interrupted:
            pass  # what was broken is mended; the run says why it ended
        except Exception as problem:  # it must not vanish with the thread
            self._problems.append(
                f"{planned.fault.kind} of {planned.fault.target}: {problem or type(problem).__name__}"
            )

    def _strike_and_mend(self, number: int, one: Timed) -> None:
        fault = one.fault
        if not isinstance(fault, StackFault):
            raise UsageError(f"{fault!r} is no fault that can be injected")
        if taken := self._claims.take(one.needs, f"the {fault.kind} of {fault.target}"):
            self._skip(number, one, taken)
            return
        note = Note(fault, number, self._recorder)
        try:
            entry = self._journal.about_to(
                f"{fault.kind} {fault.target}",
                lambda: fault.mend(self._stack),
                fault_kind=fault.kind,
                target=fault.target,
            )
            try:
                self._break(one, fault, note)
            finally:
                with shielded():
                    mend(fault, entry, note, self._journal)
        finally:
            self._claims.leave(one.needs)  # what is still getting well may be broken again
        with shielded(), suppress(InfrastructureError):  # recorded; what it means is for the checks to say
            see_healed(fault, note, self._stack)

    def _break(self, one: Timed, fault: StackFault, note: Note) -> None:
        ends_s = time.monotonic() + one.for_s / self._k
        note("asked", f"{fault.kind} {fault.target}")
        with suppress(InfrastructureError):  # recorded as missed
            step(note, "missed", lambda: fault.strike(self._stack))
            within_s = max(ends_s - time.monotonic(), SEEN_WITHIN_S)
            seen = step(
                note,
                "missed",
                lambda: until(
                    f"{fault.kind} of {fault.target} to take effect",
                    lambda: fault.effect(self._stack),
                    within_s=within_s,
                    stop=self._stop,
                ),
            )
            note("confirmed", seen)
        self._stop.wait(max(0.0, ends_s - time.monotonic()))

    def _skip(self, number: int, one: Timed, why: str) -> None:
        self._recorder.write(
            Stream.FAULTS, "skipped", fault=number, fault_kind=one.fault.kind, target=one.fault.target, detail=why
        )
