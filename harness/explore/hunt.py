"""Looking into a failure: is it one that comes again, and which faults does it need?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from harness.explore.bounds import confirmed
from harness.explore.result import AGAIN, SHRINKING, Failure, Trial
from harness.explore.schedule import Schedule
from harness.explore.shrink import Shrunk, shrink
from harness.model import Timed
from harness.progress import Progress
from harness.run.lanes import work_off

LOOKBACK_S = 60.0  # two leases, production s: what ended earlier rarely matters
MOST_CANDIDATES = 60

Try = Callable[[str, str, Schedule], Trial]


@dataclass(slots=True, kw_only=True)
class Hunt:
    """Runs one failing schedule again, and parts of it, until its time is over.

    Args:
        found: the run that failed.
        run: runs a schedule under a name, for a reason.
        moment_s: when it failed, production seconds from the first act on; None where that is not known.
        runs: how often a schedule is run to be confirmed.
        least: how often it then has to fail.
        until_s: when to stop, by the monotonic clock.
        lanes: how many run at a time.
        progress: told of each step.
    """

    found: Trial
    run: Try
    moment_s: float | None
    runs: int
    least: int
    until_s: float
    lanes: int
    progress: Progress
    _numbers: int = 0
    _longest_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_into(self) -> Failure:
        """Confirm it, cut it down, and keep the smallest part that comes again as surely."""
        whole = self.found.schedule
        again, ran = self._again(whole, "again")
        failure = Failure(
            found=self.found, again=again, runs=ran, confirmed=again >= self.least, shrunk=whole, minimal=False
        )
        told = "confirmed" if failure.confirmed else "not confirmed"
        self.progress(f"{self.found.name}: {told}, it failed {again} of {ran} times more")
        if not failure.confirmed or not self._in_time:
            return failure
        tries = 1 if again == ran else 2  # what fails only now and then gets a second chance
        left = shrink(
            whole.faults,
            lambda batch: self._first_failing(batch, tries),
            hints=self._hints(whole),
            at_most=MOST_CANDIDATES,
            go_on=lambda: self._in_time,
        )
        self.progress(f"{self.found.name}: {len(whole.faults)} faults came down to {len(left.items)}")
        return self._smallest_that_comes_again(failure, left)

    def _smallest_that_comes_again(self, failure: Failure, left: Shrunk[Timed]) -> Failure:
        """What is left may fail only now and then; then a larger step on the way to it is the better one to keep."""
        whole = self.found.schedule
        failure = replace(failure, tried=left.tried)
        for at, items in enumerate(reversed(left.steps[1:])):
            if at and not self._in_time:
                break
            schedule = whole.only(items)
            failed, ran = self._again(schedule, f"left-{len(items)}", bounded=at > 0)
            if failed >= self.least:
                return replace(
                    failure,
                    shrunk=schedule,
                    minimal=left.minimal and at == 0,
                    shrunk_again=failed,
                    shrunk_runs=ran,
                )
            failure = replace(failure, rarer=(*failure.rarer, (len(items), failed, ran)))
        same = len(left.steps) == 1
        return replace(failure, minimal=same and left.minimal, shrunk_again=failure.again, shrunk_runs=failure.runs)

    @property
    def _in_time(self) -> bool:
        """Whether another run would end in time, if it took as long as the longest so far."""
        return time.monotonic() + self._longest_s <= self.until_s

    def _hints(self, whole: Schedule) -> Sequence[tuple[Timed, ...]]:
        """What was on when it failed, and what had just ended."""
        if self.moment_s is None:
            return ()
        return tuple(near for before_s in (0.0, LOOKBACK_S) if (near := whole.near(self.moment_s, before_s)))

    def _again(self, schedule: Schedule, name: str, *, bounded: bool = True) -> tuple[int, int]:
        """How often it failed of how often it was run; no more runs than it takes to tell."""
        failed, done, begun = [0], [0], [0]

        def take() -> int | None:
            open_still = confirmed(failed[0], self.runs - done[0], least=self.least) is None
            if begun[0] == self.runs or not open_still or (bounded and not self._in_time):
                return None
            begun[0] += 1
            return begun[0]

        def do(number: int) -> None:
            fails = self._fails(f"{self.found.name}-{name}-{number}", AGAIN, schedule)
            with self._lock:
                failed[0] += fails
                done[0] += 1

        work_off(take, do, self.lanes)
        return failed[0], done[0]

    def _first_failing(self, batch: Sequence[tuple[Timed, ...]], tries: int) -> int | None:
        """The place of the first candidate that failed; after the first failure no other is begun."""
        failing: list[int] = []
        waiting = iter(enumerate(batch))

        def take() -> tuple[int, tuple[Timed, ...]] | None:
            return None if failing or not self._in_time else next(waiting, None)

        def do(job: tuple[int, tuple[Timed, ...]]) -> None:
            at, faults = job
            for _ in range(tries):
                with self._lock:
                    self._numbers += 1
                    name = f"{self.found.name}-shrink-{self._numbers:02}"
                if self._fails(name, SHRINKING, self.found.schedule.only(faults)):
                    failing.append(at)
                    return
                if not self._in_time:
                    return

        work_off(take, do, self.lanes)
        return min(failing, default=None)

    def _fails(self, name: str, why: str, schedule: Schedule) -> bool:
        """Whether a check fails that failed when it was found; another failure is another failure."""
        begun_s = time.monotonic()
        trial = self.run(name, why, schedule)
        self._longest_s = max(self._longest_s, time.monotonic() - begun_s)
        fails = bool(trial.broken & self.found.broken)
        told = "fails" if fails else trial.result.verdict.word
        self.progress(f"{name}: {len(schedule.faults)} faults: {told}")
        return fails
