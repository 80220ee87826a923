"""What a promise is: one query of one panel, and how the right answer follows from the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harness.checks.truth.facts import Facts
from harness.checks.truth.looks import Look

# Sums of floats come out in another order, and PromQL prints sixteen digits.
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A value that was shown beside the right one.

    Args:
        shown: the value, or words.
        lower, upper: between which it had to be; None where it is words.
        allowed: which words were right.
        series: whose value; empty where the panel shows one.
        by: the evidence, as "final.jsonl:17".
    """

    shown: float | str
    lower: float | None = None
    upper: float | None = None
    allowed: tuple[str, ...] = ()
    series: str = ""
    by: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it is right."""
        if isinstance(self.shown, str):
            return self.shown in self.allowed
        if self.lower is None or self.upper is None:
            return False
        slack = TOLERANCE * max(1.0, abs(self.lower), abs(self.upper))
        return self.lower - slack <= self.shown <= self.upper + slack

    @property
    def right(self) -> str:
        """The right answer in words."""
        if self.lower is None or self.upper is None:
            return " or ".join(self.allowed) or "nothing"
        if self.lower == self.upper:
            return f"{self.lower:.6g}"
        return f"{self.lower:.6g} to {self.upper:.6g}"


@runtime_checkable
class Promise(Protocol):
    """A frozen dataclass: it is stored with the run."""

    @property
    def board(self) -> str:
        """The board's uid."""
        ...

    @property
    def panel(self) -> str:
        """The panel's title."""
        ...

    @property
    def ref(self) -> str:
        """Which of its queries."""
        ...

    @property
    def unless(self) -> tuple[str, ...]:
        """While a fault is on whose target has one of these in its name, nothing is compared."""
        ...

    def compare(self, look: Look, facts: Facts) -> Iterable[Compared]:
        """What was shown beside what is right; nothing where the evidence cannot say.

        Raises:
            EvidenceError: evidence is missing or damaged.
        """
        ...
