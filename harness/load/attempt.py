"""One attempt at a request: within its time, and with an outcome where it ends without a whole answer."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import gevent

from harness.load.outcome import Outcome, of_problem, of_silence


class Attempt:
    """Something that is tried once; its block returns where it has a whole answer, else `outcome` says how it ended.

    A class and no generator, which costs twice the time: every request makes one.

    Args:
        timeout_s: for all of the block. It is over before anything is tidied up after it.
        problems: what ends it beside an OSError.
    """

    __slots__ = ("_problems", "_timeout", "_timeout_s", "left", "outcome")

    left: bool  # set before the first byte may leave: what fails before was surely not sent
    outcome: Outcome

    def __init__(self, timeout_s: float, *problems: type[Exception]) -> None:
        self._timeout_s = timeout_s
        self._problems: tuple[type[Exception], ...] = (OSError, *problems)
        self.left = False

    def __enter__(self) -> Self:
        self._timeout = gevent.Timeout.start_new(self._timeout_s)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._timeout.close()
        if problem is None:
            return False
        if problem is self._timeout:
            self.outcome = of_silence(f"no answer within {self._timeout_s:g} s", left=self.left)
        elif isinstance(problem, self._problems):
            self.outcome = of_problem(problem, left=self.left)
        else:
            return False
        return True
