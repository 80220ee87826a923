"""Delta debugging: from many faults to the few without which the failure does not show.

Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002: ddmin. Candidates go
out in batches, so that several may be tried at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")
Batch = Sequence[tuple[T, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk(Generic[T]):
    """What is left.

    Args:
        items: fails still.
        steps: everything on the way that failed, the largest first, `items` last.
        tried: how many candidates went out.
        minimal: no item can be left out; False where it was broken off before that was seen.
    """

    items: tuple[T, ...]
    steps: tuple[tuple[T, ...], ...]
    tried: int
    minimal: bool


def shrink(
    items: Sequence[T],
    first_failing: Callable[[Batch[T]], int | None],
    *,
    hints: Iterable[tuple[T, ...]] = (),
    at_most: int,
    go_on: Callable[[], bool] = lambda: True,
) -> Shrunk[T]:
    """Leave out what can be.

    Args:
        items: fails.
        first_failing: tries candidates, in this order, until one fails; its place, None where none does.
        hints: parts that are tried before all others, the likeliest first.
        at_most: no new batch once so many candidates went out.
        go_on: asked after each batch; where it says no, what did not fail may not have been tried.
    """
    search = _Search(first_failing, at_most, go_on)
    left, parts = tuple(items), 2
    steps = [left]
    if (hinted := search.first(left, [hint for hint in hints if len(hint) < len(left)])) is not None:
        left = hinted
        steps.append(left)
    while left:
        if search.spent:
            return Shrunk(items=left, steps=tuple(steps), tried=search.tried, minimal=False)
        parts = min(parts, len(left))
        pieces = _pieces(left, parts)
        rests = [tuple(one for other in pieces if other is not piece for one in other) for piece in pieces]
        smaller = search.first(left, [*pieces, *rests])
        if smaller is not None:
            parts = max(2, parts - 1) if len(smaller) > len(left) // 2 else 2
            left = smaller
            steps.append(left)
        elif parts == len(left):
            break
        else:
            parts *= 2
    return Shrunk(items=left, steps=tuple(steps), tried=search.tried, minimal=not search.spent or not left)


class _Search(Generic[T]):
    """Tries what was not tried before, and counts."""

    def __init__(
        self, first_failing: Callable[[Batch[T]], int | None], at_most: int, go_on: Callable[[], bool]
    ) -> None:
        self._first_failing, self._at_most, self._go_on = first_failing, at_most, go_on
        self._harmless: set[tuple[int, ...]] = set()
        self.tried = 0

    @property
    def spent(self) -> bool:
        """Whether no more may be tried."""
        return self.tried >= self._at_most or not self._go_on()

    def first(self, whole: tuple[T, ...], candidates: Batch[T]) -> tuple[T, ...] | None:
        """The first candidate that fails; it is smaller than the whole."""
        fresh = {tuple(map(id, one)): one for one in candidates if len(one) < len(whole)}
        batch = [one for key, one in fresh.items() if key not in self._harmless][: self._at_most - self.tried]
        if not batch:
            return None
        found = self._first_failing(batch)
        self.tried += len(batch) if found is None else found + 1
        self._harmless |= {tuple(map(id, one)) for one in (batch if found is None else batch[:found])}
        return None if found is None else batch[found]


def _pieces(items: tuple[T, ...], parts: int) -> list[tuple[T, ...]]:
    """The items in so many pieces of nearly one length, in order."""
    ends = [len(items) * at // parts for at in range(parts + 1)]
    return [items[begin:end] for begin, end in pairwise(ends)]
