"""An event loop whose time passes only while everybody waits: minutes of a rush in milliseconds, the same each time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next thing that is due instead of waiting for it."""

    def __init__(self) -> None:
        self._virtual_s = 0.0
        super().__init__()
        selector: Any = self._selector  # type: ignore[attr-defined] # the loop's own, which no interface names
        look = selector.select

        def jump(timeout: float | None) -> Any:
            if timeout is None:
                raise AssertionError("everybody waits, and nothing is due")
            self._virtual_s += max(0.0, timeout)
            return look(0)

        selector.select = jump

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual_s


def played(story: Coroutine[Any, Any, T]) -> T:
    """The outcome of a story in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)
