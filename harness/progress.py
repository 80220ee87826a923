"""Progress of long steps as plain lines, one when a step begins and one with its seconds when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str], None]


def silent(line: str) -> None:
    """A `Progress` for callers that want to hear nothing."""


@contextmanager
def step(progress: Progress, what: str, *, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Tell that `what` begins, and how many seconds it took once it has ended well.

    Args:
        progress: takes the lines.
        what: the step in a few words.
        clock: monotonic seconds.
    """
    started_s = clock()
    progress(f"{what} ...")
    yield
    progress(f"{what}: {clock() - started_s:.1f} s")
